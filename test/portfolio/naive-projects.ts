import { Big } from "big.js";
import type { Random } from "../support/random-selections.ts";

/** A stored job, as far as projects depend on it. */
export interface NaiveJob {
  readonly id: string;
  readonly project: string | null;
  readonly branch: string | null;
  readonly profile: "DEV" | "PROD" | null;
  readonly currency: string;
  readonly createdAt: Date;
  readonly estimatedAt: Date | null;
  readonly isComplete: boolean;
  readonly isExcluded: boolean;
  readonly statedDefaultBranch: boolean | null;
  readonly total: string;
  readonly resourceCount: number;
  readonly unpricedResourceCount: number;
  readonly unsupportedResourceCount: number | null;
  readonly labels: Readonly<Record<string, string>>;
}

/** The conditions on the jobs of a latest job. */
export interface NaiveConditions {
  readonly profile?: string | null | undefined;
  readonly currency?: string | null | undefined;
}

/** Names with every kind of sign: wildcards, cases, the separators of ids, letters of several bytes, the longest one. */
export const NAMES = [
  ...["shop", "Shop", "shop/api", "shop_api", "shop%api", "SHOPPING", "blog", "project:shop", "a:service:b"],
  ...[
    "00000000-0000-0000-0000-000000000000:1",
    `"quoted's"`,
    "back\\slash",
    "ärger",
    "ÄRGER",
    "日本",
    "😀",
    "\u0001",
  ],
  ...["\ue000", "x".repeat(1_024), "é".repeat(512)],
];

const DAY = 86_400_000;

/** Random jobs of these projects, and of none. */
export function randomJobs(random: Random, count: number): NaiveJob[] {
  const oneOf = <Value>(...values: readonly Value[]) => values[Math.floor(random() * values.length)] as Value;
  const start = Date.parse("2026-01-01T00:00:00Z");
  // Often at the same time, so that the ids decide.
  const time = () => new Date(start + Math.floor(random() * 20) * DAY + oneOf(0, 0, 1, 12_345));
  return Array.from({ length: count }, () => ({
    id: crypto.randomUUID(),
    project: oneOf(...NAMES, null),
    branch: oneOf("main", "main", "master", "feature", "fix%", null),
    profile: oneOf("DEV" as const, "PROD" as const, null),
    currency: oneOf("USD", "USD", "EUR"),
    createdAt: time(),
    // Backfilled, or of the future, which is ignored.
    estimatedAt: oneOf(null, null, time()),
    isComplete: random() < 0.85,
    isExcluded: random() < 0.15,
    statedDefaultBranch: oneOf(null, null, null, true, false),
    total: `${Math.floor(random() * 2_000) - 100}.${oneOf("0", "50", "123456789")}`,
    resourceCount: Math.floor(random() * 50),
    unpricedResourceCount: Math.floor(random() * 5),
    unsupportedResourceCount: oneOf(null, 0, 3),
    labels: oneOf<Record<string, string>>(
      {},
      { team: "a" },
      { team: "b", tier: "1" },
      { team: "a", tier: "1" },
    ),
  }));
}

/** SQL that stores the jobs, for `pastTriggers`. */
export function insertJobs(jobs: readonly NaiveJob[]): string {
  const rows = jobs.map(({ total, isComplete, ...job }) => ({ ...job, total, statedComplete: isComplete }));
  const json = `'${JSON.stringify(rows).replaceAll("'", "''")}'::json`;
  return `
    insert into jobs (id, created_at, estimated_at, project, branch, profile, currency, schema_version,
      total_monthly_cost, resource_count, unpriced_resource_count, unsupported_resource_count, labels, warnings,
      stated_complete, stated_default_branch, shard_key)
    select id, "createdAt", "estimatedAt", project, branch, profile, currency, '1', total, "resourceCount",
      "unpricedResourceCount", "unsupportedResourceCount", labels, '[]', "statedComplete", "statedDefaultBranch", 0
    from json_to_recordset(${json}) as job (id uuid, "createdAt" timestamptz, "estimatedAt" timestamptz, project text,
      branch text, profile text, currency text, total numeric, "resourceCount" int, "unpricedResourceCount" int,
      "unsupportedResourceCount" int, labels jsonb, "statedComplete" boolean, "statedDefaultBranch" boolean);
    insert into job_exclusions (job_id, number, is_excluded, reason, shard_key)
    select id, 1, true, 'wrong', 0 from json_to_recordset(${json}) as job (id uuid, "isExcluded" boolean)
    where "isExcluded"`;
}

