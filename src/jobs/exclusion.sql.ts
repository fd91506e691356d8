import DataLoader from "dataloader";
import type { Database } from "../database/database.ts";
import { LOCKS } from "../database/locks.ts";
import { firstRow, rows, sql } from "../database/sql.ts";
import { isExclusion } from "./series.sql.ts";

/** The exclusion of a job from its series. */
export interface Exclusion {
  readonly reason: string;
  readonly excludedAt: Date;
  /** The user of the token; null: the token has no user, or AUTH=none. */
  readonly excludedBy: string | null;
}

/** The exclusions of jobs by job id; null: the job is not excluded. */
export function createExclusionLoader(db: Database): DataLoader<string, Exclusion | null> {
  return new DataLoader(async (jobIds) => {
    const found = await rows(
      db,
      { name: "jobs.exclusions", prepared: true, dependsOn: "versions" },
      sql<Exclusion & { jobId: string }>`
      select record.job_id as "jobId", record.reason, record.created_at as "excludedAt",
        record.user_id as "excludedBy", concat(record.job_id, ' ', record.number) as version
      from job_exclusions as record
      where record.job_id = any(${jobIds}::uuid[]) and ${isExclusion("record")}
      order by record.job_id`,
    );
    const byJob = new Map(found.map((exclusion) => [exclusion.jobId, exclusion]));
    return jobIds.map((jobId) => byJob.get(jobId) ?? null);
  });
}

/** A decision about a job: its exclusion, or the end of the exclusion. */
export interface Decision {
  readonly isExcluded: boolean;
  /** null: the end of an exclusion, without a reason. */
  readonly reason: string | null;
  readonly userId: string | null;
}

/** The last decision about a job. Without a record, its number is 0, and the job is not excluded. */
export interface LastDecision extends Decision {
  readonly number: number;
  /** The later one of the creation times of the job and of the record. */
  readonly createdAt: Date;
}

/**
 * The last decision about a job; undefined: the job does not exist, or is not visible. Locks the records of the job
 * until the end of the transaction, so that the next record has the next number. The lock is not one of the row, which
 * would need the privilege UPDATE.
 */
export async function lockLastDecision(tx: Database, jobId: string): Promise<LastDecision | undefined> {
  await rows(
    tx,
    { name: "jobs.lockExclusions" },
    // The second key is a hash of the id.
    sql`select pg_advisory_xact_lock(${LOCKS.exclusions}::int, hashtext(${jobId}))`,
  );
  // A separate statement sees the records that were committed during the wait for the lock.
  return firstRow(
    tx,
    { name: "jobs.lastDecision" },
    sql<LastDecision>`
    select coalesce(last.number, 0) as number, coalesce(last.is_excluded, false) as "isExcluded", last.reason,
      last.user_id as "userId", greatest(jobs.created_at, last.created_at) as "createdAt"
    from jobs
    left join lateral (
      select * from job_exclusions where job_id = jobs.id order by number desc limit 1
    ) as last on true
    where jobs.id = ${jobId}::uuid`,
  );
}

/**
 * Adds a decision about a job, whose records the transaction has locked. The record is never older than the job and
 * the record before it, so that the chain of seals has them in this order after a failover to a server whose clock is
 * late, too.
 * @returns false when a purge has removed the job meanwhile.
 */
export async function addDecision(
  tx: Database,
  jobId: string,
  { number, createdAt }: LastDecision,
  { isExcluded, reason, userId }: Decision,
): Promise<boolean> {
  try {
    const added = await rows(
      tx,
      { name: "jobs.addDecision" },
      sql`
      insert into job_exclusions (job_id, number, is_excluded, reason, user_id, created_at)
      select id, ${number + 1}::int, ${isExcluded}::boolean, ${reason}::text, ${userId}::text,
        greatest(clock_timestamp(), ${createdAt}::timestamptz)
      from jobs
      where id = ${jobId}::uuid
      returning number`,
    );
    return added.length > 0;
  } catch (error) {
    // The foreign key refuses the record if the COMMIT of the purge follows the start of the statement.
    if (error instanceof Error && "code" in error && error.code === FOREIGN_KEY_VIOLATION) return false;
    throw error;
  }
}

const FOREIGN_KEY_VIOLATION = "23503";
