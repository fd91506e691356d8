import { andAll, ifDefined, type Sql, sql } from "../database/sql.ts";
import type { JobFilter } from "./job-filter.graphql.ts";
import { jobCondition } from "./job-filter.sql.ts";
import { isExcluded, isMemberUnlessExcluded } from "./series.sql.ts";

/**
 * The current jobs of a filter at a moment, the base of every total over several projects:
 *
 * 1. The candidates are the members that are not newer than the moment and match the filter, without the conditions
 *    that can change from job to job of a series. They are on the default branch, unless the filter selects branches.
 * 2. The newest candidate of each project, profile and currency is current. Branches are therefore never added up.
 * 3. The current jobs that do not match the conditions on labels and amounts are left out. A job that lost a label does
 *    not bring back an older one.
 */
export interface CurrentJobs {
  readonly filter: JobFilter;
  /** Whether each branch has its own current job; then the branches are not restricted to the default branch. */
  readonly byBranch: boolean;
  /** The age at which a job is no longer current; undefined: no limit. */
  readonly maxAgeDays: number | undefined;
}

/** The conditions of step 3. */
const AFTER_SELECTION: ReadonlySet<string> = new Set([
  "labels",
  "minTotalMonthlyCost",
  "maxTotalMonthlyCost",
]);

/** The conditions on the beginning of a range. A job from before the range is current until the next one. */
const BEGIN: ReadonlySet<string> = new Set(["createdFrom", "effectiveFrom"]);

/** The conditions that select branches. With one of them, a current job can be on any branch. */
const OF_BRANCHES: ReadonlySet<string> = new Set([
  "branch",
  "isDefaultBranch",
  "commitSha",
  "pullRequestUrl",
  "runId",
]);

/** The conditions of step 1 that are a filter, without the membership and the branch. */
export function candidateFilter(filter: JobFilter): JobFilter {
  return conditionsOf(filter, (name) => !AFTER_SELECTION.has(name) && !BEGIN.has(name));
}

/** The conditions of step 3, as a condition on `jobs` that is never null. */
export function isSelected(filter: JobFilter): Sql<boolean> {
  return sql`coalesce(${jobCondition(conditionsOf(filter, (name) => AFTER_SELECTION.has(name)))}, false)`;
}

function conditionsOf(filter: JobFilter, isIncluded: (name: string) => boolean): JobFilter {
  return Object.fromEntries(Object.entries(filter).filter(([name]) => isIncluded(name)));
}

/**
 * Whether a job that is not excluded and matches `candidateFilter` is a candidate. On the default branch, the conditions
 * are those of idx_jobs_current.
 */
export function isCandidate({ filter, byBranch }: Omit<CurrentJobs, "maxAgeDays">): Sql<boolean> {
  const anyBranch = byBranch || hasCondition(filter, OF_BRANCHES);
  return andAll([isMemberUnlessExcluded("jobs"), anyBranch ? undefined : sql`jobs.is_default_branch`]);
}

function hasCondition(filter: JobFilter, names: ReadonlySet<string>): boolean {
  return Object.entries(filter).some(
    ([name, value]) => names.has(name) && value !== null && value !== undefined,
  );
}

/**
 * The columns with one current job for each combination. The expressions and their order are those of
 * idx_jobs_current.
 * @param jobs the name of the table or its alias.
 */
export function currentKey(jobs: string, byBranch: boolean): Sql<unknown> {
  const branch = byBranch ? `, coalesce(${jobs}.branch, '')` : "";
  return sql.raw(`${jobs}.project, coalesce(${jobs}.profile, ''), ${jobs}.currency${branch}`);
}

/** The time after which a job with this age limit is current at the moment. */
export function maxAge(maxAgeDays: number): Sql<unknown> {
  // In hours: a day of an interval can have 23 or 25 hours in the time zone of the session.
  return sql`make_interval(hours => ${maxAgeDays * 24}::int)`;
}

/**
 * The newest candidates before a moment (steps 1 and 2), as a subquery that returns rows of `jobs`.
 * @param before the candidates are older than this moment: for the current jobs at a moment, one millisecond later.
 * @throws BadUserInput for a filter with text that PostgreSQL cannot store.
 */
export function newestCandidates(current: CurrentJobs, before: Sql<Date>): Sql<unknown> {
  const { filter, byBranch, maxAgeDays } = current;
  const candidate = andAll([
    isCandidate(current),
    sql`not ${isExcluded("jobs")}`,
    jobCondition(candidateFilter(filter)),
    sql`jobs.effective_at < ${before}`,
    ifDefined(maxAgeDays, () => sql`jobs.effective_at >= ${before} - ${maxAge(maxAgeDays ?? 0)}`),
  ]);
  return isOnKeysOnly(current) ? newestOfKeys(filter, candidate) : newestByOnePass(byBranch, candidate);
}

function newestByOnePass(byBranch: boolean, candidate: Sql<boolean>): Sql<unknown> {
  const key = currentKey("jobs", byBranch);
  return sql`
    (
      select distinct on (${key}) jobs.*
      from jobs
      where ${candidate}
      order by ${key}, jobs.effective_at desc, jobs.id desc
    )`;
}

/** The conditions on the columns of `currentKey`. */
const OF_KEYS: ReadonlySet<string> = new Set(["project", "projects", "projectPrefix", "profile", "currency"]);

/** Whether almost every job of the default branch with a matching key is a candidate. */
function isOnKeysOnly({ filter, byBranch }: CurrentJobs): boolean {
  const ofTime = new Set(["createdBefore", "effectiveBefore"]);
  const others = conditionsOf(candidateFilter(filter), (name) => !OF_KEYS.has(name) && !ofTime.has(name));
  return !byBranch && !hasCondition(others, new Set(Object.keys(others)));
}

/**
 * Goes from key to key in idx_jobs_current, and reads the newest candidate of each: the work grows with the projects,
 * and not with their histories.
 */
function newestOfKeys(filter: JobFilter, candidate: Sql<boolean>): Sql<unknown> {
  const key = currentKey("jobs", false);
  const ofKeys = andAll([
    isCandidate({ filter, byBranch: false }),
    jobCondition(conditionsOf(filter, (name) => OF_KEYS.has(name))),
  ]);
  const nextKey = (condition: Sql<boolean>) => sql`
        (
          select jobs.project, coalesce(jobs.profile, '') as profile, jobs.currency
          from jobs
          where ${ofKeys} and ${condition}
          order by ${key}
          limit 1
        )`;
  return sql`
    (
      with recursive keys as (
        ${nextKey(sql`true`)}
        union all
        select following.*
        from keys cross join lateral ${nextKey(sql`(${key}) > (keys.project, keys.profile, keys.currency)`)} as following
      )
      select newest.*
      from keys
      cross join lateral (
        select jobs.*
        from jobs
        where (${key}) = (keys.project, keys.profile, keys.currency) and ${candidate}
        order by jobs.effective_at desc, jobs.id desc
        limit 1
      ) as newest
    )`;
}

/**
 * The current jobs at the last moment before a moment (steps 1 to 3), as a subquery that returns rows of `jobs`.
 * @throws BadUserInput for a filter with text that PostgreSQL cannot store.
 */
export function currentJobs(current: CurrentJobs, before: Sql<Date>): Sql<unknown> {
  return sql`(select * from ${newestCandidates(current, before)} as jobs where ${isSelected(current.filter)})`;
}
