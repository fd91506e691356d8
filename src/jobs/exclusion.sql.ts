import DataLoader from "dataloader";
import type { Database } from "../database/database.ts";
import { firstRow, rows, sql } from "../database/sql.ts";
import { isExclusion } from "./series.sql.ts";

/** The first key of the advisory locks on the records of a job. The second key is a hash of the job's id. */
const LOCK = 20_261_127;

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

/**
 * The last decision about a job; undefined: there is none. Locks the records of the job until the end of the
 * transaction, so that the next record has the next number.
 */
export async function lockLastDecision(tx: Database, jobId: string): Promise<Decision | undefined> {
  await rows(
    tx,
    { name: "jobs.lockExclusions" },
    sql`select pg_advisory_xact_lock(${LOCK}::int, hashtext(${jobId}))`,
  );
  // A separate statement sees the records that were committed during the wait for the lock.
  return firstRow(
    tx,
    { name: "jobs.lastDecision" },
    sql<Decision>`
    select is_excluded as "isExcluded", reason, user_id as "userId"
    from job_exclusions
    where job_id = ${jobId}::uuid
    order by number desc
    limit 1`,
  );
}

/**
 * Adds a decision about a job, whose records the transaction has locked. The record is never older than the job and
 * the record before it, so that the chain of seals has them in this order after a failover to a server whose clock is
 * late, too.
 */
export async function addDecision(tx: Database, jobId: string, decision: Decision): Promise<void> {
  const { isExcluded, reason, userId } = decision;
  await rows(
    tx,
    { name: "jobs.addDecision" },
    sql`
    insert into job_exclusions (job_id, number, is_excluded, reason, user_id, created_at)
    select jobs.id, coalesce(last.number, 0) + 1, ${isExcluded}::boolean, ${reason}::text, ${userId}::text,
      greatest(clock_timestamp(), jobs.created_at, last.created_at)
    from jobs
    left join lateral (
      select number, created_at from job_exclusions where job_id = jobs.id order by number desc limit 1
    ) as last on true
    where jobs.id = ${jobId}::uuid`,
  );
}
