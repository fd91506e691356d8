import { andAll, ifDefined, type Sql, sql } from "../database/sql.ts";
import type { JobFilter } from "./job-filter.graphql.ts";
import { jobCondition } from "./job-filter.sql.ts";
import { isExcluded, isMemberIfComplete, isMemberUnlessExcluded } from "./series.sql.ts";

/**
 * The current jobs of a filter at a moment, the base of every total over several projects:
 *
 * 1. The candidates are the members that are not newer than the moment and match the filter, without the conditions
 *    that can change from job to job of a series. They are on the default branch, unless the filter selects branches.
 *    For the total at a moment of a range, the filter is `withoutBegin`.
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

/** The age limit of current jobs, in days: a hundred years. */
export const MAX_AGE_DAYS = 36_500;

/**
 * The role of a condition in the choice of the current jobs:
 *
 * - "key": on the columns of `currentKey`.
 * - "branch": selects branches. With one of them, a current job can be on any branch.
 * - "begin": the beginning of a range of time. In a trend, a job from before the range is current until the next one.
 * - "end": the end of a range of time.
 * - "current": on the current jobs, in step 3.
 * - "other": on the candidates.
 */
type Role = "key" | "branch" | "begin" | "end" | "current" | "other";

const ROLES: Readonly<Record<keyof JobFilter, Role>> = {
  project: "key",
  projects: "key",
  projectPrefix: "key",
  profile: "key",
  currency: "key",
  branch: "branch",
  isDefaultBranch: "branch",
  commitSha: "branch",
  pullRequestUrl: "branch",
  runId: "branch",
  createdFrom: "begin",
  effectiveFrom: "begin",
  createdBefore: "end",
  effectiveBefore: "end",
  labels: "current",
  minTotalMonthlyCost: "current",
  maxTotalMonthlyCost: "current",
  userId: "other",
  terraformPlanHash: "other",
  isComplete: "other",
  isExcluded: "other",
};

const roleOf: ReadonlyMap<string, Role> = new Map(Object.entries(ROLES));

/** The conditions of a filter with these roles. */
function conditionsOf(filter: JobFilter, ...roles: readonly Role[]): JobFilter {
  const included: readonly (Role | undefined)[] = roles;
  return Object.fromEntries(Object.entries(filter).filter(([name]) => included.includes(roleOf.get(name))));
}

/** Whether the filter has a condition with one of these roles. */
function hasCondition(filter: JobFilter, ...roles: readonly Role[]): boolean {
  const values: readonly unknown[] = Object.values(conditionsOf(filter, ...roles));
  return values.some((value) => value !== null && value !== undefined);
}

/** The conditions of step 1 that are a filter, without the membership and the branch. */
export function candidateFilter(filter: JobFilter): JobFilter {
  return conditionsOf(filter, "key", "branch", "begin", "end", "other");
}

/** The filter without the beginning of its range, for the jobs that are current in the range. */
export function withoutBegin(filter: JobFilter): JobFilter {
  return conditionsOf(filter, "key", "branch", "end", "current", "other");
}

/** The conditions of step 3, as a condition on `jobs` that is never null. */
export function isSelected(filter: JobFilter): Sql<boolean> {
  return sql`coalesce(${jobCondition(conditionsOf(filter, "current"))}, false)`;
}

/**
 * Whether a job that is not excluded and matches `candidateFilter` is a candidate. On the default branch, the conditions
 * are those of idx_jobs_current.
 */
export function isCandidate(current: Omit<CurrentJobs, "maxAgeDays">): Sql<boolean> {
  return andAll([isMemberUnlessExcluded("jobs"), isOnCountedBranch(current)]);
}

/** Whether a job is on a branch whose jobs can be current; undefined: every branch is. */
function isOnCountedBranch({ filter, byBranch }: Omit<CurrentJobs, "maxAgeDays">): Sql<boolean> | undefined {
  return byBranch || hasCondition(filter, "branch") ? undefined : sql`jobs.is_default_branch`;
}

/**
 * Whether a job, of whatever branch and complete or not, meets the other conditions of step 1.
 * @param before as in `newestCandidates`.
 * @param conditions the conditions of the filter.
 * @throws BadUserInput for a filter with text that PostgreSQL cannot store.
 */
