import { allOf, given } from "../database/condition.ts";
import type { Database } from "../database/database.ts";
import { firstRow, rows, type Sql, sql } from "../database/sql.ts";
import type { SealEntry } from "./entry-hash.ts";
import { LATEST_COMMIT } from "./late-job.ts";

/** An entry as it stands in the chain, and what is there of its job. */
export interface ChainEntry extends SealEntry {
  readonly entryHash: Buffer;
  /** Whether there is a job with its id. */
  readonly isStored: boolean;
  /** Whether that was stored at the time that the entry says; true if there is none. */
  readonly isOfItsTime: boolean;
  /** The other entry of the same job: a seal's tombstone, or a tombstone's seal; null: there is none. */
  readonly otherPosition: number | null;
  readonly otherContentHash: Buffer | null;
  /** How many resources the job says to have: how much work it is. 0: there is none. */
  readonly resourceCount: number;
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
export interface Strays {
  readonly count: number;
  readonly first: readonly string[];
}

const ENTRIES_PER_PAGE = 2_000;

/** One less than the least position that the column can hold. */
const BEFORE_ALL = -2_147_483_649;

/** More than this of a kind are counted, not listed. */
const LISTED = 20;

/** The columns of a `ChainEntry` but its `jobId`, from its row `seals`, its job `jobs`, and the `other` entry of that. */
export const entryColumns = sql`seals.position, seals.kind, ${finite("job_created_at")} as "jobCreatedAt", seals.form,
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
    sql<ChainEntry>`/* integrity.chain */
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
  const lateBefore = newestCreatedAt && new Date(newestCreatedAt.getTime() - LATEST_COMMIT);
  const found = await firstRow(
    db,
    sql<Unsealed>`/* integrity.unsealed */
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
export async function readStrays(db: Database): Promise<Strays> {
  const found = await firstRow(
    db,
    sql<Strays>`/* integrity.strays */
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
  return allOf([given(from, () => sql`created_at >= ${from}`), given(to, () => sql`created_at < ${to}`)]);
}
