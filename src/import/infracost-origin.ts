import { NEW_ESTIMATE, type StoreEstimateInput } from "../estimates/estimate.ts";
import { isRawNumber } from "../lib/json.ts";
import { isStorable, type TextLimit } from "../lib/text.ts";
import type { JsonObject } from "./read-file.ts";

const { commitMessage, commitAuthor, commitUrl, pullRequestTitle, pullRequestUrl, runUrl } =
  NEW_ESTIMATE.fields;

/** The fields of a job that tell where an estimate comes from. */
type Origin = Omit<
  StoreEstimateInput,
  "estimate" | "idempotencyKey" | "userId" | "project" | "terraformPlanHash" | "labels"
>;

/**
 * The origin of an estimate, from the metadata of Infracost.
 * @param sources the metadata of the file, then of its projects: the first one that states a field is used. Until 2022,
 *   projects have the metadata.
 * @param readTime returns undefined for a text that is not a time.
 */
export function originOf(
  sources: readonly JsonObject[],
  readTime: (field: string, text: string | undefined) => string | undefined,
): Origin {
  const text = (...fields: string[]) => statedText(sources, fields);
  const pullRequest = pullRequestOf(
    text("vcsPullRequestUrl", "pullRequestUrl"),
    text("vcsPullRequestId", "pullRequestId", "pullRequestNumber"),
  );
  const target = text("vcsBaseBranch", "baseBranch", "targetBranch");
  const repository = repositoryOf(text("vcsRepositoryUrl", "vcsRepoUrl", "repositoryUrl"));
  const branch = branchName(text("vcsBranch", "branch"));
  const queue = MERGE_QUEUE.exec(branch ?? "");
  const ofPullRequest = pullRequest && {
    branch: branch && pullRequestBranch(branch, target, repository, pullRequest),
    pullRequestUrl: pullRequest.url,
    pullRequestTitle: line(text("vcsPullRequestTitle", "pullRequestTitle"), pullRequestTitle.limit),
    targetBranch: target,
    isDefaultBranch: false,
  };
  return {
    ...(ofPullRequest ?? (queue ? { targetBranch: queue[1], isDefaultBranch: false } : { branch })),
    commitSha: text("vcsCommitSha", "commitSha", "commit"),
    commitUrl: httpUrl(text("vcsCommitUrl", "commitUrl"), commitUrl.limit),
    committedAt: readTime("vcsCommitTimestamp", text("vcsCommitTimestamp", "commitTimestamp")),
    commitMessage: line(text("vcsCommitMessage", "commitMessage"), commitMessage.limit),
    commitAuthor: line(text("vcsCommitAuthorName", "commitAuthorName"), commitAuthor.limit),
    runId: runIdOf(text("vcsProvider"), repository, text("vcsPipelineRunId", "pipelineRunId")),
    runUrl: httpUrl(text("vcsPipelineRunUrl", "pipelineRunUrl", "runUrl"), runUrl.limit),
  };
}

/** The first text of one of these fields that is not blank. */
function statedText(sources: readonly JsonObject[], fields: readonly string[]): string | undefined {
  for (const source of sources) {
    for (const field of fields) {
      const value = Object.hasOwn(source, field) ? source[field] : undefined;
      const text = isRawNumber(value) ? value.rawJSON : value;
      if (typeof text === "string" && text.trim() !== "" && isStorable(text)) return text.trim();
    }
  }
  return undefined;
}

/** The first line of a text, at most as long as its field. */
function line(text: string | undefined, { most }: TextLimit): string | undefined {
  const [first = ""] = text?.split(/[\r\n]/, 1) ?? [];
  return [...first.trimEnd()].slice(0, most).join("") || undefined;
}

