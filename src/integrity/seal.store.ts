import type { Database } from "../database/database.ts";
import { firstRow, rows, sql } from "../database/sql.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { entryHash, type SealEntry } from "./entry-hash.ts";
import { LATEST_COMMIT } from "./late-job.ts";

/** The advisory lock of whoever adds to the chain. */
const LOCK = 20_261_126;

/** A batch is one transaction, which takes some 50 ms: short, so that nobody waits long, and rests are spread out. */
const JOBS_PER_BATCH = 200;
const RESOURCES_PER_BATCH = 5_000;

/** Where the chain ends, and what time it is for the database. Before the first entry the rest is null. */
export interface ChainEnd {
  readonly now: Date;
  readonly position: number | null;
  readonly entryHash: Buffer | null;
  readonly newestCreatedAt: Date | null;
}

/** A job that is to be sealed. */
export interface UnsealedJob {
  readonly id: string;
  readonly createdAt: Date;
}

/** What is to be added to the chain, for a job. */
export type NewEntry = Pick<SealEntry, "kind" | "jobId" | "jobCreatedAt" | "form" | "contentHash">;

/**
 * Takes the end of the chain for this transaction, in which alone it can be added to: whoever else seals or purges
 * waits until it has ended.
 */
export async function takeChainEnd(tx: Database): Promise<ChainEnd> {
  await rows(tx, sql`/* integrity.lock */ select pg_advisory_xact_lock(${LOCK}::bigint)`);
  // A statement of its own, to see what was committed while it waited.
  const end = await firstRow(
    tx,
    sql<ChainEnd>`/* integrity.chainEnd */
    select clock_timestamp()::timestamptz(3) as now, position, entry_hash as "entryHash",
      newest_created_at as "newestCreatedAt"
    from (select) as always
    left join (select * from seals order by position desc limit 1) as last on true`,
  );
  if (end === undefined) throw new Error("PostgreSQL does not tell the end of the chain.");
  return end;
}

/**
 * The next jobs without a seal, oldest first. Not those that come too late (late-job.ts), which also bounds the look:
 * a range of idx_jobs_created, and a step in the index of seals for each job in it.
 * @param lookBack how far before the newest sealed job to look, in milliseconds; jobs are committed a little later
 * than they were created.
 */
export function unsealedJobs(
  tx: Database,
  { now, newestCreatedAt }: ChainEnd,
  lookBack: number,
): Promise<UnsealedJob[]> {
  const since = newestCreatedAt && new Date(newestCreatedAt.getTime() - Math.min(lookBack, LATEST_COMMIT));
  return rows(
    tx,
    sql<UnsealedJob>`/* integrity.unsealedJobs */
    with unsealed as (
      select id, created_at, resource_count
      from jobs
      where created_at >= coalesce(${since}::timestamptz, '-infinity') and created_at <= ${now}
        and not exists (select from seals where seals.job_id = jobs.id)
      order by created_at, id
      limit ${JOBS_PER_BATCH}
    ),
    counted as (
      select *, sum(resource_count) over (order by created_at, id) - resource_count as resources_before
      from unsealed
    )
    select id, created_at as "createdAt"
    from counted
    where resources_before < ${RESOURCES_PER_BATCH}
    order by created_at, id`,
  );
}

/** The first and the last entry of the chain; undefined: it has none. Hashes are in hexadecimal. */
export function chainEnds(db: Database): Promise<Omit<Checkpoint, "madeAt"> | undefined> {
  return firstRow(
    db,
    sql<Omit<Checkpoint, "madeAt">>`/* integrity.chainEnds */
    select encode(first.entry_hash, 'hex') as chain, last.position, encode(last.entry_hash, 'hex') as "entryHash"
    from (select * from seals order by position desc limit 1) as last
    join seals as first on first.position = 1`,
  );
}

/** What the chain says of jobs that are sealed. */
export function sealsOf(tx: Database, jobIds: readonly string[]): Promise<NewEntry[]> {
  return rows(
    tx,
    sql<NewEntry>`/* integrity.sealsOf */
    select kind, job_id as "jobId", job_created_at as "jobCreatedAt", form, content_hash as "contentHash"
    from seals
    where job_id = any(${jobIds}::uuid[]) and kind = 'SEALED'
    order by position`,
  );
}

/** Adds entries behind the end of the chain, which the transaction has taken. */
export async function appendEntries(tx: Database, end: ChainEnd, added: readonly NewEntry[]): Promise<void> {
  const entries = linked(end, added);
  await rows(
    tx,
    sql`/* integrity.appendEntries */
    insert into seals (
      position, kind, job_id, job_created_at, form, content_hash, newest_created_at, sealed_at, entry_hash
    )
    select position, kind, job_id, job_created_at, form, decode(content_hash, 'hex'), newest_created_at, sealed_at,
      decode(entry_hash, 'hex')
    from json_to_recordset(${JSON.stringify(entries)}::json) as entry (
      position int, kind text, job_id uuid, job_created_at timestamptz, form int, content_hash text,
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
      job_created_at: sealed.jobCreatedAt,
      form: sealed.form,
      content_hash: sealed.contentHash.toString("hex"),
      newest_created_at: newest,
      sealed_at: now,
      entry_hash: previous.toString("hex"),
    };
  });
}
