import { createHash, randomUUID } from "node:crypto";
import type { StoreEstimateInput } from "../client/generated.ts";
import type { CiContext } from "./ci.ts";

const PROFILES = { dev: "DEV", staging: "STAGING", prod: "PROD" } as const;

/** The options of `push` with priority over the file and the environment. */
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
 * Adds the origin of the jobs of one push. Priority: options, file, CI; see `projectOf` for the project and `keyOf` for
 * the idempotency key.
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
 * The project identifies the series. --project is the project of a single job, and a prefix of the names of several
 * jobs. The default prefix is the repository in CI, unless the name has it already: equal paths in two repositories
 * must not become one series.
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
 * In CI, the key is a hash over the attempt of the CI job and the estimate: a repeated step of one attempt stores
 * nothing twice, a new attempt or estimate is a new job. Outside CI, each push has a new key, which makes its retries
 * safe.
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
