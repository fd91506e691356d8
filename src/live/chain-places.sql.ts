import type { Database } from "../database/database.ts";
import { firstRow, rows, sql } from "../database/sql.ts";
import { isUnsealedJob } from "../integrity/chain.sql.ts";
import { MAX_COMMIT_DELAY_MS } from "../integrity/chain.ts";
import type { Job } from "../jobs/job.graphql.ts";
import { wholeJob } from "../jobs/job-columns.sql.ts";
import type { JobFilter } from "../jobs/job-filter.graphql.ts";
import { jobCondition } from "../jobs/job-filter.sql.ts";

/** A place in the chain of seals: an entry, or the place before the first entry. */
export interface Place {
  /** 0: before the first entry. */
  readonly position: number;
  /** See `cursorOf`. */
  readonly cursor: string;
}

/** An entry of the chain, as the log of events. */
export interface ChainStep extends Place {
  readonly kind: "SEALED" | "PURGED" | "EXCLUSION";
  readonly jobId: string;
}

/**
 * The cursor of an entry: a hash of its hash. The position would disclose to a bound viewer the number of jobs of other
 * projects. So would the hash itself: a viewer that knows the hash of the entry before its own job can try positions
 * until the hash of the next entry results. An empty hash is the place before the first entry.
 */
const cursorOf = sql<string>`encode(sha256(seals.entry_hash), 'hex')`;

/** SHA-256 of the empty text. */
export const START: Place = {
  position: 0,
  cursor: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
};

/** A cursor of an older entry cannot be resumed: the search for it hashes this number of entries, in about 5 ms. */
export const RESUMABLE_ENTRIES = 10_000;

/** The last entry of the chain. */
export async function endOfChain(db: Database): Promise<Place> {
  const end = await firstRow(
    db,
    { name: "live.end", prepared: true },
    sql<Place>`select position, ${cursorOf} as cursor from seals order by position desc limit 1`,
  );
  return end ?? START;
}

/** The entries from a position on, in their order. */
export function stepsFrom(db: Database, position: number, limit: number): Promise<ChainStep[]> {
  return rows(
    db,
    { name: "live.steps", prepared: true },
    sql<ChainStep>`
    select position, kind, job_id as "jobId", ${cursorOf} as cursor
    from seals
    where position >= ${position}
    order by position
    limit ${sql.lit(limit)}`,
  );
}

/** The places of cursors. A cursor of another chain, or of an entry that is not resumable any more, is absent. */
export function placesOf(db: Database, cursors: readonly string[]): Promise<Place[]> {
  const hashes = cursors.map((cursor) => Buffer.from(cursor, "hex"));
  return rows(
    db,
    { name: "live.places" },
    sql<Place>`
    select position, ${cursorOf} as cursor
    from seals
    where position >= (select max(position) from seals) - ${RESUMABLE_ENTRIES}::int
      and sha256(entry_hash) = any(${hashes}::bytea[])`,
  );
}

/** Those of the jobs that are stored, visible and match the filter. */
export function matchingJobs(db: Database, ids: readonly string[], filter: JobFilter): Promise<Job[]> {
  return rows(
    db,
    { name: "live.jobs" },
    sql<Job>`select ${wholeJob.list} from jobs where jobs.id = any(${ids}::uuid[]) and ${jobCondition(filter)}`,
  );
}

/** A job that waits longer than this for its seal is sealed by no server. A server seals every few seconds. */
const LONGEST_WAIT_S = 30;

/** The number of jobs that are searched for one without a seal, newest first. */
const SEARCHED_JOBS = 100;

/**
 * Whether the database shows that a server seals: there are seals, and none of the newest jobs has waited long for one.
 * A backdated job is never sealed.
 */
export async function areJobsSealed(db: Database): Promise<boolean> {
  const found = await firstRow(
    db,
    { name: "live.areJobsSealed", prepared: true },
    sql<{ sealed: boolean }>`
    select not exists (
      select
      from (select * from jobs order by created_at desc, id desc limit ${sql.lit(SEARCHED_JOBS)}) as jobs
      where created_at < clock_timestamp() - make_interval(secs => ${sql.lit(LONGEST_WAIT_S)})
        and created_at >= last.newest_created_at - make_interval(secs => ${sql.lit(MAX_COMMIT_DELAY_MS / 1_000)})
        and ${isUnsealedJob}
    ) as sealed
    from (select newest_created_at from seals order by position desc limit 1) as last`,
  );
  return found?.sealed === true;
}
