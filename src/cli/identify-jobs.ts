import { createHash, randomUUID } from "node:crypto";
import type { StoreEstimateInput } from "../client/generated.ts";
import { NEW_ESTIMATE } from "../estimates/estimate.ts";
import {
  forkBranch,
  mayBeInFork,
  mergeQueueOf,
  numberOfRef,
  personName,
  plainBranch,
  pullRequestNumber,
  statedPullRequest,
} from "../lib/git-origin.ts";
import { isHttpUrl, limitedLine, pathName, withoutCredentials } from "../lib/text.ts";
import type { CiContext } from "./ci.ts";
import { UsageError } from "./exit-codes.ts";

const { commitAuthor, commitMessage, pullRequestTitle } = NEW_ESTIMATE.fields;

const PROFILES = { dev: "DEV", staging: "STAGING", prod: "PROD" } as const;

/** The options of `push` with priority over the file and the environment. An empty text is an option that is not set. */
export interface Overrides {
  readonly project?: string;
  readonly branch?: string;
  readonly defaultBranch?: string;
  readonly commit?: string;
  readonly commitUrl?: string;
  readonly pullRequest?: string;
  readonly targetBranch?: string;
  readonly runId?: string;
  readonly runUrl?: string;
  /** false: no job has a commitAuthor. */
  readonly author?: boolean;
  readonly user?: string;
  readonly label?: Readonly<Record<string, string>>;
  readonly profile?: keyof typeof PROFILES;
  readonly idempotencyKey?: string;
}

/**
 * Adds the origin of the jobs of one push. Priority: options, file, CI; see `projectOf`, `branchOf` and
 * `isDefaultBranch` for the exceptions, and `keyOf` for the idempotency key.
 * @throws UsageError when an option is not valid.
 */
export function identifyJobs(
  jobs: readonly StoreEstimateInput[],
  options: Overrides,
  ci: CiContext,
): StoreEstimateInput[] {
  requireHttpUrl("--run-url", options.runUrl);
  requireHttpUrl("--commit-url", options.commitUrl);
  const overrides = withCleanUrls(options);
  return jobs.map((given, index) => {
    const job = { ...given, ...cleanUrls(given) };
    const branch = branchOf(job, overrides, ci);
    const identified: StoreEstimateInput = {
      ...job,
      project: projectOf(job, jobs.length, overrides, ci),
      branch,
      ...commitOf(job, overrides, ci),
      ...pullRequestOf(job, overrides, ci),
      isDefaultBranch: isDefaultBranch(job, branch, overrides, ci),
      runId: overrides.runId || job.runId || ci.runId,
      runUrl: overrides.runUrl || job.runUrl || ci.runUrl,
      userId: overrides.user || job.userId,
      labels: overrides.label ? { ...job.labels, ...overrides.label } : job.labels,
      estimate: {
        ...job.estimate,
        profile: overrides.profile ? PROFILES[overrides.profile] : job.estimate.profile,
      },
    };
    return { ...identified, idempotencyKey: keyOf(identified, index, jobs.length, overrides, ci) };
  });
}

/** The URLs of a job without credentials, and without a page that is not of a pull request. */
function cleanUrls({ pullRequestUrl, commitUrl, runUrl }: Partial<StoreEstimateInput>) {
  return {
    pullRequestUrl: statedPullRequest(pullRequestUrl),
    commitUrl: commitUrl ? withoutCredentials(commitUrl) : undefined,
    runUrl: runUrl ? withoutCredentials(runUrl) : undefined,
  };
}

function withCleanUrls({ pullRequest, commitUrl, runUrl, ...others }: Overrides): Overrides {
  const urls = cleanUrls({ pullRequestUrl: pullRequest, commitUrl, runUrl });
  return {
    ...others,
    ...(urls.pullRequestUrl && { pullRequest: urls.pullRequestUrl }),
    ...(urls.commitUrl && { commitUrl: urls.commitUrl }),
    ...(urls.runUrl && { runUrl: urls.runUrl }),
  };
}

function requireHttpUrl(option: string, value: string | undefined): void {
  if (value && !isHttpUrl(value)) {
    throw new UsageError(`${option} must be a URL that begins with http:// or https://, not "${value}"`);
  }
}

/**
 * The project identifies the series. --project is the project of a single job, and a prefix of the names of several
 * jobs. The default prefix is the repository in CI, unless the name has it already: equal paths in two repositories
 * must not become one series.
 */
function projectOf(
  job: StoreEstimateInput,
  jobCount: number,
  overrides: Overrides,
  { service, repository }: CiContext,
): string | undefined {
  const own = pathName(job.project);
  const project = pathName(overrides.project);
  if (overrides.project && project === undefined) throw new UsageError("--project must contain a name");
  if (project !== undefined && jobCount === 1) return project;
  const prefix = project ?? (service === undefined ? undefined : repository);
  if (prefix === undefined || own === undefined) return own ?? prefix;
  // "#" separates the workspace.
  const hasPrefix = own === prefix || own.startsWith(`${prefix}/`) || own.startsWith(`${prefix}#`);
  return hasPrefix ? own : `${prefix}/${own}`;
}

/**
 * A branch of a fork must not enter the series of the branch with the same name, and the entries of a merge queue are no
 * series. CI knows both, and has priority over the plain name in a file; "owner:branch" of a file is kept. An option
 * with the plain name of the fork's branch means that branch.
 */
