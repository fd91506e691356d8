import { createHash, randomUUID } from "node:crypto";
import type { StoreEstimateInput } from "../client/generated.ts";
import type { CiContext } from "./ci.ts";

const PROFILES = { dev: "DEV", staging: "STAGING", prod: "PROD" } as const;

/** What the caller of `push` says of the jobs; wins over what the file and the environment say. */
export interface Overrides {
  readonly project?: string;
  readonly branch?: string;
  readonly commit?: string;
  readonly pullRequest?: string;
  readonly user?: string;
  readonly label?: Readonly<Record<string, string>>;
  readonly profile?: keyof typeof PROFILES;
  readonly idempotencyKey?: string;
}

/**
 * Completes the jobs of one push with where they come from: options first, then the file, then CI; the project
 * follows `projectOf`, the idempotency key `keyOf`.
 */
export function identifyJobs(
  jobs: readonly StoreEstimateInput[],
  overrides: Overrides,
  ci: CiContext,
): StoreEstimateInput[] {
  return jobs.map((job, index) => {
    const identified: StoreEstimateInput = {
      ...job,
      project: projectOf(job, jobs.length, overrides, ci),
      branch: overrides.branch ?? job.branch ?? ci.branch,
      commitSha: overrides.commit ?? job.commitSha ?? ci.commitSha,
      pullRequestUrl: overrides.pullRequest ?? job.pullRequestUrl ?? ci.pullRequestUrl,
      userId: overrides.user ?? job.userId,
      labels: overrides.label ? { ...job.labels, ...overrides.label } : job.labels,
      estimate: {
        ...job.estimate,
        profile: overrides.profile ? PROFILES[overrides.profile] : job.estimate.profile,
      },
    };
    return { ...identified, idempotencyKey: keyOf(identified, index, jobs.length, overrides, ci) };
  });
}

/**
 * The project names the series. --project names it outright when there is one job, and stands before the file's
 * own names when there are several. Without it the repository that CI knows stands before them, unless a name
 * begins with it already; the same path in two repositories must not become one series.
 */
function projectOf(
  job: StoreEstimateInput,
  jobCount: number,
  { project }: Overrides,
  { service, repository }: CiContext,
): string | undefined {
  const own = job.project ?? undefined;
  if (project !== undefined && jobCount === 1) return project;
  const prefix = project ?? (service === undefined ? undefined : repository);
  if (prefix === undefined || own === undefined) return own ?? prefix;
  return own === prefix || own.startsWith(`${prefix}/`) ? own : `${prefix}/${own}`;
}

/**
 * In CI: a hash over the attempt of the CI job and over the estimate, so that repeating a step of the same
 * attempt stores nothing twice, while a new attempt and a new estimate are new jobs. Elsewhere: a new key for
 * each push, which makes its own retries safe.
 */
function keyOf(
  job: StoreEstimateInput,
  index: number,
  jobCount: number,
  { idempotencyKey }: Overrides,
  { attempt }: CiContext,
): string {
  if (idempotencyKey !== undefined) return jobCount === 1 ? idempotencyKey : `${idempotencyKey}#${index + 1}`;
  if (job.idempotencyKey) return job.idempotencyKey;
  if (attempt === undefined) return randomUUID();
  const hash = createHash("sha256")
    .update(JSON.stringify([attempt, job]))
    .digest("hex");
  return `ci-${hash}`;
}
