import type { Database } from "../database/database.ts";
import { LOCKS } from "../database/locks.ts";
import { andAll, firstRow, ifDefined, rows, type Sql, sql } from "../database/sql.ts";
import {
  type ChainEntry,
  entryHash,
  MAX_CLOCK_LEAD_MS,
  MAX_COMMIT_DELAY_MS,
  type SealEntry,
} from "./chain.ts";

/**
 * A batch is one transaction of about 50 ms. It is short, so that other servers and purges wait only briefly, and so
 * that the pauses between batches are spread out.
 */
const JOBS_PER_BATCH = 200;
const RESOURCES_PER_BATCH = 5_000;

/** The end of the chain, and the time of the database. If the chain is empty, the other fields are null. */
export interface ChainEnd {
  readonly now: Date;
  readonly position: number | null;
  readonly entryHash: Buffer | null;
  readonly newestCreatedAt: Date | null;
}

/** A job without a seal. */
export interface UnsealedJob {
  readonly id: string;
  readonly createdAt: Date;
  /** Whether the next batch seals the job; false: the job waits for a later batch. */
  readonly isInBatch: boolean;
}

/** An entry to add, without the fields that depend on its position in the chain. */
export type NewEntry = Pick<SealEntry, "kind" | "jobId" | "number" | "jobCreatedAt" | "form" | "contentHash">;

/**
 * Locks the chain until the end of the transaction, and returns the end of the chain. Other transactions that seal or
 * purge jobs wait for the lock.
 */
export async function lockChainEnd(tx: Database): Promise<ChainEnd> {
  await rows(tx, { name: "integrity.lock" }, sql`select pg_advisory_xact_lock(${LOCKS.chain}::bigint)`);
  // A separate statement sees the entries that were committed during the wait for the lock.
  const end = await firstRow(
    tx,
    { name: "integrity.chainEnd" },
    sql<ChainEnd>`
    select clock_timestamp()::timestamptz(3) as now, position, entry_hash as "entryHash",
      newest_created_at as "newestCreatedAt"
    from (select) as always
    left join (select * from seals order by position desc limit 1) as last on true`,
  );
  if (end === undefined) throw new Error("PostgreSQL returned no end of the chain.");
  return end;
}

/**
 * The next jobs without a seal, oldest first. Backdated jobs (MAX_COMMIT_DELAY_MS in chain.ts) are excluded. This also
 * bounds the search: it reads a range of idx_jobs_created, with one step in the index of seals for each job.
 * @param lookBack the start of the search before the newest sealed job, in milliseconds: jobs are committed shortly
 * after their creation.
 */
export function unsealedJobs(tx: Database, end: ChainEnd, lookBack: number): Promise<UnsealedJob[]> {
  return rows(
    tx,
    { name: "integrity.unsealedJobs" },
    sql<UnsealedJob>`
    with unsealed as (
      select id, created_at, resource_count
      from jobs
      where created_at >= coalesce(${searchStart(end, lookBack)}::timestamptz, '-infinity')
        and created_at <= ${end.now} and ${isUnsealedJob}
      order by created_at, id
      limit ${JOBS_PER_BATCH + 1}
    ),
    counted as (
      select *, row_number() over (order by created_at, id) as number,
        sum(resource_count) over (order by created_at, id) - resource_count as resources_before
      from unsealed
    )
    select id, created_at as "createdAt",
      number <= ${JOBS_PER_BATCH} and resources_before < ${RESOURCES_PER_BATCH} as "isInBatch"
    from counted
    order by created_at, id`,
  );
}

/** The start of a search for jobs or records without a seal; null: the chain is empty. See `unsealedJobs`. */
export function searchStart({ newestCreatedAt }: ChainEnd, lookBack: number): Date | null {
  return newestCreatedAt && new Date(newestCreatedAt.getTime() - Math.min(lookBack, MAX_COMMIT_DELAY_MS));
}

/** Whether a job has no seal and no tombstone. A forged EXCLUSION entry does not seal the job. */
export const isUnsealedJob = sql<boolean>`not exists (
  select from seals where seals.job_id = jobs.id and seals.kind in ('SEALED', 'PURGED')
)`;

/** The first and the last entry of the chain. Hashes are hexadecimal. */
export interface ChainEnds {
  /** The hash of the first entry. It identifies the chain: no two databases have the same hash. */
  readonly chain: string;
  readonly position: number;
  readonly entryHash: string;
}

/** The first and the last entry of the chain; undefined: the chain is empty. */
export function chainEnds(db: Database): Promise<ChainEnds | undefined> {
  return firstRow(
    db,
    { name: "integrity.chainEnds" },
    sql<ChainEnds>`
    select encode(first.entry_hash, 'hex') as chain, last.position, encode(last.entry_hash, 'hex') as "entryHash"
    from (select * from seals order by position desc limit 1) as last
    join seals as first on first.position = 1`,
  );
}

