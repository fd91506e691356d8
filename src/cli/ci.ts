import { NEW_ESTIMATE } from "../estimates/estimate.ts";
import { parseDateTime, rfc3339 } from "../lib/date-time.ts";
import {
  branchName,
  forkBranch,
  mayBeInFork,
  mergeQueueOf,
  personName,
  plainBranch,
  pullRequestUrlOf,
} from "../lib/git-origin.ts";
import { httpUrl, limitedLine, pathName } from "../lib/text.ts";
import { azurePipelines } from "./ci-azure.ts";
import { otherSystem } from "./ci-env-ci.ts";
import type { CiFacts, PullRequestFacts } from "./ci-facts.ts";
import { github } from "./ci-github.ts";
import { gitlab } from "./ci-gitlab.ts";
import { atlantis, digger, env0, spacelift, terrateam } from "./ci-orchestrators.ts";
import { bitbucket, buildkite, circleci, codebuild, jenkins } from "./ci-systems.ts";

const { commitAuthor, commitMessage, commitUrl, pullRequestTitle, pullRequestUrl, runUrl } =
  NEW_ESTIMATE.fields;

/** The origin of an estimate according to the environment. */
export interface CiContext {
  /** The CI system; undefined outside CI. */
  readonly service?: string | undefined;
  /** The repository, for instance "acme/shop". */
  readonly repository?: string | undefined;
  /**
   * The branch. Of a pull request from a fork: "owner:branch", or "pull/7" when the owner is unknown. A branch of git
   * never contains a colon. undefined: a merge queue, a tag, or a pull request whose branch is unknown.
   */
  readonly branch?: string | undefined;
  /** The plain name of a branch that is, or may be, in a fork; `branch` is in its place. */
  readonly forkBranch?: string | undefined;
  /** Whether `branch` has priority over the branch of a file, which does not know the fork or the merge queue. */
  readonly hasPriority?: boolean | undefined;
  /** false: the pull request is known to be from the same repository. */
  readonly isFork?: boolean | undefined;
  /** The CI job is of a pull request, although its URL may be unknown. */
  readonly isPullRequest?: boolean | undefined;
  /** undefined: the CI system states a branch, and not which one is the default branch. */
  readonly isDefaultBranch?: boolean | undefined;
  readonly defaultBranch?: string | undefined;
  readonly pullRequestUrl?: string | undefined;
  readonly pullRequestTitle?: string | undefined;
  readonly targetBranch?: string | undefined;
  readonly commitSha?: string | undefined;
  readonly commitUrl?: string | undefined;
  readonly committedAt?: string | undefined;
  readonly commitMessage?: string | undefined;
  readonly commitAuthor?: string | undefined;
  /** SERVICE/REPOSITORY/RUN. All attempts of a run have one id. */
  readonly runId?: string | undefined;
  readonly runUrl?: string | undefined;
  /** Identifies this attempt of this CI job; undefined outside CI. */
  readonly attempt?: readonly string[] | undefined;
}

/**
 * Reads the environment of a CI system. Outside CI the context is empty: the git repository of the folder is not used,
 * because the file may be of another repository.
 * @param stated the name of the default branch, with priority over that of the CI system.
 * @throws UsageError when the environment of the CI system is incomplete.
 */
export function readCiContext(env: NodeJS.ProcessEnv, cwd: string, stated?: string): CiContext {
  const read = readFacts(env, cwd);
  if (read === undefined) return {};
  const facts = stated ? { ...read, defaultBranch: plainBranch(stated) } : read;
  const { service, commit, pullRequest, run } = facts;
  const repository = pathName(facts.repository);
  return {
    service,
    repository,
    ...branchOf(facts),
    isPullRequest: pullRequest !== undefined,
    pullRequestUrl: pullRequestUrlOf(pullRequest?.url, pullRequestUrl.limit),
    pullRequestTitle: limitedLine(pullRequest?.title, pullRequestTitle.limit),
    commitSha: commit?.sha || undefined,
    commitUrl: httpUrl(commit?.url, commitUrl.limit),
    committedAt: parseDateTime(rfc3339(commit?.time))?.toISOString(),
    commitMessage: limitedLine(commit?.message, commitMessage.limit),
    commitAuthor: limitedLine(personName(commit?.author), commitAuthor.limit),
    runId: service && repository && run?.id ? `${service}/${repository}/${run.id}` : undefined,
    runUrl: httpUrl(run?.url, runUrl.limit),
    attempt:
      service && facts.attempt?.some(Boolean)
        ? [service, repository, ...facts.attempt].map((part) => part ?? "")
        : undefined,
  };
}

