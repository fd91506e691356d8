import DataLoader from "dataloader";
import type { Database } from "../database/database.ts";
import { andAll, ifDefined, rows, type Sql, sql } from "../database/sql.ts";
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
 *
 * A subquery that returns at most one row, of an index. A job without a project has none, because its key equals no key.
 * @param job the alias of a row of `jobs` with its id, project, profile, currency, effective_at and target_branch.
 * @param columns the select list, of `jobs`.
 */
export function baselineOf(job: string, columns: Sql<unknown>, branch?: string): Sql<unknown> {
  const newest = (...conditions: readonly Sql<boolean>[]) => sql`(
        select ${columns}
        from jobs
        where ${andAll([isMember("jobs"), ...conditions])}
        order by jobs.effective_at desc, jobs.id desc
        limit 1
      )`;
  const isBefore = sql<boolean>`(jobs.effective_at, jobs.id) < (${sql.raw(`${job}.effective_at, ${job}.id`)})`;
  if (branch !== undefined) return newest(isOnBranch("jobs", job, sql`${branch}::text`), isBefore);
  const isOfKey = sql<boolean>`(${currentKey("jobs", false)}) = (${currentKey(job, false)})`;
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
  { branch, commitSha }: BaselineQuestion,
): DataLoader<string, Job | null> {
  return new DataLoader(async (ids) => {
    const named = branch ?? undefined;
    const isOfCommit = commitSha !== null && commitSha !== undefined;
    const found = await rows(
      db,
      // The ids of the baselines alone do not say which job each of them belongs to.
      { name: "jobs.baselines", prepared: true, dependsOn: "versions" },
      isOfCommit ? baselinesOfCommit(ids, commitSha, named) : baselinesBefore(ids, named),
    );
    const byJob = new Map(found.map((job) => [job.measuredId, job]));
    return ids.map((id) => byJob.get(id) ?? null);
  });
}

/** A baseline, and the id of the job that it belongs to. */
type Baseline = Job & { readonly measuredId: string };

function baselinesBefore(ids: readonly string[], branch: string | undefined): Sql<Baseline> {
  return sql`
      select measured.id as "measuredId", baseline.*, concat(measured.id, ' ', baseline.id) as version
      from jobs as measured
      cross join lateral ${baselineOf("measured", wholeJob.list, branch)} as baseline
      where measured.id = any(${ids}::uuid[])
      order by measured.id`;
}

/**
 * The newest member with a commit, before or after each job, on any branch or on the branch. The jobs of the commit are
 * read once: a commit of a repository with many projects has thousands. No index has the commit and the key, and the
 * history of a key may not have the commit. Two jobs of each key are enough, because a job is not its own baseline.
 */
function baselinesOfCommit(
  ids: readonly string[],
  commitSha: string,
  branch: string | undefined,
): Sql<Baseline> {
  const key = currentKey("jobs", false);
  return sql`
      with newest as materialized (
        select *
        from (
          select jobs.id, jobs.project, jobs.profile, jobs.currency,
            row_number() over (partition by ${key} order by jobs.effective_at desc, jobs.id desc) as place
          from jobs
          where ${andAll([
            sql`jobs.commit_sha = ${commitSha}`,
            ifDefined(branch, () => sql`jobs.branch = ${branch}`),
            isMember("jobs"),
          ])}
        ) as numbered
        where place <= 2
      ),
      baselines as materialized (
        select distinct on (measured.id) measured.id as measured_id, newest.id as id
        from jobs as measured
        join newest on (${currentKey("newest", false)}) = (${currentKey("measured", false)}) and newest.id <> measured.id
        where measured.id = any(${ids}::uuid[])
        order by measured.id, newest.place
      )
      select baselines.measured_id as "measuredId", ${wholeJob.list},
        concat(baselines.measured_id, ' ', jobs.id) as version
      from baselines join jobs on jobs.id = baselines.id
      order by baselines.measured_id`;
}