/** The seals of jobs, in the order of the chain. Jobs without a seal are absent. */
export function sealsOf(tx: Database, jobIds: readonly string[]): Promise<NewEntry[]> {
  return rows(
    tx,
    { name: "integrity.sealsOf" },
    sql<NewEntry>`
    select kind, job_id as "jobId", number, job_created_at as "jobCreatedAt", form, content_hash as "contentHash"
    from seals
    where job_id = any(${jobIds}::uuid[]) and kind = 'SEALED'
    order by position`,
  );
}

/** Adds entries to the end of the chain, which the transaction has locked. */
export async function appendEntries(tx: Database, end: ChainEnd, added: readonly NewEntry[]): Promise<void> {
  const entries = linked(end, added);
  await rows(
    tx,
    { name: "integrity.appendEntries" },
    sql`
    insert into seals (
      position, kind, job_id, number, job_created_at, form, content_hash, newest_created_at, sealed_at, entry_hash
    )
    select position, kind, job_id, number, job_created_at, form, decode(content_hash, 'hex'), newest_created_at, sealed_at,
      decode(entry_hash, 'hex')
    from json_to_recordset(${JSON.stringify(entries)}::json) as entry (
      position int, kind text, job_id uuid, number int, job_created_at timestamptz, form int, content_hash text,
      newest_created_at timestamptz, sealed_at timestamptz, entry_hash text
    )`,
  );
}

function linked({ now, position, entryHash: last, newestCreatedAt }: ChainEnd, added: readonly NewEntry[]) {
  let previous = last ?? undefined;
  let newest = newestCreatedAt;
  return added.map((entry, i) => {
    newest = newest !== null && newest > entry.jobCreatedAt ? newest : entry.jobCreatedAt;
    const sealed: SealEntry = {
      ...entry,
      position: (position ?? 0) + i + 1,
      newestCreatedAt: newest,
      sealedAt: now,
    };
    previous = entryHash(previous, sealed);
    return {
      position: sealed.position,
      kind: sealed.kind,
      job_id: sealed.jobId,
      number: sealed.number,
      job_created_at: sealed.jobCreatedAt,
      form: sealed.form,
      content_hash: sealed.contentHash.toString("hex"),
      newest_created_at: newest,
      sealed_at: now,
      entry_hash: previous.toString("hex"),
    };
  });
}

/** A range of creation times: `from` is inclusive, `to` is exclusive. */
export interface StoredRange {
  readonly from?: Date;
  readonly to?: Date;
}

/** The jobs without a seal. */
export interface Unsealed {
  /** The number of jobs that will be sealed soon. */
  readonly waiting: number;
  /** The number of backdated jobs, which are never sealed, and the ids of the oldest ones. */
  readonly late: number;
  readonly firstLate: readonly string[];
  /** The number of postdated jobs, and the ids of the oldest ones. */
  readonly early: number;
  readonly firstEarly: readonly string[];
}

/**
 * Resources, services, regions and records of exclusions that refer to a job that does not exist: the number of these
 * jobs, and the lowest ids.
 */
export interface OrphanRows {
  readonly count: number;
  readonly first: readonly string[];
}

const ENTRIES_PER_PAGE = 2_000;

/** One less than the lowest value of the column. */
const BEFORE_ALL = -2_147_483_649;

/** The maximum number of ids in a list; the other jobs are only counted. */
export const LISTED = 20;

/**
 * The columns of a `ChainEntry` without `jobId`: from the entry `seals`, from the job `jobs`, and from the `other`
 * entry of the job.
 */
const entryColumns = sql`seals.position, seals.kind, seals.number, ${finite("job_created_at")} as "jobCreatedAt", seals.form,
  seals.content_hash as "contentHash", ${finite("newest_created_at")} as "newestCreatedAt",
  ${finite("sealed_at")} as "sealedAt", seals.entry_hash as "entryHash", jobs.id is not null as "isStored",
  coalesce(jobs.created_at = seals.job_created_at, true) as "hasSealedTime", other.position as "otherPosition",
  other.content_hash as "otherContentHash", coalesce(jobs.resource_count, 0) as "resourceCount"`;

/**
 * A column whose infinite values are replaced: a Date cannot hold the infinity of PostgreSQL. A manipulated entry with
 * such a value fails the check of its hash, and must not end the verification.
 */
function finite(column: string): Sql<Date> {
  return sql`case when isfinite(${sql.ref(`seals.${column}`)}) then ${sql.ref(`seals.${column}`)} else 'epoch' end`;
}

/**
 * The next page of entries, in the order of the chain; empty: the end of the chain. An entry is never in two rows, even
 * if a manipulated table has a second job with the same id.
 * @param after the position before the page. The default is below all positions: the service writes positions from 1,
 * but a manipulated entry can have any position, and must be found.
 */
export function readChain(db: Database, after = BEFORE_ALL): Promise<ChainEntry[]> {
  return rows(
    db,
    { name: "integrity.chain" },
    sql<ChainEntry>`
    select ${entryColumns}, seals.job_id as "jobId", record_before.position as "recordBeforePosition"
    from (
      select * from seals where position > ${after}::bigint order by position limit ${ENTRIES_PER_PAGE}
    ) as seals
    left join seals as other on other.job_id = seals.job_id and other.number = 0
      and other.kind = case seals.kind when 'PURGED' then 'SEALED' else 'PURGED' end
    left join seals as record_before on record_before.job_id = seals.job_id
      and record_before.kind = case seals.number when 1 then 'SEALED' else 'EXCLUSION' end
      and record_before.number = seals.number - 1
    left join lateral (select * from jobs where id = seals.job_id order by shard_key limit 1) as jobs on true
    order by seals.position`,
  );
}