/** An http or https URL without user and password; undefined for another text. */
function httpUrl(text: string | undefined, { most }: TextLimit): string | undefined {
  if (text === undefined || !/^https?:\/\/\S+$/i.test(text) || !URL.canParse(text)) return undefined;
  const url = text.replace(/^(https?:\/\/)[^/?#]*@/i, "$1");
  return url.length <= most && URL.canParse(url) ? url : undefined;
}

/** A detached checkout, which git calls HEAD, a tag and another ref are not branches. */
function branchName(text: string | undefined): string | undefined {
  const branch = text?.replace(/^refs\/heads\//, "");
  return branch === undefined || branch === "HEAD" || branch.startsWith("refs/") ? undefined : branch;
}

/** The branch of one entry of GitHub's merge queue: `gh-readonly-queue/main/pr-7-COMMIT`. */
const MERGE_QUEUE = /^gh-readonly-queue\/(.+)\/pr-\d+-[0-9a-f]+$/;

interface PullRequest {
  readonly url: string | undefined;
  readonly number: string | undefined;
  /** The host and the path of the repository, where the URL is certain to contain them. */
  readonly repository: Repository | undefined;
}

interface Repository {
  readonly host: string;
  readonly path: string;
}

/**
 * The pull request of an estimate. Outside of pull requests, Infracost writes a URL without a number, for instance
 * `https://gitlab.com/acme/shop/merge_requests/`: there is no pull request then.
 */
function pullRequestOf(text: string | undefined, id: string | undefined): PullRequest | undefined {
  const url = httpUrl(text, pullRequestUrl.limit);
  const number = (url && numberIn(url)) ?? (/^[1-9]\d*$/.test(id ?? "") ? id : undefined);
  if (number === undefined) return undefined;
  const isNumbered = url !== undefined && numberIn(url) !== undefined;
  const [, host = "", ...paths] = REPOSITORY_OF_PULL_REQUEST.exec(url ?? "") ?? [];
  const path = paths.find((found) => found !== undefined) ?? "";
  return {
    url: isNumbered ? url : undefined,
    number,
    repository: path === "" ? undefined : { host: host.toLowerCase(), path },
  };
}

/** The host and the repository of GitHub, GitLab, Gitea and Bitbucket Cloud; other URLs spell repositories differently. */
const REPOSITORY_OF_PULL_REQUEST =
  /^https?:\/\/([^/:]+)(?::\d+)?\/(?:(.+?)(?:\/-)?\/(?:pulls?|merge_requests)|([^/]+\/[^/]+)\/pull-requests)\/\d/i;

/** The number after the last word for pull requests in the path; without such a word, the last number of the path. */
function numberIn(url: string): string | undefined {
  const parts = new URL(url).pathname.split("/").filter((part) => part !== "");
  const word = parts.findLastIndex((part) => /^(?:pulls?|prs?|(?:pull|merge)[-_]?requests?)$/i.test(part));
  const candidates = word === -1 ? parts.toReversed() : parts.slice(word + 1, word + 2);
  return candidates.find((part) => /^\d*[1-9]\d*$/.test(part));
}

/** `{ host: "github.com", path: "acme/shop" }` for git@github.com:acme/shop.git and https://github.com/acme/shop. */
function repositoryOf(url: string | undefined): Repository | undefined {
  const [, host, path] =
    /^(?:\w+:\/\/(?:[^/@]*@)?([^/:]+)(?::\d+)?\/|(?:[^/@:]+@)?([^/@:]+):)\/?(.+?)(?:\.git)?\/?$/
      .exec(url ?? "")
      ?.filter((part) => part !== undefined) ?? [];
  return host === undefined || path === undefined ? undefined : { host: host.toLowerCase(), path };
}

/** The names of default branches. */
const DEFAULT_BRANCHES: ReadonlySet<string> = new Set(["main", "master", "trunk"]);

/**
 * The branch of a pull request. A branch of a fork is `OWNER:BRANCH`. The file may not tell a fork: then a branch that
 * could be a long-lived branch of the base repository is `pull/NUMBER`, as in cli/ci.ts, so that a fork does not enter
 * the series of such a branch.
 */
function pullRequestBranch(
  branch: string,
  target: string | undefined,
  head: Repository | undefined,
  { number, repository: base }: PullRequest,
): string {
  if (branch.includes(":")) return branch;
  if (head && base && isOther(head, base)) return `${head.path.replace(/\/[^/]*$/, "")}:${branch}`;
  const isLongLived = branch === target || DEFAULT_BRANCHES.has(branch);
  return isLongLived ? `pull/${number}` : branch;
}

/** The path of one URL may begin with the folder of the server. */
function isOther(one: Repository, other: Repository): boolean {
  const [a, b] = [`/${one.path}`.toLowerCase(), `/${other.path}`.toLowerCase()];
  return one.host === other.host && !a.endsWith(b) && !b.endsWith(a);
}

/** The names of CI systems in the ids of runs, by the name of the provider in Infracost. */
const CI_SYSTEMS: Readonly<Record<string, string>> = {
  github: "github",
  gitlab: "gitlab",
  bitbucket: "bitbucket",
};

/** The id of a CI run as `push` writes it: `github/acme/shop/123`. */
function runIdOf(
  provider: string | undefined,
  repository: Repository | undefined,
  run: string | undefined,
): string | undefined {
  const system =
    provider !== undefined && Object.hasOwn(CI_SYSTEMS, provider) ? CI_SYSTEMS[provider] : undefined;
  if (system === undefined || repository === undefined || run === undefined) return undefined;
  return `${system}/${repository.path}/${run}`;
}