export function isMatchBefore(
  { filter, maxAgeDays }: CurrentJobs,
  before: Sql<Date>,
  conditions = candidateFilter(filter),
): Sql<boolean> {
  return andAll([
    sql`not ${isExcluded("jobs")}`,
    jobCondition(conditions),
    sql`jobs.effective_at < ${before}`,
    ifDefined(maxAgeDays, () => sql`jobs.effective_at >= ${before} - ${maxAge(maxAgeDays ?? 0)}`),
  ]);
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
 * @param before the candidates are older than this moment: for the current jobs at a moment, `justAfter` it.
 * @throws BadUserInput for a filter with text that PostgreSQL cannot store.
 */
export function newestCandidates(current: CurrentJobs, before: Sql<Date>): Sql<unknown> {
  const { filter, byBranch } = current;
  const candidateWith = (conditions: JobFilter) =>
    andAll([isCandidate(current), isMatchBefore(current, before, conditions)]);
  return isOnKeysOnly(current)
    ? newestOfKeys(filter, candidateWith(conditionsOf(filter, "branch", "begin", "end")))
    : newestByOnePass(byBranch, candidateWith(candidateFilter(filter)));
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

/**
 * Whether almost every job of one branch (the default one or `branch`) with a matching key is a candidate. With
 * `createdFrom`, a search for the newest one would read the whole history of a key that has none.
 */
function isOnKeysOnly({ filter: { branch: _, ...filter }, byBranch }: CurrentJobs): boolean {
  return !byBranch && !filter.createdFrom && !hasCondition(filter, "branch", "other");
}

/**
 * The newest candidates of the keys that match the filter.
 *
 * Goes from project to project, then from key to key of each project, and reads the newest candidate of each key. Each
 * step reads one entry of an index, whatever the filter: the work grows with the projects, and not with their
 * histories. A condition on the profile or the currency is therefore not part of a step, which would read the histories
 * of the keys between. The index is idx_jobs_current, or with a branch idx_jobs_series, in which the branch comes before
 * the profile.
 * @param candidate the conditions on a job of a matching key.
 */
function newestOfKeys(filter: JobFilter, candidate: Sql<boolean>): Sql<unknown> {
  const key = currentKey("jobs", false);
  const { branch } = filter;
  const onBranch = isCandidate({ filter: { branch }, byBranch: false });
  // The first condition is that of the index, the second one leaves out jobs without a branch.
  const isOfBranch = andAll([
    ifDefined(branch, () => sql`coalesce(jobs.branch, '') = ${branch} and jobs.branch = ${branch}`),
  ]);
  const nextKey = (project: string, condition: Sql<boolean>) => sql`
        (
          select jobs.project, coalesce(jobs.profile, '') as profile, jobs.currency
          from jobs
          where jobs.project = ${sql.ref(project)} and ${onBranch} and ${isOfBranch} and ${condition}
          order by ${key}
          limit 1
        )`;
  const isNext = sql<boolean>`(coalesce(jobs.profile, ''), jobs.currency) > (keys.profile, keys.currency)`;
  return sql`
    (
      with recursive projects as (
        ${projectsOf(filter, onBranch)}
      ),
      keys as (
        select key.* from projects cross join lateral ${nextKey("projects.project", sql`true`)} as key
        union all
        select key.* from keys cross join lateral ${nextKey("keys.project", isNext)} as key
      )
      select newest.*
      from (select * from keys as jobs where ${jobCondition(conditionsOf(filter, "key"))}) as keys
      cross join lateral (
        select jobs.*
        from jobs
        where (${key}) = (keys.project, keys.profile, keys.currency) and ${isOfBranch} and ${candidate}
        order by jobs.effective_at desc, jobs.id desc
        limit 1
      ) as newest
    )`;
}

/**
 * The names of projects with matching jobs, as a subquery. Without conditions on other columns, also those of projects
 * whose jobs do not match.
 * @param before as in `newestCandidates`.
 */
export function projectsBefore(current: CurrentJobs, before: Sql<Date>): Sql<unknown> {
  const { filter } = current;
  if (hasCondition(filter, "branch", "other")) {
    return sql`(select distinct jobs.project from jobs where ${isMatchBefore(current, before)} and jobs.project is not null)`;
  }
  return sql`
    (
      with recursive projects as (
        ${projectsOf(filter, sql`jobs.project is not null`)}
      )
      select project from projects
    )`;
}

/**
 * The names of projects that can match the conditions on projects, each once, for a recursive CTE `projects`.
 * @param condition the condition on a job of a project. With a prefix, the prefix replaces it.
 */
function projectsOf({ project, projects, projectPrefix }: JobFilter, condition: Sql<boolean>): Sql<unknown> {
  const named = projects ?? (project === null || project === undefined ? undefined : [project]);
  if (named !== undefined)
    return sql`select distinct project from unnest(${named}::text[]) as named (project)`;
  // With a prefix, a step is one in idx_jobs_project_prefix, else in the index of the keys.
  const hasPrefix = projectPrefix !== null && projectPrefix !== undefined;
  const name = hasPrefix ? sql`jobs.project collate "C"` : sql`jobs.project`;
  const indexed = hasPrefix ? jobCondition({ projectPrefix }) : condition;
  const nextProject = (isNext: Sql<boolean>) =>
    sql`(select jobs.project from jobs where ${indexed} and ${isNext} order by ${name} limit 1)`;
  return sql`
        ${nextProject(sql`true`)}
        union all
        select next.* from projects cross join lateral ${nextProject(sql`${name} > projects.project`)} as next`;
}

/**
 * The current jobs at a moment (steps 1 to 3), as a subquery that returns rows of `jobs`.
 * @param asOf the moment; undefined: now.
 * @throws BadUserInput for a filter with text that PostgreSQL cannot store.
 */
export function currentJobsAt(current: CurrentJobs, asOf: Date | undefined): Sql<unknown> {
  return sql`(
      select jobs.* from ${newestCandidates(current, justAfter(momentOf(asOf)))} as jobs where ${isSelected(current.filter)}
    )`;
}

/**
 * The current jobs of now on the default branch, as a subquery that returns rows of `jobs`.
 * @throws BadUserInput for a filter with text that PostgreSQL cannot store.
 */
export function currentJobsOfNow(filter: JobFilter): Sql<unknown> {
  return currentJobsAt({ filter, byBranch: false, maxAgeDays: undefined }, undefined);
}

/**
 * A moment in milliseconds, the precision of `effective_at`. PostgreSQL rounds the time of a job to it.
 * @param asOf undefined: the present of the database, by which jobs are stored.
 */
export function momentOf(asOf: Date | undefined): Sql<Date> {
  return asOf === undefined ? sql`statement_timestamp()::timestamptz(3)` : sql`${asOf}::timestamptz(3)`;
}

/** The first moment after this one, for `newestCandidates` and `isMatchBefore`. */
export function justAfter(moment: Sql<Date>): Sql<Date> {
  return sql`(${moment} + interval '1 millisecond')`;
}

/**
 * The incomplete jobs instead of which an older job counts, or none: the rule of INCOMPLETE_JOB, for every report. A
 * subquery that returns rows of `jobs`, at most one of each project, profile and currency (by branch: and branch).
 *
 * - It is the newest incomplete job of its key, and no candidate of the key is newer. In a key without candidates, no
 *   candidate of the project (by branch: on the branch) is newer: an estimate that fails can have another profile and
 *   an assumed currency.
 * - Newer is always the order of series: (effective_at, id).
 * - It can be on no branch if the filter has a condition on branches, such as the run.
 * - Conditions on labels apply to it or to the job that counts in its place: a run that fails can have no labels.
 * - Conditions on amounts do not apply, because its total is partial.
 *
 * @param asOf the moment; undefined: now.
 * @throws BadUserInput for a filter with text that PostgreSQL cannot store.
 */
export function newestIncompleteJobs(current: CurrentJobs, asOf: Date | undefined): Sql<unknown> {
  const { filter, byBranch } = current;
  const isMatch = isMatchBefore(current, justAfter(momentOf(asOf)));
  const isIncomplete = andAll([
    hasCondition(filter, "branch") ? sql`jobs.project is not null` : isMemberIfComplete("jobs"),
    sql`not jobs.is_complete`,
    isOnCountedBranch(current),
  ]);
  const isSameBranch = byBranch
    ? sql` and coalesce(jobs.branch, '') = coalesce(incomplete.branch, '')`
    : sql``;
  const isOfProject = sql<boolean>`jobs.project = incomplete.project${isSameBranch}`;
  const isOfKey = sql<boolean>`(${currentKey("jobs", byBranch)}) = (${currentKey("incomplete", byBranch)})`;
  const isLater = sql<boolean>`(jobs.effective_at, jobs.id) > (incomplete.effective_at, incomplete.id)`;
  // Without OFFSET 0, PostgreSQL may read all candidates to join them: it does not know that the next one is close.
  const hasCandidate = (...conditions: readonly Sql<boolean>[]) =>
    sql<boolean>`exists (select from jobs where ${andAll([...conditions, isCandidate(current), isMatch])} offset 0)`;
  const { labels } = filter;
  const hasLabels = isSelected({ labels });
  const newestHasLabels = (isOf: Sql<boolean>) => sql`(
          select ${hasLabels}
          from jobs
          where ${andAll([isOf, isCandidate(current), isMatch])}
          order by jobs.effective_at desc, jobs.id desc
          limit 1
        )`;
  const isLabelled =
    labels === null || labels === undefined || labels.length === 0
      ? undefined
      : sql<boolean>`(has_labels or coalesce(${newestHasLabels(isOfKey)}, ${newestHasLabels(isOfProject)}, false))`;
  const key = currentKey("jobs", byBranch);
  return sql`(
      select incomplete.*
      from (
        select distinct on (${key}) jobs.*, ${hasLabels} as has_labels
        from jobs
        where ${isIncomplete} and ${isMatch}
        order by ${key}, jobs.effective_at desc, jobs.id desc
      ) as incomplete
      where ${andAll([
        sql`not ${hasCandidate(isOfKey, isLater)}`,
        sql`(${hasCandidate(isOfKey)} or not ${hasCandidate(isOfProject, isLater)})`,
        isLabelled,
      ])}
    )`;
}