/**
 * The jobs of a range without a seal.
 * @param newestCreatedAt the creation time of the newest sealed job; undefined: the chain is empty.
 */
export async function readUnsealed(
  db: Database,
  range: StoredRange,
  newestCreatedAt: Date | undefined,
): Promise<Unsealed> {
  const lateBefore = newestCreatedAt && new Date(newestCreatedAt.getTime() - MAX_COMMIT_DELAY_MS);
  const found = await firstRow(
    db,
    { name: "integrity.unsealed" },
    sql<Unsealed>`
    with unsealed as (
      select id, created_at, created_at < coalesce(${lateBefore ?? null}::timestamptz, '-infinity') as is_late,
        ${isPostdated("jobs")} as is_early
      from jobs
      where ${within(range)} and ${isUnsealedJob}
    )
    select count(*) filter (where not is_late and not is_early) as waiting,
      count(*) filter (where is_late) as late,
      array(select id from unsealed where is_late order by created_at, id limit ${LISTED}) as "firstLate",
      count(*) filter (where is_early) as early,
      array(select id from unsealed where is_early order by created_at, id limit ${LISTED}) as "firstEarly"
    from unsealed`,
  );
  return found ?? { waiting: 0, late: 0, firstLate: [], early: 0, firstEarly: [] };
}

/**
 * Whether a job or a record is postdated (MAX_CLOCK_LEAD_MS).
 * @param row the name of the table or its alias.
 */
export function isPostdated(row: string): Sql<boolean> {
  const lead = sql`make_interval(secs => ${MAX_CLOCK_LEAD_MS / 1_000})`;
  return sql`${sql.ref(`${row}.created_at`)} > clock_timestamp() + ${lead}`;
}

/**
 * The rows that refer to a job that does not exist. A job with a seal and without a tombstone is left out: it was
 * removed without a purge, which the check of the chain reports.
 */
export async function readOrphanRows(db: Database): Promise<OrphanRows> {
  const found = await firstRow(
    db,
    { name: "integrity.strays" },
    sql<OrphanRows>`
    with strays as (
      select job_id from cost_results where not exists (select from jobs where jobs.id = job_id)
      union select job_id from service_costs where not exists (select from jobs where jobs.id = job_id)
      union select job_id from region_costs where not exists (select from jobs where jobs.id = job_id)
      union select job_id from job_exclusions where not exists (select from jobs where jobs.id = job_id)
    ),
    unexplained as (
      select job_id
      from strays
      where (
        select count(*) from seals where seals.job_id = strays.job_id and seals.kind in ('SEALED', 'PURGED')
      ) <> 1
    )
    select count(*), array(select job_id from unexplained order by job_id limit ${LISTED}) as first
    from unexplained`,
  );
  return found ?? { count: 0, first: [] };
}

/** Whether the creation time of a row is in the range. */
export function within({ from, to }: StoredRange): Sql<boolean> {
  return andAll([
    ifDefined(from, () => sql`created_at >= ${from}`),
    ifDefined(to, () => sql`created_at < ${to}`),
  ]);
}

/** The seal of a stored job. The fields of the previous entry are null if that entry does not exist. */
export interface SealedJob extends ChainEntry {
  readonly previousHash: Buffer | null;
  readonly previousNewest: Date | null;
}

/** A stored job without a seal. */
export interface PendingJob {
  readonly position: null;
  readonly jobId: string;
  /** Whether the job is backdated, and is therefore never sealed. */
  readonly isLate: boolean;
  /** Whether the job is postdated, and is therefore not sealed soon. */
  readonly isEarly: boolean;
}

/** The seals of stored jobs. A job that is not stored is absent. Each job takes a few index steps. */
export function readSealsOf(db: Database, jobIds: readonly string[]): Promise<(SealedJob | PendingJob)[]> {
  return rows(
    db,
    { name: "integrity.ofJobs" },
    sql<SealedJob | PendingJob>`
    select ${entryColumns}, jobs.id as "jobId", null as "recordBeforePosition",
      previous.entry_hash as "previousHash", previous.newest_created_at as "previousNewest",
      coalesce(jobs.created_at < newest.newest_created_at - make_interval(secs => ${MAX_COMMIT_DELAY_MS / 1_000}), false)
        as "isLate", ${isPostdated("jobs")} as "isEarly"
    from jobs
    left join seals on seals.job_id = jobs.id and seals.kind = 'SEALED'
    left join seals as other on other.job_id = jobs.id and other.kind = 'PURGED'
    left join seals as previous on previous.position = seals.position - 1
    left join (select newest_created_at from seals order by position desc limit 1) as newest on true
    where jobs.id = any(${jobIds}::uuid[])`,
  );
}