type Reader = (env: NodeJS.ProcessEnv) => CiFacts;

/** By the variable that shows the CI system. The first that is set decides. */
const READERS: readonly (readonly [variable: string, read: Reader])[] = [
  ["ATLANTIS_TERRAFORM_VERSION", atlantis],
  ["TF_VAR_spacelift_run_id", spacelift],
  ["ENV0_ENVIRONMENT_ID", env0],
  ["GITHUB_ACTIONS", github],
  ["GITLAB_CI", gitlab],
  ["BITBUCKET_BUILD_NUMBER", bitbucket],
  ["BUILDKITE", buildkite],
  ["CIRCLECI", circleci],
  ["TF_BUILD", azurePipelines],
  ["BUILD_BUILDURI", azurePipelines],
  ["CODEBUILD_BUILD_ID", codebuild],
  ["JENKINS_URL", jenkins],
];

function readFacts(env: NodeJS.ProcessEnv, cwd: string): CiFacts | undefined {
  const reader = READERS.find(([variable]) => env[variable])?.[1];
  const facts = reader ? reader(env) : otherSystem(env, cwd);
  if (env.TERRATEAM_ROOT) return terrateam(env, facts ?? { service: undefined });
  return env.DIGGER_RUN_SPEC ? digger(env, facts ?? { service: undefined }) : facts;
}

type BranchContext = Pick<
  CiContext,
  "branch" | "forkBranch" | "hasPriority" | "isFork" | "isDefaultBranch" | "defaultBranch" | "targetBranch"
>;

/** No branch, and not the default branch: such a job is in no series. */
const NO_SERIES = { branch: undefined, isDefaultBranch: false } as const;

function branchOf(facts: CiFacts): BranchContext {
  const { pullRequest, isPrimaryBranch } = facts;
  const name = branchName(facts.ref, facts.tag);
  const queue = mergeQueueOf(name) ?? (facts.isMergeQueue ? { target: undefined } : undefined);
  const defaultBranch = branchName(facts.defaultBranch);
  const targetBranch = branchName(pullRequest?.target) ?? queue?.target;
  // Each entry of a merge queue has a new branch with the changes of several pull requests.
  if (queue) return { ...NO_SERIES, defaultBranch, targetBranch, hasPriority: true };
  if (facts.isBranchUnknown) return { ...NO_SERIES, defaultBranch, targetBranch, hasPriority: true };
  if (pullRequest) {
    return {
      isDefaultBranch: false,
      defaultBranch,
      targetBranch,
      ...pullRequestBranch(facts, name, pullRequest, targetBranch),
    };
  }
  // A tag, another ref, a commit and an unknown branch are not the default branch.
  if (name === undefined) return { ...NO_SERIES, defaultBranch };
  const isDefaultBranch = defaultBranch === undefined ? isPrimaryBranch || undefined : name === defaultBranch;
  return { branch: name, defaultBranch, isDefaultBranch };
}

function pullRequestBranch(
  { isMergedCheckout: hasPriority, defaultBranch }: CiFacts,
  name: string | undefined,
  { number, fork }: PullRequestFacts,
  target: string | undefined,
): Pick<CiContext, "branch" | "forkBranch" | "hasPriority" | "isFork"> {
  if (fork) {
    const branch = forkBranch(name, fork.owner, number);
    return { branch, forkBranch: name, hasPriority: true, isFork: true };
  }
  // A pull request from a branch into the branch with the same name can only be from a fork.
  if (fork === false && name !== undefined && name !== target)
    return { branch: name, isFork: false, hasPriority };
  if (name !== undefined && !mayBeInFork(name, target, defaultBranch)) return { branch: name, hasPriority };
  return { branch: forkBranch(name, undefined, number), forkBranch: name, hasPriority: true };
}
