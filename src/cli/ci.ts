import { otherSystem } from "./ci-env-ci.ts";
import { type CiFacts, numberOfRef, type PullRequestFacts, USUAL_DEFAULT_BRANCHES } from "./ci-facts.ts";
import { github } from "./ci-github.ts";
import { atlantis, digger, env0, spacelift, terrateam } from "./ci-orchestrators.ts";
import { azurePipelines, bitbucket, buildkite, circleci, codebuild, gitlab, jenkins } from "./ci-systems.ts";
import { dateTime, firstLine, httpUrl, pathName, personName } from "./origin-text.ts";

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
  /** undefined: the CI system states neither the default branch nor a ref outside of it. */
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
 * @throws UsageError when the environment of the CI system is incomplete.
 */
export function readCiContext(env: NodeJS.ProcessEnv, cwd: string): CiContext {
  const facts = readFacts(env, cwd);
  if (facts === undefined) return {};
  const { service, commit, pullRequest, run } = facts;
  const repository = pathName(facts.repository);
  return {
    service,
    repository,
    ...branchOf(facts),
    pullRequestUrl: httpUrl(pullRequest?.url),
    pullRequestTitle: firstLine(pullRequest?.title),
    commitSha: commit?.sha || undefined,
    commitUrl: httpUrl(commit?.url),
    committedAt: dateTime(commit?.time),
    commitMessage: firstLine(commit?.message),
    commitAuthor: personName(commit?.author),
    runId: service && repository && run?.id ? `${service}/${repository}/${run.id}` : undefined,
    runUrl: httpUrl(run?.url),
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
  const queue = queueOf(facts, name);
  const defaultBranch = branchName(facts.defaultBranch, undefined);
  const targetBranch = branchName(pullRequest?.target, undefined) ?? queue?.target;
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
  // A tag and another ref are not the default branch.
  if (name === undefined && (facts.ref || facts.tag)) return { ...NO_SERIES, defaultBranch };
  const isDefaultBranch = defaultBranch === undefined ? isPrimaryBranch || undefined : name === defaultBranch;
  return { branch: name, defaultBranch, isDefaultBranch: name === undefined ? undefined : isDefaultBranch };
}

function pullRequestBranch(
  { isMergedCheckout: hasPriority, defaultBranch }: CiFacts,
  name: string | undefined,
  { number, fork }: PullRequestFacts,
  target: string | undefined,
): Pick<CiContext, "branch" | "forkBranch" | "hasPriority" | "isFork"> {
  const reference = number && `pull/${number}`;
  if (fork) {
    // Some systems call the branch of a fork "pull/7".
    const isReference = numberOfRef(name) !== undefined;
    const branch = fork.owner && name && !isReference ? `${fork.owner}:${name}` : reference;
    return { branch: branch || undefined, forkBranch: name, hasPriority: true, isFork: true };
  }
  if (fork === false && name !== undefined) return { branch: name, isFork: false, hasPriority };
  // The repository is unknown. A pull request from a branch into the branch of the same name is from a fork.
  const isSuspect = name === undefined || [target, defaultBranch, ...USUAL_DEFAULT_BRANCHES].includes(name);
  if (!isSuspect) return { branch: name, hasPriority };
  return { branch: reference || undefined, forkBranch: name, hasPriority: true };
}

/** The names that merge queues give to the branches of their entries; the group is the target. */
const QUEUE_BRANCH =
  /^(?:gh-readonly-queue\/(?<target>.+)\/pr-\d+-[0-9a-f]+|mergify\/merge-queue\/.+|trunk-merge\/.+|gtmq_.+)$/;

function queueOf(facts: CiFacts, name: string | undefined): { target: string | undefined } | undefined {
  const entry = QUEUE_BRANCH.exec(name ?? "");
  return entry || facts.isMergeQueue ? { target: entry?.groups?.target } : undefined;
}

/** A tag, another ref and a detached HEAD are not branches. */
function branchName(ref: string | undefined, tag: string | undefined): string | undefined {
  if (!ref || ref === "HEAD" || ref === "detached" || ref === tag) return undefined;
  const branch = ref.replace(/^refs\/heads\//, "");
  return branch.startsWith("refs/") ? undefined : branch;
}