export function effectiveAt({ createdAt, estimatedAt }: NaiveJob): Date {
  return estimatedAt !== null && estimatedAt <= createdAt ? estimatedAt : createdAt;
}

export function isOnDefaultBranch({ statedDefaultBranch, branch }: NaiveJob): boolean {
  return statedDefaultBranch ?? (branch === null || branch === "main" || branch === "master");
}

function isMember(job: NaiveJob): boolean {
  return job.isComplete && !job.isExcluded && (job.branch !== null || isOnDefaultBranch(job));
}

/** The last job in the order of series. */
export function newestOf(jobs: readonly NaiveJob[]): NaiveJob | undefined {
  return jobs.toSorted(
    (a, b) => effectiveAt(b).getTime() - effectiveAt(a).getTime() || (a.id < b.id ? 1 : -1),
  )[0];
}

/** The newest member of the jobs of a project. @param isOnBranch whether a job is on the branch. */
export function latestJob(
  jobs: readonly NaiveJob[],
  isOnBranch: (job: NaiveJob) => boolean,
  { profile, currency }: NaiveConditions = {},
): NaiveJob | undefined {
  const matching = jobs.filter(
    (job) =>
      isMember(job) &&
      isOnBranch(job) &&
      (profile === undefined || profile === null || job.profile === profile) &&
      (currency === undefined || currency === null || job.currency === currency),
  );
  return newestOf(matching);
}

/** The newest member on the default branch of each profile and currency, of the jobs of a project. */
export function currentJobs(jobs: readonly NaiveJob[]): NaiveJob[] {
  const members = jobs.filter((job) => isMember(job) && isOnDefaultBranch(job));
  const groups = Map.groupBy(members, ({ profile, currency }) => `${profile} ${currency}`);
  return [...groups.values()].flatMap((group) => newestOf(group) ?? []);
}

/** The totals of the jobs of a project, by currency, with amounts in their shortest form. */
export function totalsOf(jobs: readonly NaiveJob[]) {
  const byCurrency = Map.groupBy(currentJobs(jobs), ({ currency }) => currency);
  return [...byCurrency]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([currency, current]) => ({
      currency,
      totalMonthlyCost: sum(current).toFixed(),
      unattributed: "0",
      resourceCount: count(current, "resourceCount"),
      unpricedResourceCount: count(current, "unpricedResourceCount"),
      unsupportedResourceCount: count(current, "unsupportedResourceCount"),
      jobCount: current.length,
      oldestJobAt: new Date(Math.min(...current.map((job) => effectiveAt(job).getTime()))).toISOString(),
    }));
}

/** The highest total of the jobs of a project, whatever its currency; undefined: it has none. */
export function highestTotal(jobs: readonly NaiveJob[]): Big | undefined {
  const byCurrency = Map.groupBy(currentJobs(jobs), ({ currency }) => currency);
  return [...byCurrency.values()].map(sum).toSorted((a, b) => b.cmp(a))[0];
}

function sum(jobs: readonly NaiveJob[]): Big {
  return jobs.reduce((total, job) => total.plus(job.total), new Big(0));
}

function count(
  jobs: readonly NaiveJob[],
  name: "resourceCount" | "unpricedResourceCount" | "unsupportedResourceCount",
): number {
  return jobs.reduce((total, job) => total + (job[name] ?? 0), 0);
}

/** The order of code points. */
export function byName(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
