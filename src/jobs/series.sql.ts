import { type Sql, sql } from "../database/sql.ts";

/**
 * A series has the jobs of one project, branch, profile and currency, in the order of `effective_at`, then `id`. A
 * missing branch or profile is a value too. Only members are in a series: jobs that are complete and not excluded, have
 * a project, and have a branch or are on the default branch. Every report over the history of a project uses these
 * rules: `Job.previous`, anomalies, totals, retention, topResources.
 */

/**
 * The key of a series. The expressions and their order are those of idx_jobs_series.
 * @param jobs the name of the table or its alias.
 */
export function seriesKey(jobs: string): Sql<unknown> {
  return sql.raw(
    `${jobs}.project, coalesce(${jobs}.branch, ''), coalesce(${jobs}.profile, ''), ${jobs}.currency`,
  );
}

/** Whether two jobs have the same key of a series. The parameters are names of tables or aliases. */
export function isSameSeries(one: string, other: string): Sql<boolean> {
  return sql`(${seriesKey(one)}) = (${seriesKey(other)})`;
}

/**
 * Whether a job is a member of a series.
 * @param jobs the name of the table or its alias.
 */
export function isMember(jobs: string): Sql<boolean> {
  return sql`${isMemberUnlessExcluded(jobs)} and not ${isExcluded(jobs)}`;
}

/**
 * Whether a job that is not excluded is a member, for a statement that has left out the excluded jobs. The conditions
 * are those of idx_jobs_series.
 * @param jobs the name of the table or its alias.
 */
export function isMemberUnlessExcluded(jobs: string): Sql<boolean> {
  return sql`${isMemberIfComplete(jobs)} and ${sql.ref(`${jobs}.is_complete`)}`;
}

/**
 * Whether a job that is complete and not excluded would be a member.
 * @param jobs the name of the table or its alias.
 */
export function isMemberIfComplete(jobs: string): Sql<boolean> {
  return sql.raw(`${jobs}.project is not null and (${jobs}.branch is not null or ${jobs}.is_default_branch)`);
}

/**
 * Whether a job is excluded: its last record in job_exclusions excludes it.
 * @param jobs the name of the table or its alias.
 */
export function isExcluded(jobs: string): Sql<boolean> {
  return sql`exists (
      select from job_exclusions as exclusion
      where exclusion.job_id = ${sql.ref(`${jobs}.id`)} and ${isExclusion("exclusion")}
    )`;
}

/**
 * Whether a record excludes its job: it is the last record of the job, and not the end of an exclusion.
 * @param record the alias of job_exclusions.
 */
export function isExclusion(record: string): Sql<boolean> {
  return sql.raw(`${record}.is_excluded and not exists (
        select from job_exclusions as later
        where later.job_id = ${record}.job_id and later.number > ${record}.number
      )`);
}
