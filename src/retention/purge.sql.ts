import type { Database } from "../database/database.ts";
import { LOCKS } from "../database/locks.ts";
import { andAll, firstRow, ifDefined, rows, type Sql, sql } from "../database/sql.ts";
import { isMember, isSameSeries } from "../jobs/series.sql.ts";
import type { RetentionRule } from "./retention-rule.ts";

/** A job that a retention rule removes. */
export interface ExpiredJob {
  readonly id: string;
  readonly project: string | null;
  readonly createdAt: Date;
  readonly resourceCount: number;
}

/** A batch is one transaction. These limits keep its duration well under a second. */
const JOBS_PER_BATCH = 100;
const RESOURCES_PER_BATCH = 20_000;

/**
 * The creation time before which jobs are old enough for a purge, by the clock of the database, which also sets the
 * creation times.
 * @param days the minimum age in days of 24 hours.
 */
export async function cutoffOf(db: Database, days: number): Promise<Date> {
  const row = await firstRow(
    db,
    { name: "retention.cutoff" },
    sql<{ cutoff: Date }>`
    select (clock_timestamp() - make_interval(hours => 24 * ${days}::int))::timestamptz(3) as cutoff`,
  );
  if (row === undefined) throw new Error("PostgreSQL returned no time.");
  return row.cutoff;
}

/** Records a purge before it begins. PostgreSQL adds the database user and the time. */
export async function insertPurge(
  db: Database,
  purge: { id: string; askedBy: string; createdBefore: Date },
  { olderThanDays, keepLatest, project }: RetentionRule,
): Promise<void> {
  await rows(
    db,
    { name: "retention.insertPurge" },
    sql`
    insert into purges (id, asked_by, older_than_days, created_before, keep_latest, project)
    values (${purge.id}, ${purge.askedBy}, ${olderThanDays}, ${purge.createdBefore}, ${keepLatest ?? null},
      ${project ?? null})`,
  );
}

/**
 * Begins a batch of a purge: the jobs that this transaction deletes are recorded with the purge. Waits for the batches
 * of other purges.
 */
export async function beginBatch(tx: Database, purgeId: string): Promise<void> {
  await rows(
    tx,
    { name: "retention.beginBatch" },
    sql`
    select pg_advisory_xact_lock(${LOCKS.purges}::bigint), set_config('results_storage.purge', ${purgeId}, true)`,
  );
}

/**
 * The next jobs that the rule removes, oldest first. The statement reads idx_jobs_created (with a project,
 * idx_jobs_project), and one short range of idx_jobs_series for each job, to find the newest jobs of the series.
 * @param after the last job of the previous batch; undefined: the first batch.
 */
export function nextExpired(
  db: Database,
  createdBefore: Date,
  { keepLatest, project }: RetentionRule,
  after: ExpiredJob | undefined,
): Promise<ExpiredJob[]> {
  const which = andAll([
    sql<boolean>`created_at < ${createdBefore}`,
    ifDefined(after, () => sql`(created_at, id) > (${after?.createdAt}, ${after?.id}::uuid)`),
    ifDefined(project, () => sql`project = ${project}`),
    ifDefined(keepLatest, () => sql`(not (${isMember("jobs")}) or ${hasNewer(keepLatest ?? 0)})`),
  ]);
  return rows(
    db,
    { name: "retention.nextExpired" },
    sql<ExpiredJob>`
    with expired as (
      select id, project, created_at, resource_count
      from jobs
      where ${which}
      order by created_at, id
      limit ${JOBS_PER_BATCH}
    ),
    counted as (
      select *, sum(resource_count) over (order by created_at, id) - resource_count as resources_before
      from expired
    )
    select id, project, created_at as "createdAt", resource_count as "resourceCount"
    from counted
    where resources_before < ${RESOURCES_PER_BATCH}
    order by created_at, id`,
  );
}

/** Deletes jobs with their parts. A trigger records the jobs, and permits the deletion only in a batch of a purge. */
export async function deleteJobs(tx: Database, ids: readonly string[]): Promise<void> {
  await rows(tx, { name: "retention.deleteJobs" }, sql`delete from jobs where id = any(${ids}::uuid[])`);
}

/** Whether the series of a member has at least `count` newer members. */
function hasNewer(count: number): Sql<boolean> {
  return sql`exists (
    select from jobs as newer
    where ${isSameSeries("newer", "jobs")} and ${isMember("newer")}
      and (newer.effective_at, newer.id) > (jobs.effective_at, jobs.id)
    offset ${count - 1} limit 1
  )`;
}