function branchOf(job: StoreEstimateInput, overrides: Overrides, ci: CiContext): string | undefined {
  const option = plainBranch(overrides.branch);
  if (mergeQueueOf(option)) return undefined;
  if (option !== undefined) return option === ci.forkBranch ? ci.branch : option;
  const own = plainBranch(job.branch);
  if (own === undefined || (ci.hasPriority && !own.includes(":"))) return ci.branch;
  if (mergeQueueOf(own)) return undefined;
  // The owner of a fork is unknown here.
  const { pullRequestUrl, targetBranch } = pullRequestOf(job, overrides, ci);
  const defaultBranch = plainBranch(overrides.defaultBranch) ?? ci.defaultBranch;
  if (!pullRequestUrl || ci.isFork === false || !mayBeInFork(own, targetBranch, defaultBranch)) return own;
  if (ci.pullRequestUrl && isSamePage(ci.pullRequestUrl, pullRequestUrl)) return ci.branch;
  return forkBranch(own, undefined, pullRequestNumber(pullRequestUrl));
}

/**
 * The statement of --default-branch, of the file or of CI; undefined: the server derives it from the branch. A pull
 * request, the branch of a fork and an entry of a merge queue are never the default branch.
 */
function isDefaultBranch(
  job: StoreEstimateInput,
  branch: string | undefined,
  overrides: Overrides,
  ci: CiContext,
): boolean | undefined {
  const isOfCi = branch === ci.branch;
  const isPullRequest = overrides.pullRequest || job.pullRequestUrl || ci.pullRequestUrl || ci.isPullRequest;
  if (isPullRequest || branch?.includes(":") || numberOfRef(branch) !== undefined) return false;
  if (queueOf(job, overrides) && branch === undefined) return false;
  const defaultBranch = plainBranch(overrides.defaultBranch);
  if (defaultBranch !== undefined && branch !== undefined) return branch === defaultBranch;
  if (typeof job.isDefaultBranch === "boolean" && !(ci.hasPriority && isOfCi)) return job.isDefaultBranch;
  if (isOfCi) return ci.isDefaultBranch;
  return ci.defaultBranch === undefined || branch === undefined ? undefined : branch === ci.defaultBranch;
}

/** The merge queue that the branch of the option or of the file names. */
function queueOf(job: StoreEstimateInput, overrides: Overrides) {
  return mergeQueueOf(plainBranch(overrides.branch) ?? plainBranch(job.branch));
}

/** The details of a commit come from a source that names the same commit. */
function commitOf(job: StoreEstimateInput, overrides: Overrides, ci: CiContext) {
  const commitSha = overrides.commit || job.commitSha || ci.commitSha;
  const file: Partial<StoreEstimateInput> = isSameCommit(job.commitSha ?? commitSha, commitSha) ? job : {};
  const context: CiContext = isSameCommit(ci.commitSha, commitSha) ? ci : {};
  return {
    commitSha,
    commitUrl: overrides.commitUrl || file.commitUrl || context.commitUrl,
    committedAt: file.committedAt || context.committedAt,
    commitMessage: limitedLine(file.commitMessage, commitMessage.limit) ?? context.commitMessage,
    commitAuthor:
      overrides.author === false
        ? undefined
        : (limitedLine(personName(file.commitAuthor), commitAuthor.limit) ?? context.commitAuthor),
  };
}

/** One of the two may be short. */
function isSameCommit(one: string | undefined, other: string | undefined): boolean {
  const [a, b] = [one?.toLowerCase(), other?.toLowerCase()];
  return a === b || Boolean(a && b && (a.startsWith(b) || b.startsWith(a)));
}

/** The title and the target come from a source that does not name another pull request. */
function pullRequestOf(job: StoreEstimateInput, overrides: Overrides, ci: CiContext) {
  const pullRequestUrl = overrides.pullRequest || job.pullRequestUrl || ci.pullRequestUrl;
  const file: Partial<StoreEstimateInput> = isSamePage(job.pullRequestUrl, pullRequestUrl) ? job : {};
  const context: CiContext = isSamePage(ci.pullRequestUrl, pullRequestUrl) ? ci : {};
  return {
    pullRequestUrl,
    pullRequestTitle: limitedLine(file.pullRequestTitle, pullRequestTitle.limit) ?? context.pullRequestTitle,
    targetBranch:
      plainBranch(overrides.targetBranch) ??
      plainBranch(file.targetBranch) ??
      context.targetBranch ??
      queueOf(job, overrides)?.target,
  };
}

/** GitLab has two URLs for a page, with and without "/-". */
function isSamePage(one: string | null | undefined, other: string | null | undefined): boolean {
  const [a, b] = [one, other].map((url) => url?.toLowerCase().replace("/-/", "/").replace(/\/$/, ""));
  return !a || !b || a === b;
}

/**
 * In CI, the key is a hash over the attempt of the CI job and the job: a repeated step of one attempt stores nothing
 * twice, a new attempt or estimate is a new job. Outside CI, each push has a new key, which makes its retries safe.
 */
function keyOf(
  job: StoreEstimateInput,
  index: number,
  jobCount: number,
  { idempotencyKey }: Overrides,
  { attempt }: CiContext,
): string {
  if (idempotencyKey) return jobCount === 1 ? idempotencyKey : `${idempotencyKey}#${index + 1}`;
  if (job.idempotencyKey) return job.idempotencyKey;
  if (attempt === undefined) return randomUUID();
  return `ci-${createHash("sha256")
    .update(JSON.stringify([attempt, job]))
    .digest("hex")}`;
}
