/** The facts about repositories, branches and pull requests in the texts of git, of its hosts and of CI systems. */

import { firstLine, httpUrl, percentDecoded, type TextLimit, withoutCredentials } from "./text.ts";

/** The names of branches that are a default branch, when nothing else is stated. */
export const DEFAULT_BRANCHES: readonly string[] = ["main", "master", "trunk"];

/** A repository on a git host. */
export interface Repository {
  /** In lower case, without a port. */
  readonly host: string;
  /** For instance "acme/shop". */
  readonly path: string;
  /** The URL of the repository on its host, without user and password. */
  readonly page: string;
  /** Whether the path contains the folder of the server, if there is one: that of a URL of http does. */
  readonly isWholePath: boolean;
}

/** A URL of http, https, ssh or git, or `user@host:path`. A host has at least two characters: C:\shop is a folder. */
const REMOTE =
  /^(?:(?<scheme>https?|git|(?:git\+)?ssh):\/\/(?:[^/]*@)?(?<server>[^/:@]+)(?<port>:\d+)?\/|(?:[^/@:\s]+@)?(?<host>[a-z\d][\w.-]+):(?!\/\/|:))\/?(?<path>.+?)(?:\.git)?\/?$/i;

/** The repository of a remote of git; undefined for a folder, and for a URL of another scheme. */
export function repositoryOf(remote: string | undefined): Repository | undefined {
  const {
    scheme = "",
    server,
    port = "",
    host = server,
    path,
  } = REMOTE.exec((remote ?? "").replace(/[?#].*$/s, ""))?.groups ?? {};
  if (host === undefined || path === undefined) return undefined;
  const isHttp = /^https?$/i.test(scheme);
  const origin = isHttp ? `${scheme}://${host}${port}` : `https://${host}`;
  return URL.canParse(origin)
    ? { host: host.toLowerCase(), path, page: `${new URL(origin).origin}/${path}`, isWholePath: isHttp }
    : undefined;
}

/**
 * The owner and the name of a repository, however its host spells them: in Azure Repos acme/web/_git/shop (web/shop),
 * in Bitbucket Server projects/WEB/repos/shop and scm/WEB/shop. undefined: the path is that of another host.
 */
function spelledByHost(path: string): { readonly owner: string; readonly full: string } | undefined {
  const parts = path.split("/").map(percentDecoded);
  const git = parts.indexOf("_git");
  const name = parts.at(-1) ?? "";
  // A project of Azure has a repository with its name, whose URL leaves the project out.
  if (git > 0) return azureRepository((git > 1 ? parts[git - 1] : undefined) ?? name, parts[git + 1] ?? name);
  if (parts[0] === "v3" && parts.length === 4) return azureRepository(parts[2] ?? "", name);
  const [kind, owner = "", repos] = parts.slice(-4);
  if (repos === "repos" && (kind === "projects" || kind === "users")) {
    return bitbucketRepository(kind === "users" ? `~${owner}` : owner, name);
  }
  return parts.at(-3) === "scm" ? bitbucketRepository(parts.at(-2) ?? "", name) : undefined;
}

/** A fork in Azure Repos may be in the same project: its name distinguishes it. */
function azureRepository(project: string, name: string) {
  return { owner: `${project}/${name}`, full: `${project}/${name}` };
}

function bitbucketRepository(owner: string, name: string) {
  return { owner, full: `${owner}/${name}` };
}

/** The owner of a fork, if the repository of a branch is not the one of the pull request; undefined: it may be the same. */
export function ownerOfFork(head: Repository | undefined, base: Repository | undefined): string | undefined {
  if (!head || !base) return undefined;
  const [own, other] = [spelledByHost(head.path), spelledByHost(base.path)];
  if (own && other) return own.full.toLowerCase() === other.full.toLowerCase() ? undefined : own.owner;
  if (own || other || head.host !== base.host) return undefined;
  const [a, b] = [head.path.toLowerCase(), base.path.toLowerCase()];
  // The path of ssh lacks the folder of the server.
  const isSame = a === b || (!head.isWholePath && b.endsWith(`/${a}`));
  return isSame ? undefined : ownerOf(head.path);
}

/** The owner of a repository: "outsider" of "outsider/shop". */
export function ownerOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : path;
}

/** The branch of a ref. A tag, another ref and a detached checkout, which git calls HEAD, are not branches. */
export function branchName(ref: string | undefined, tag?: string): string | undefined {
  if (!ref || ref === "HEAD" || ref === "detached" || ref === tag) return undefined;
  const branch = ref.replace(/^refs\/heads\//, "");
  return branch.startsWith("refs/") ? undefined : branch;
}

/** The name of a branch that a person or a file states: "main" of refs/heads/main, "pull/7" of refs/pull/7/merge. */
export function plainBranch(ref: string | null | undefined): string | undefined {
  const number = ref?.startsWith("refs/") ? numberOfRef(ref) : undefined;
  return pullRequestName(number) ?? (ref?.replace(/^refs\/heads\//, "") || undefined);
}

/** The names that merge queues give to the branches of their entries: GitHub, Mergify, Trunk, Graphite, Aviator. */
const QUEUE_BRANCH =
  /^(?:gh-readonly-queue\/(?<target>.+)\/pr-\d+-[0-9a-f]+|mergify\/(?:merge-queue|mq)\/.+|trunk-(?:merge|temp)\/.+|gtmq_.+|mq-bot-.+)$/;

/** The merge queue of a branch, with its target if the name contains it; undefined for other branches. */
export function mergeQueueOf(
  branch: string | undefined,
): { readonly target: string | undefined } | undefined {
  const entry = QUEUE_BRANCH.exec(branch ?? "");
  return entry ? { target: entry.groups?.target } : undefined;
}

/**
 * Whether a branch of a pull request may be in a fork, if the repository of the branch is unknown: a pull request from a
 * long-lived branch, and from a branch into the branch of the same name, is usually from a fork.
 */
export function mayBeInFork(
  branch: string,
  target: string | undefined,
  defaultBranch?: string | undefined,
): boolean {
  return [target, defaultBranch, ...DEFAULT_BRANCHES].includes(branch);
}

/**
 * The branch of a pull request from a fork, so that it does not enter the series of the branch with the same name:
 * "owner:branch", else "pull/7". A branch of git never contains a colon. Some systems call the branch "pull/7".
 */
export function forkBranch(
  branch: string | undefined,
  owner: string | undefined,
  number: string | undefined,
): string | undefined {
  return owner && branch && numberOfRef(branch) === undefined
    ? `${owner}:${branch}`
    : pullRequestName(number);
}

function pullRequestName(number: string | undefined): string | undefined {
  return number ? `pull/${number}` : undefined;
}

/** The number in a ref of a pull request, such as refs/pull/7/merge. */
export function numberOfRef(ref: string | undefined): string | undefined {
  return /^(?:refs\/)?(?:pull|pull-requests|merge-requests|pr)\/(\d+)(?:\/|$)/.exec(ref ?? "")?.[1];
}

const PULL_REQUEST_WORD = /^(?:pulls?|prs?|(?:pull|merge)[-_]?requests?)$/i;

/** Words of Gerrit and of Review Board, which are also the names of pages below a pull request of GitHub. */
const REVIEW_WORD = /^(?:\+|c|r|changes?|reviews?)$/i;

/** The number after the last word for pull requests in the path of a URL. A number elsewhere may be a repository's name. */
export function pullRequestNumber(url: string): string | undefined {
  const parts = pathParts(url);
  const numberAfter = (word: RegExp) =>
    parts.findLast((part, i) => /^\d*[1-9]\d*$/.test(part) && word.test(parts[i - 1] ?? ""));
  return numberAfter(PULL_REQUEST_WORD) ?? (lacksNumber(parts) ? undefined : numberAfter(REVIEW_WORD));
}

function pathParts(url: string): string[] {
  const path = url.replace(/^\w+:\/\/[^/]*/, "").replace(/[?#].*$/s, "");
  return path.split("/").filter((part) => part !== "");
}

/** Whether a word for pull requests has no number after it. */
function lacksNumber(parts: readonly string[]): boolean {
  const words = parts.flatMap((part, i) => (PULL_REQUEST_WORD.test(part) ? i : []));
  return words.length > 0 && !words.some((i) => /^\d*[1-9]\d*$/.test(parts[i + 1] ?? ""));
}

/**
 * The URL of a pull request, without credentials. Outside of pull requests, many tools write a URL without a number, for
 * instance `https://gitlab.com/acme/shop/-/merge_requests/`: undefined, there is no pull request. The URLs of other
 * systems may lack such a word and a number; they, and a text that is no URL, are kept.
 */
export function statedPullRequest(text: string | null | undefined): string | undefined {
  if (!text || lacksNumber(pathParts(text))) return undefined;
  return withoutCredentials(text);
}

/** Like `statedPullRequest`, for a text of a program: undefined also for a text that the server refuses, or no URL. */
export function pullRequestUrlOf(text: string | undefined, limit: TextLimit): string | undefined {
  return statedPullRequest(httpUrl(text, limit));
}

/** The last parts of the URLs of pull requests and of commits, by the name of the host. GitHub's are the default. */
const PAGES: readonly { readonly host: RegExp; readonly pullRequest: string; readonly commit: string }[] = [
  { host: /gitlab/i, pullRequest: "-/merge_requests", commit: "-/commit" },
  { host: /bitbucket/i, pullRequest: "pull-requests", commit: "commits" },
  { host: /dev\.azure\.com|visualstudio\.com/i, pullRequest: "pullrequest", commit: "commit" },
  { host: /gitea|forgejo|codeberg/i, pullRequest: "pulls", commit: "commit" },
];

function pagesOf(host: string) {
  return PAGES.find((pages) => pages.host.test(host)) ?? { pullRequest: "pull", commit: "commit" };
}

function hostOf(url: string): string {
  return url.replace(/^\w+:\/\/([^/]+).*$/, "$1");
}

/**
 * The page of a pull request.
 * @param provider the kind of the host, for instance "gitlab"; by default it follows from the URL.
 */
export function pullRequestPage(
  repositoryPage: string | undefined,
  number: string | undefined,
  provider?: string,
): string | undefined {
  if (!repositoryPage || !number) return undefined;
  return `${repositoryPage}/${pagesOf(provider || hostOf(repositoryPage)).pullRequest}/${number}`;
}

/** The page of a commit. */
export function commitPage(repositoryPage: string | undefined, sha: string | undefined): string | undefined {
  if (!repositoryPage || !sha) return undefined;
  return `${repositoryPage}/${pagesOf(hostOf(repositoryPage)).commit}/${sha}`;
}

/** The page of the repository of a pull request, which is the first part of its URL, and the word that follows. */
export function splitPullRequestUrl(
  url: string | undefined,
): { readonly repositoryPage: string; readonly word: string } | undefined {
  const [, repositoryPage, word] =
    /^(https?:\/\/.+?)(?:\/-)?\/(pulls?|merge_requests|pull-requests|pullrequest)\/\d/i.exec(url ?? "") ?? [];
  return repositoryPage && word ? { repositoryPage, word: word.toLowerCase() } : undefined;
}

/** The name of a person without addresses, for instance of "name <address>". An address alone is no name. */
export function personName(text: string | null | undefined): string | undefined {
  const name = (firstLine(text) ?? "")
    .replace(/\s*<[^<>]*>$/, "")
    .replace(/[<("'[]*[^\s<>()"'[\]]+@[^\s<>()"'[\]]+[>)"'\]]*/g, "");
  return name.replace(/\s+/g, " ").trim() || undefined;
}
