import { firstLine } from "./text.ts";

/** The names of branches that are a default branch, when nothing else is stated. */
export const DEFAULT_BRANCHES: readonly string[] = ["main", "master", "trunk"];

export interface Repository {
  /** In lower case, without a port. */
  readonly host: string;
  /** For instance "acme/shop". */
  readonly path: string;
  /** The URL of the repository on its host, without user and password. */
  readonly page: string;
}

/** A URL of http, https, ssh or git, or `user@host:path`. A host has at least two characters: C:\shop is a folder. */
const REMOTE =
  /^(?:(?<scheme>https?|git|(?:git\+)?ssh):\/\/(?:[^/]*@)?(?<server>[^/:@]+)(?<port>:\d+)?\/|(?:[^/@:\s]+@)?(?<host>[a-z\d][\w.-]+):(?!\/\/|:))\/?(?<path>.+?)(?:\.git)?\/?$/i;

/** The repository of a remote of git; undefined for a folder, and for a URL of another scheme. */
export function repositoryOf(remote: string | undefined): Repository | undefined {
  const { scheme = "", server, port = "", host = server, path } = REMOTE.exec(remote ?? "")?.groups ?? {};
  if (host === undefined || path === undefined) return undefined;
  const origin = /^https?$/i.test(scheme) ? `${scheme}://${host}${port}` : `https://${host}`;
  return URL.canParse(origin)
    ? { host: host.toLowerCase(), path, page: `${new URL(origin).origin}/${path}` }
    : undefined;
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

/** The names that merge queues give to the branches of their entries: GitHub, Mergify, Trunk, Graphite. */
const QUEUE_BRANCH =
  /^(?:gh-readonly-queue\/(?<target>.+)\/pr-\d+-[0-9a-f]+|mergify\/merge-queue\/.+|trunk-merge\/.+|gtmq_.+)$/;

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

/** The number after the last word for pull requests in the path; without such a word, the last number of the path. */
export function pullRequestNumber(url: string): string | undefined {
  const path = url.replace(/^\w+:\/\/[^/]*/, "").replace(/[?#].*$/s, "");
  const parts = path.split("/").filter((part) => part !== "");
  const word = parts.findLastIndex((part) => /^(?:pulls?|prs?|(?:pull|merge)[-_]?requests?)$/i.test(part));
  const candidates = word === -1 ? parts.toReversed() : parts.slice(word + 1, word + 2);
  return candidates.find((part) => /^\d*[1-9]\d*$/.test(part));
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

/** The name of a person in "name <address>". An address alone is no name. */
export function personName(text: string | null | undefined): string | undefined {
  const line = firstLine(text) ?? "";
  const address = line.endsWith(">") ? line.lastIndexOf("<") : -1;
  const name = address === -1 ? line : line.slice(0, address).trimEnd();
  return name === "" || /^\S+@\S+$/.test(name) ? undefined : name;
}
