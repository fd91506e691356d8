import type { Database } from "../database/database.ts";
import { rows, sql } from "../database/sql.ts";
import { LATEST_COMMIT } from "./late-job.ts";
import { type ChainEntry, entryColumns } from "./verify.queries.ts";

/** The seal of a job that is stored, and the entry before it in the chain; null: there is none. */
export interface SealedJob extends ChainEntry {
  readonly previousHash: Buffer | null;
  readonly previousNewest: Date | null;
}

/** A job that is stored and has no seal. */
export interface UnsealedJob {
  readonly position: null;
  readonly jobId: string;
  /** It cannot get one any more. */
  readonly isLate: boolean;
}

/** What the chain says of jobs; a job that is not stored is left out. A few steps in indexes for each. */
export function readSealsOf(db: Database, jobIds: readonly string[]): Promise<(SealedJob | UnsealedJob)[]> {
  return rows(
    db,
    sql<SealedJob | UnsealedJob>`/* integrity.ofJobs */
    select ${entryColumns}, jobs.id as "jobId",
      previous.entry_hash as "previousHash", previous.newest_created_at as "previousNewest",
      coalesce(jobs.created_at < newest.newest_created_at - make_interval(secs => ${LATEST_COMMIT / 1_000}), false)
        as "isLate"
    from jobs
    left join seals on seals.job_id = jobs.id and seals.kind = 'SEALED'
    left join seals as other on other.job_id = jobs.id and other.kind = 'PURGED'
    left join seals as previous on previous.position = seals.position - 1
    left join (select newest_created_at from seals order by position desc limit 1) as newest on true
    where jobs.id = any(${jobIds}::uuid[])`,
  );
}
