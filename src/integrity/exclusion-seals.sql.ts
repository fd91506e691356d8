import { createHash } from "node:crypto";
import type { Database } from "../database/database.ts";
import { firstRow, rows, type Sql, sql } from "../database/sql.ts";
import { CanonicalJson } from "./canonical-json.ts";
import {
  type ChainEnd,
  isPostdated,
  isUnsealedJob,
  LISTED,
  type StoredRange,
  searchStart,
  within,
} from "./chain.sql.ts";
import { MAX_COMMIT_DELAY_MS, type SealEntry } from "./chain.ts";

/**
 * The sealed forms of a record of the exclusions of a job, by the number of the form: one line of canonical JSON. The
 * rules are those of the forms of a job (FORMS in content-hash.sql.ts).
 */
const RECORD_FORMS: Readonly<Record<number, Sql<string>>> = {
  1: sql`json_build_array(
    1, record.job_id, record.number, record.is_excluded, record.reason, record.user_id,
    record.created_at at time zone 'UTC'
  )::text`,
};

/** The number of the form of new seals of records. */
export const NEWEST_RECORD_FORM = 1;

/** Whether this version of the service knows a form of records. */
export function isKnownRecordForm(form: number): boolean {
  return Object.hasOwn(RECORD_FORMS, form);
}

/** Identifies a record of the exclusions of a job. */
export type RecordKey = Pick<SealEntry, "jobId" | "number">;

/** A record without a seal. */
export interface UnsealedRecord extends RecordKey {
  readonly createdAt: Date;
}

/** The number of records in one batch of the sealer. */
export const RECORDS_PER_BATCH = 200;

/**
 * The next records without a seal, oldest first, up to a time: at most one more than a batch. The job
 * of a record must have a seal, or get it in the same batch. Backdated records are never found, as in `unsealedJobs`.
 * @param jobIds the jobs of the batch.
 */
export function unsealedRecords(
  tx: Database,
  end: ChainEnd,
  lookBack: number,
  until: Date,
  jobIds: readonly string[],
): Promise<UnsealedRecord[]> {
  return rows(
    tx,
    { name: "integrity.unsealedRecords" },
    sql<UnsealedRecord>`
    select job_id as "jobId", number, created_at as "createdAt"
    from job_exclusions as record
    where created_at >= coalesce(${searchStart(end, lookBack)}::timestamptz, '-infinity') and created_at <= ${until}
      and number > 0 and ${isUnsealed}
      and (
        job_id = any(${jobIds}::uuid[])
        or exists (select from seals where seals.job_id = record.job_id and seals.kind = 'SEALED')
      )
    order by created_at, job_id, number
    limit ${RECORDS_PER_BATCH + 1}`,
  );
}

/** Whether the record has no entry in the chain. */
const isUnsealed = sql<boolean>`not exists (
  select from seals
  where seals.job_id = record.job_id and seals.kind = 'EXCLUSION' and seals.number = record.number
)`;

/** The SHA-256 hash of the canonical form of a stored record. */
interface RecordHash extends RecordKey {
  readonly hash: Buffer;
  /** Whether the record has the requested creation time. */
  readonly hasSealedTime: boolean;
}

/**
 * Hashes stored records. A record that is not stored is absent.
 * @throws Error when the form is unknown.
 */
export async function recordHashes(
  db: Database,
  form: number,
  wanted: readonly (RecordKey & { readonly createdAt: Date })[],
): Promise<RecordHash[]> {
  const line = RECORD_FORMS[form];
  if (line === undefined) throw new Error(`There is no sealed form ${form} of records.`);
  const found = await rows(
    db,
    { name: "integrity.records" },
    sql<RecordKey & { line: string; hasSealedTime: boolean }>`
    select record.job_id as "jobId", record.number, ${line} as line, record.created_at = wanted.created_at as "hasSealedTime"
    from unnest(
      ${wanted.map(({ jobId }) => jobId)}::uuid[], ${wanted.map(({ number }) => number)}::int[],
      ${wanted.map(({ createdAt }) => createdAt.toISOString())}::timestamptz[]
    ) as wanted (job_id, number, created_at)
    join job_exclusions as record on record.job_id = wanted.job_id and record.number = wanted.number`,
  );
  const canonical = new CanonicalJson();
  return found.map(({ line: json, ...record }) => ({
    ...record,
    hash: createHash("sha256").update(canonical.lines(json)).digest(),
  }));
}

/** The records without a seal. */
export interface UnsealedRecords {
  /** The number of records that will be sealed soon. */
  readonly waiting: number;
  /** The number of records that are never sealed, because they or their jobs are backdated, and the first ones. */
  readonly late: number;
  readonly firstLate: readonly RecordKey[];
  /** The number of records that are not sealed soon, because they or their jobs are postdated, and the first ones. */
  readonly early: number;
  readonly firstEarly: readonly RecordKey[];
}

/**
 * The records of a range without a seal.
 * @param newestCreatedAt the newest creation time in the chain; undefined: the chain is empty.
 */
export async function readUnsealedRecords(
  db: Database,
  range: StoredRange,
  newestCreatedAt: Date | undefined,
): Promise<UnsealedRecords> {
  const lateBefore = newestCreatedAt && new Date(newestCreatedAt.getTime() - MAX_COMMIT_DELAY_MS);
  const isLate = sql`created_at < coalesce(${lateBefore ?? null}::timestamptz, '-infinity')`;
  const found = await firstRow(
    db,
    { name: "integrity.unsealedRecordCount" },
    sql<UnsealedRecords>`
    with unsealed as (
      select *, not is_late and (is_postdated or of_postdated_job) as is_early
      from (
        select job_id, number, created_at,
          number <= 0 or ${isLate} or ${isOfUnsealedJob(sql`jobs.${isLate}`)} as is_late,
          ${isPostdated("record")} as is_postdated,
          ${isOfUnsealedJob(isPostdated("jobs"))} as of_postdated_job
        from job_exclusions as record
        where ${within(range)} and ${isUnsealed}
      ) as record
    )
    select count(*) filter (where not is_late and not is_early) as waiting,
      count(*) filter (where is_late) as late, ${firstRecords(sql`is_late`)} as "firstLate",
      count(*) filter (where is_early) as early, ${firstRecords(sql`is_early`)} as "firstEarly"
    from unsealed`,
  );
  return found ?? { waiting: 0, late: 0, firstLate: [], early: 0, firstEarly: [] };
}

/** Whether the record is of a job without a seal for which the condition is true. */
function isOfUnsealedJob(condition: Sql<unknown>): Sql<boolean> {
  return sql`exists (select from jobs where jobs.id = record.job_id and ${condition} and ${isUnsealedJob})`;
}

/** The keys of the first unsealed records for which the condition is true, as JSON. */
function firstRecords(condition: Sql<unknown>): Sql<readonly RecordKey[]> {
  return sql`coalesce((
        select json_agg(json_build_object('jobId', job_id, 'number', number))
        from (
          select job_id, number from unsealed where ${condition} order by created_at, job_id, number limit ${LISTED}
        ) as first
      ), '[]')`;
}
