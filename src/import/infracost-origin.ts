import { NEW_ESTIMATE, type StoreEstimateInput } from "../estimates/estimate.ts";
import {
  branchName,
  forkBranch,
  mayBeInFork,
  mergeQueueOf,
  ownerOf,
  pullRequestNumber,
  type Repository,
  repositoryOf,
  splitPullRequestUrl,
} from "../lib/git-origin.ts";
import { isRawNumber } from "../lib/json.ts";
import { httpUrl, isStorable, limitedLine } from "../lib/text.ts";
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
  const queue = mergeQueueOf(branch);
  const ofPullRequest = pullRequest && {
    branch: branch && pullRequestBranch(branch, target, repository, pullRequest),
    pullRequestUrl: pullRequest.url,
    pullRequestTitle: limitedLine(text("vcsPullRequestTitle", "pullRequestTitle"), pullRequestTitle.limit),
    targetBranch: target,
    isDefaultBranch: false,
  };
  return {
    ...(ofPullRequest ?? { branch }),
    // Each entry of a merge queue has a new branch, and some queues open a pull request for it.
    ...(queue && { branch: undefined, targetBranch: target ?? queue.target, isDefaultBranch: false }),
    commitSha: text("vcsCommitSha", "commitSha", "commit"),
    commitUrl: httpUrl(text("vcsCommitUrl", "commitUrl"), commitUrl.limit),
    committedAt: readTime("vcsCommitTimestamp", text("vcsCommitTimestamp", "commitTimestamp")),
    commitMessage: limitedLine(text("vcsCommitMessage", "commitMessage"), commitMessage.limit),
    commitAuthor: limitedLine(text("vcsCommitAuthorName", "commitAuthorName"), commitAuthor.limit),
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

interface PullRequest {
  readonly url: string | undefined;
  readonly number: string | undefined;
  /** The host and the path of the repository, where the URL is certain to contain them. */
  readonly repository: Repository | undefined;
}

/**
 * The pull request of an estimate. Outside of pull requests, Infracost writes a URL without a number, for instance
 * `https://gitlab.com/acme/shop/merge_requests/`: there is no pull request then.
 */
function pullRequestOf(text: string | undefined, id: string | undefined): PullRequest | undefined {
  const url = httpUrl(text, pullRequestUrl.limit);
  const ofUrl = url && pullRequestNumber(url);
  const number = ofUrl ?? (/^[1-9]\d*$/.test(id ?? "") ? id : undefined);
  if (number === undefined) return undefined;
  return { url: ofUrl && url, number, repository: repositoryOfPullRequest(url) };
}

/** The repository of GitHub, GitLab, Gitea and Bitbucket Cloud; other URLs spell repositories differently. */
function repositoryOfPullRequest(url: string | undefined): Repository | undefined {
  const { repositoryPage, word } = splitPullRequestUrl(url) ?? {};
  const repository = repositoryOf(repositoryPage);
  const isCloud = word !== "pull-requests" || /^[^/]+\/[^/]+$/.test(repository?.path ?? "");
  return word !== "pullrequest" && isCloud ? repository : undefined;
}

/** The branch of a pull request. The file may not tell a fork. */
function pullRequestBranch(
  branch: string,
  target: string | undefined,
  head: Repository | undefined,
  { number, repository: base }: PullRequest,
): string | undefined {
  if (branch.includes(":")) return branch;
  if (head && base && isOther(head, base)) return forkBranch(branch, ownerOf(head.path), number);
  return mayBeInFork(branch, target) ? forkBranch(branch, undefined, number) : branch;
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
