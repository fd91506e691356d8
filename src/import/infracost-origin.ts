import { NEW_ESTIMATE, type StoreEstimateInput } from "../estimates/estimate.ts";
import {
  branchName,
  forkBranch,
  mayBeInFork,
  mergeQueueOf,
  ownerOfFork,
  personName,
  pullRequestNumber,
  pullRequestUrlOf,
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
    commitAuthor: limitedLine(
      personName(text("vcsCommitAuthorName", "commitAuthorName")),
      commitAuthor.limit,
    ),
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
  /** The repository that the URL contains. */
  readonly repository: Repository | undefined;
}

/** The pull request of an estimate. A number must be known: the URLs of Infracost have one. */
function pullRequestOf(text: string | undefined, id: string | undefined): PullRequest | undefined {
  const url = pullRequestUrlOf(text, pullRequestUrl.limit);
  const ofUrl = url && pullRequestNumber(url);
  const number = ofUrl ?? (/^[1-9]\d*$/.test(id ?? "") ? id : undefined);
  if (number === undefined) return undefined;
  return { url: ofUrl && url, number, repository: repositoryOf(splitPullRequestUrl(url)?.repositoryPage) };
}

/** The branch of a pull request. The file may not tell a fork. */
function pullRequestBranch(
  branch: string,
  target: string | undefined,
  head: Repository | undefined,
  { number, repository: base }: PullRequest,
): string | undefined {
  if (branch.includes(":")) return branch;
  const owner = ownerOfFork(head, base);
  if (owner !== undefined) return forkBranch(branch, owner, number);
  return mayBeInFork(branch, target) ? forkBranch(branch, undefined, number) : branch;
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
