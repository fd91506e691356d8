import type { Database } from "../database/database.ts";
import { andAll, firstRow, ifDefined, rows, type Sql, sql } from "../database/sql.ts";
import { type ChainEntry, entryHash, MAX_COMMIT_DELAY_MS, type SealEntry } from "./chain.ts";

/** The advisory lock of whoever adds to the chain. */
const LOCK = 20_261_126;

/** A batch is one transaction, which takes some 50 ms: short, so that nobody waits long, and rests are spread out. */
const JOBS_PER_BATCH = 200;
const RESOURCES_PER_BATCH = 5_000;

/** Where the chain ends, and what time it is for the database. Before the first entry the rest is null. */
interface ChainEnd {
  readonly now: Date;
  readonly position: number | null;
  readonly entryHash: Buffer | null;
  readonly newestCreatedAt: Date | null;
}

/** A job that is to be sealed. */
interface UnsealedJob {
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
  await rows(tx, { name: "integrity.lock" }, sql`select pg_advisory_xact_lock(${LOCK}::bigint)`);
  // A statement of its own, to see what was committed while it waited.
  const end = await firstRow(
    tx,
    { name: "integrity.chainEnd" },
    sql<ChainEnd>`
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
  const since =
    newestCreatedAt && new Date(newestCreatedAt.getTime() - Math.min(lookBack, MAX_COMMIT_DELAY_MS));
  return rows(
    tx,
    { name: "integrity.unsealedJobs" },
    sql<UnsealedJob>`
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

/** The first and the last entry of the chain. Hashes are in hexadecimal. */
export interface ChainEnds {
  /** The hash of the first entry: no two databases have the same. */
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

/** What the chain says of jobs that are sealed. */
export function sealsOf(tx: Database, jobIds: readonly string[]): Promise<NewEntry[]> {
  return rows(
    tx,
    { name: "integrity.sealsOf" },
    sql<NewEntry>`
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
    { name: "integrity.appendEntries" },
    sql`
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

/** When the jobs were stored that are asked about: from a moment on, and before another. */
export interface StoredRange {
  readonly from?: Date;
  readonly to?: Date;
}

/** Jobs that are not sealed. */
export interface Unsealed {
  /** That wait for their seal. */
  readonly waiting: number;
  /** That come too late to be sealed, and the first of them. */
  readonly late: number;
  readonly firstLate: readonly string[];
}

/** Jobs that are not there, of which there are resources, services or regions all the same: how many, and the first. */
export interface OrphanRows {
  readonly count: number;
  readonly first: readonly string[];
}

const ENTRIES_PER_PAGE = 2_000;

/** One less than the least position that the column can hold. */
const BEFORE_ALL = -2_147_483_649;

/** More than this of a kind are counted, not listed. */
const LISTED = 20;

/** The columns of a `ChainEntry` but its `jobId`, from its row `seals`, its job `jobs`, and the `other` entry of that. */
const entryColumns = sql`seals.position, seals.kind, ${finite("job_created_at")} as "jobCreatedAt", seals.form,
  seals.content_hash as "contentHash", ${finite("newest_created_at")} as "newestCreatedAt",
  ${finite("sealed_at")} as "sealedAt", seals.entry_hash as "entryHash", jobs.id is not null as "isStored",
  coalesce(jobs.created_at = seals.job_created_at, true) as "isOfItsTime", other.position as "otherPosition",
  other.content_hash as "otherContentHash", coalesce(jobs.resource_count, 0) as "resourceCount"`;

/** PostgreSQL's infinity is no Date. What somebody has put there does not fit anyway, and must not end the look. */
function finite(column: string): Sql<Date> {
  return sql`case when isfinite(${sql.ref(`seals.${column}`)}) then ${sql.ref(`seals.${column}`)} else 'epoch' end`;
}

/**
 * The entries behind a position, a page of them; none: these were all. Without a position, from the very first: ours
 * begin at 1, but one that is not ours may stand anywhere, and must not be overlooked.
 */
export function readChain(db: Database, after = BEFORE_ALL): Promise<ChainEntry[]> {
  return rows(
    db,
    { name: "integrity.chain" },
    sql<ChainEntry>`
    select ${entryColumns}, seals.job_id as "jobId"
    from (
      select * from seals where position > ${after}::bigint order by position limit ${ENTRIES_PER_PAGE}
    ) as seals
    left join seals as other on other.job_id = seals.job_id and other.kind <> seals.kind
    left join jobs on jobs.id = seals.job_id
    order by seals.position`,
  );
}

/** Jobs of a range without a seal, when jobs up to `newestCreatedAt` are sealed. */
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
      select id, created_at, created_at < coalesce(${lateBefore ?? null}::timestamptz, '-infinity') as is_late
      from jobs
      where ${within(range)} and not exists (select from seals where seals.job_id = jobs.id)
    )
    select count(*) filter (where not is_late) as waiting, count(*) filter (where is_late) as late,
      array(select id from unsealed where is_late order by created_at, id limit ${LISTED}) as "firstLate"
    from unsealed`,
  );
  return found ?? { waiting: 0, late: 0, firstLate: [] };
}

/**
 * Rows that say to belong to a job that is not there. Not those of a job that was sealed and is gone without a purge,
 * which has exactly one entry in the chain: it is missed there.
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
    ),
    unexplained as (
      select job_id from strays where (select count(*) from seals where seals.job_id = strays.job_id) <> 1
    )
    select count(*), array(select job_id from unexplained order by job_id limit ${LISTED}) as first
    from unexplained`,
  );
  return found ?? { count: 0, first: [] };
}

function within({ from, to }: StoredRange): Sql<boolean> {
  return andAll([
    ifDefined(from, () => sql`created_at >= ${from}`),
    ifDefined(to, () => sql`created_at < ${to}`),
  ]);
}

/** The seal of a job that is stored, and the entry before it in the chain; null: there is none. */
export interface SealedJob extends ChainEntry {
  readonly previousHash: Buffer | null;
  readonly previousNewest: Date | null;
}

/** A job that is stored and has no seal. */
export interface PendingJob {
  readonly position: null;
  readonly jobId: string;
  /** It cannot get one any more. */
  readonly isLate: boolean;
}

/** What the chain says of jobs; a job that is not stored is left out. A few steps in indexes for each. */
export function readSealsOf(db: Database, jobIds: readonly string[]): Promise<(SealedJob | PendingJob)[]> {
  return rows(
    db,
    { name: "integrity.ofJobs" },
    sql<SealedJob | PendingJob>`
    select ${entryColumns}, jobs.id as "jobId",
      previous.entry_hash as "previousHash", previous.newest_created_at as "previousNewest",
      coalesce(jobs.created_at < newest.newest_created_at - make_interval(secs => ${MAX_COMMIT_DELAY_MS / 1_000}), false)
        as "isLate"
    from jobs
    left join seals on seals.job_id = jobs.id and seals.kind = 'SEALED'
    left join seals as other on other.job_id = jobs.id and other.kind = 'PURGED'
    left join seals as previous on previous.position = seals.position - 1
    left join (select newest_created_at from seals order by position desc limit 1) as newest on true
    where jobs.id = any(${jobIds}::uuid[])`,
  );
}
