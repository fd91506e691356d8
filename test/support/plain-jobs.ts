import { Big } from "big.js";
import fc from "fast-check";
import { pastTriggers } from "./past-triggers.ts";
import type { TestService } from "./service.ts";

/** A stored job, as the plain recounts of reports need it. */
export interface PlainJob {
  readonly id: string;
  readonly createdAt: Date;
  readonly estimatedAt: Date | null;
  readonly project: string | null;
  readonly branch: string | null;
  readonly targetBranch: string | null;
  readonly pullRequestUrl: string | null;
  readonly commitSha: string | null;
  readonly runId: string | null;
  readonly profile: "DEV" | "PROD" | null;
  readonly currency: string;
  readonly total: string;
  readonly isComplete: boolean;
  /** As stated; null: not stated. */
  readonly isDefaultBranch: boolean | null;
  readonly isExcluded: boolean;
  readonly labels: Readonly<Record<string, string>>;
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const BEGIN = Date.parse("2025-03-01T00:00Z");

/** Moments of ten days in March 2025. Many are equal, so that the ids decide. */
export const plainMoment = fc.oneof(
  fc.integer({ min: 0, max: 10 * 24 * 60 }).map((minutes) => new Date(BEGIN + minutes * MINUTE)),
  fc.integer({ min: 0, max: 20 }).map((halves) => new Date(BEGIN + (halves * DAY) / 2)),
);

const amount = fc
  .tuple(fc.integer({ min: -500, max: 20_000 }), fc.integer({ min: 0, max: 6 }))
  .map(([digits, scale]) => new Big(`${digits}e-${scale}`).toFixed(scale));

const optional = <Value>(values: readonly Value[]) => fc.constantFrom(null, ...values);

const plainJob: fc.Arbitrary<PlainJob> = fc.record({
  id: fc.uuid({ version: 4 }),
  createdAt: plainMoment,
  // Backfilled, or of the future, which is ignored.
  estimatedAt: fc.option(plainMoment),
  project: fc.constantFrom("shop", "blog", "Blog", "ärger", "𝒳", null),
  // A default branch that is renamed, one with another name, and jobs that are on no branch.
  branch: fc.constantFrom("main", "main", "trunk", "develop", "feature", null),
  targetBranch: optional(["main", "develop", "gone"]),
  pullRequestUrl: optional(["https://git.example/pull/1"]),
  commitSha: optional(["c0ffee", "decade"]),
  runId: optional(["run-1", "run-2", "run-3"]),
  profile: fc.constantFrom("DEV", "PROD", null),
  currency: fc.constantFrom("USD", "USD", "EUR"),
  total: fc.oneof(amount, fc.constantFrom("10", "10.00", "0")),
  isComplete: fc.constantFrom(true, true, true, true, false),
  isDefaultBranch: fc.constantFrom(null, null, null, true, false),
  isExcluded: fc.constantFrom(false, false, false, false, true),
  labels: fc.dictionary(fc.constantFrom("team", "tier"), fc.constantFrom("a", "b")),
});

/** Random jobs, the same ones for each seed. */
export function randomJobs(count: number, seed: number): PlainJob[] {
  return fc.sample(plainJob, { numRuns: count, seed });
}

/** Stores jobs without resources at their times, by SQL. */
export async function storePlainJobs(
  service: Pick<TestService, "sql">,
  jobs: readonly PlainJob[],
): Promise<void> {
  const rows = jobs.map((job) => ({
    id: job.id,
    created_at: job.createdAt,
    estimated_at: job.estimatedAt,
    project: job.project,
    branch: job.branch,
    target_branch: job.targetBranch,
    pull_request_url: job.pullRequestUrl,
    commit_sha: job.commitSha,
    run_id: job.runId,
    profile: job.profile,
    currency: job.currency,
    total_monthly_cost: job.total,
    stated_complete: job.isComplete,
    stated_default_branch: job.isDefaultBranch,
    labels: job.labels,
    schema_version: "1",
    resource_count: 0,
    unpriced_resource_count: 0,
    warnings: [],
    shard_key: 0,
  }));
  const columns = Object.keys(rows[0] ?? {}).join();
  const excluded = jobs.filter(({ isExcluded }) => isExcluded).map(({ id }) => `('${id}', 1, true, 'wrong')`);
  await pastTriggers(
    service,
    `insert into jobs (${columns})
     select ${columns} from jsonb_populate_recordset(null::jobs, $rows$${JSON.stringify(rows)}$rows$)`,
  );
  if (excluded.length === 0) return;
  await pastTriggers(
    service,
    `insert into job_exclusions (job_id, number, is_excluded, reason) values ${excluded.join()}`,
  );
}

export function effectiveAt({ createdAt, estimatedAt }: PlainJob): number {
  return (estimatedAt !== null && estimatedAt <= createdAt ? estimatedAt : createdAt).getTime();
}

/** The order of series. */
export function inOrder(a: PlainJob, b: PlainJob): number {
  return effectiveAt(a) - effectiveAt(b) || (a.id < b.id ? -1 : 1);
}

export function isOnDefaultBranch({ isDefaultBranch, pullRequestUrl, branch }: PlainJob): boolean {
  const isUsual = branch === null || ["main", "master", "trunk"].includes(branch);
  return isDefaultBranch ?? (pullRequestUrl === null && isUsual);
}

export function isMember(job: PlainJob): boolean {
  const isOnBranch = job.branch !== null || isOnDefaultBranch(job);
  return job.isComplete && !job.isExcluded && job.project !== null && isOnBranch;
}

/** The project, profile and currency of a job. */
export function keyOf({ project, profile, currency }: PlainJob): string {
  return JSON.stringify([project, profile, currency]);
}

/** The baseline of a job, in the words of the rule. */
export function baselineOf(
  jobs: readonly PlainJob[],
  job: PlainJob,
  { branch, commitSha }: { readonly branch?: string | null; readonly commitSha?: string | null } = {},
): PlainJob | null {
  const members = jobs.filter((other) => isMember(other) && keyOf(other) === keyOf(job)).toSorted(inOrder);
  if (commitSha != null) {
    const ofCommit = members.filter((other) => other.commitSha === commitSha && other.id !== job.id);
    return ofCommit.findLast((other) => branch == null || other.branch === branch) ?? null;
  }
  const onTarget = members.filter((other) => job.targetBranch !== null && other.branch === job.targetBranch);
  const byDefault = onTarget.length > 0 ? onTarget : members.filter(isOnDefaultBranch);
  const onBranch = branch == null ? byDefault : members.filter((other) => other.branch === branch);
  return onBranch.findLast((other) => inOrder(other, job) < 0) ?? null;
}
