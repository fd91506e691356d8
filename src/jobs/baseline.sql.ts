import DataLoader from "dataloader";
import type { Database } from "../database/database.ts";
import { andAll, rows, type Sql, sql } from "../database/sql.ts";
import { currentKey } from "./current-jobs.sql.ts";
import type { Job } from "./job.graphql.ts";
import { wholeJob } from "./job-columns.sql.ts";
import { isMember, seriesKey } from "./series.sql.ts";

/** The branch or the commit of a baseline, if it is not the baseline by default. */
export interface BaselineQuestion {
  readonly branch?: string | null | undefined;
  readonly commitSha?: string | null | undefined;
}

/**
 * The baseline of a job: the member of its project, profile and currency that it is measured against, whether the job
 * itself is a member or not.
 *
 * - By default, the newest one before the job, in the order of series, on the target branch of the job if this branch
 *   has members of its project, profile and currency, else on the default branch.
 * - Of a branch: the newest one before the job on this branch.
 * - Of a commit: the newest one of this commit, before or after the job, on any branch or on the branch.
 *
 * A subquery that returns at most one row. A job without a project has none, because its key equals no key.
 * @param job the alias of a row of `jobs` with its id, project, profile, currency, effective_at and target_branch.
 * @param columns the select list, of `jobs`.
 */
export function baselineOf(
  job: string,
  columns: Sql<unknown>,
  { branch, commitSha }: BaselineQuestion = {},
): Sql<unknown> {
  const newestOf = (jobs: Sql<unknown>, ...conditions: readonly Sql<boolean>[]) => sql`(
        select ${columns}
        from ${jobs}
        where ${andAll([isMember("jobs"), ...conditions])}
        order by jobs.effective_at desc, jobs.id desc
        limit 1
      )`;
  const newest = (...conditions: readonly Sql<boolean>[]) => newestOf(sql`jobs`, ...conditions);
  const isBefore = sql<boolean>`(jobs.effective_at, jobs.id) < (${sql.raw(`${job}.effective_at, ${job}.id`)})`;
  const isOfKey = sql<boolean>`(${currentKey("jobs", false)}) = (${currentKey(job, false)})`;
  const named = branch ?? undefined;
  if (commitSha !== null && commitSha !== undefined) {
    // Without OFFSET 0, PostgreSQL may search the history of a series for a commit that it does not have.
    const ofCommit = sql`(select * from jobs where jobs.commit_sha = ${commitSha} offset 0) as jobs`;
    const isOfKeyOrBranch = named === undefined ? isOfKey : isOnBranch("jobs", job, sql`${named}::text`);
    return newestOf(ofCommit, isOfKeyOrBranch, sql`jobs.id <> ${sql.ref(`${job}.id`)}`);
  }
  if (named !== undefined) return newest(isOnBranch("jobs", job, sql`${named}::text`), isBefore);
  const targetBranch = sql<string | null>`${sql.ref(`${job}.target_branch`)}`;
  const targetHasMembers = sql<boolean>`exists (
          select from jobs as member where ${isOnBranch("member", job, targetBranch)} and ${isMember("member")}
        )`;
  return sql`(
      ${newest(isOnBranch("jobs", job, targetBranch), isBefore, targetHasMembers)}
      union all
      ${newest(isOfKey, sql`jobs.is_default_branch`, isBefore, sql`not ${targetHasMembers}`)}
    )`;
}

/**
 * Whether a job has the project, profile and currency of another job, and this branch. The form is that of
 * idx_jobs_series, in which '' stands for a missing branch.
 */
function isOnBranch(jobs: string, other: string, branch: Sql<string | null>): Sql<boolean> {
  const key = sql`${sql.ref(`${other}.project`)}, ${branch}, ${sql.raw(`coalesce(${other}.profile, ''), ${other}.currency`)}`;
  return sql`(${seriesKey(jobs)}) = (${key}) and ${sql.ref(`${jobs}.branch`)} is not null`;
}

/** The baselines of jobs by job id; null: the job has none. */
export function createBaselineLoader(
  db: Database,
  question: BaselineQuestion,
): DataLoader<string, Job | null> {
  return new DataLoader(async (ids) => {
    const found = await rows(
      db,
      // The ids of the baselines alone do not say which job each of them belongs to.
      { name: "jobs.baselines", prepared: true, dependsOn: "versions" },
      sql<Job & { measuredId: string }>`
      select measured.id as "measuredId", baseline.*, concat(measured.id, ' ', baseline.id) as version
      from jobs as measured
      cross join lateral ${baselineOf("measured", wholeJob.list, question)} as baseline
      where measured.id = any(${ids}::uuid[])
      order by measured.id`,
    );
    const byJob = new Map(found.map((job) => [job.measuredId, job]));
    return ids.map((id) => byJob.get(id) ?? null);
  });
}
