import { columnsOf, insertRows, type Row } from "../database/columns.ts";
import type { Database } from "../database/database.ts";
import { firstRow, sql } from "../database/sql.ts";
import { RESOURCE_COST } from "./estimate.ts";
import { columnsOfInput } from "./input-object.ts";
import type { RankedResource, StoredRegionTotal, StoredServiceTotal } from "./totals.ts";

/** A job to insert. The database adds the creation time and the generated columns. */
export type NewJob = Omit<Row<"jobs">, "createdAt" | "effectiveAt" | "isComplete" | "isDefaultBranch">;

const {
  createdAt: _,
  effectiveAt: __,
  isComplete: ___,
  isDefaultBranch: ____,
  ...writtenColumns
} = columnsOf("jobs");
const JOB_COLUMNS = keysOf(writtenColumns);
const RESOURCE_COLUMNS = keysOf(columnsOf("cost_results"));
const SERVICE_COLUMNS = keysOf(columnsOf("service_costs"));
const REGION_COLUMNS = keysOf(columnsOf("region_costs"));

/** The key of a job, which is in every row of its parts. */
type JobKey = Pick<NewJob, "id" | "shardKey">;

/** The number of resources in one statement: large enough to be fast, small enough that no parameter is very large. */
const RESOURCES_PER_STATEMENT = 5_000;

/** Inserts the job without its resources and totals. */
export function insertJob(db: Database, job: NewJob): Promise<void> {
  return insertRows(db, "estimates.insertJob", "jobs", JOB_COLUMNS, [job]);
}

/** Inserts the resources of a job, 5,000 in each statement. */
export async function insertResources(db: Database, job: JobKey, ranked: RankedResource[]): Promise<void> {
  for (let from = 0; from < ranked.length; from += RESOURCES_PER_STATEMENT) {
    const inserted = ranked.slice(from, from + RESOURCES_PER_STATEMENT).map((one) => resourceRow(job, one));
    await insertRows(db, "estimates.insertResources", "cost_results", RESOURCE_COLUMNS, inserted);
  }
}

/** Inserts the total of each service of a job. */
export function insertServices(db: Database, job: JobKey, totals: StoredServiceTotal[]): Promise<void> {
  const inserted = totals.map((total) => ({ ...partKey(job), ...total }));
  return insertRows(db, "estimates.insertServices", "service_costs", SERVICE_COLUMNS, inserted);
}

/** Inserts the total of each region of a job. */
export function insertRegions(db: Database, job: JobKey, totals: StoredRegionTotal[]): Promise<void> {
  const inserted = totals.map((total) => ({ ...partKey(job), ...total }));
  return insertRows(db, "estimates.insertRegions", "region_costs", REGION_COLUMNS, inserted);
}

/** The job that was stored with an idempotency key, and the hash of that request. */
export interface KeyHolder {
  readonly jobId: string;
  readonly requestHash: Buffer;
  /** The time at which retention removed the job; null: the job is stored. */
  readonly purgedAt: Date | null;
}

/** An idempotency key and its namespace (IdempotencyKeyEntity in database/schema.ts). */
export interface IdempotencyKey {
  readonly namespace: string;
  readonly key: string;
}

/**
 * Reserves an idempotency key for a job. Waits for any other transaction that reserves the same key at the same time.
 * @param requestHash the SHA-256 hash of the request.
 * @returns undefined: the key is reserved for this job; otherwise, the job that already has the key.
 */
export async function takeIdempotencyKey(
  db: Database,
  { namespace, key }: IdempotencyKey,
  jobId: string,
  requestHash: Buffer,
): Promise<KeyHolder | undefined> {
  const inserted = await firstRow(
    db,
    { name: "estimates.takeIdempotencyKey" },
    sql`
    insert into idempotency_keys (namespace, key, job_id, request_hash)
    values (${namespace}, ${key}, ${jobId}, ${requestHash})
    on conflict (namespace, key) do nothing
    returning key`,
  );
  if (inserted !== undefined) return undefined;
  return firstRow(
    db,
    { name: "estimates.holderOfIdempotencyKey" },
    sql<KeyHolder>`
    select keys.job_id as "jobId", request_hash as "requestHash", purged_at as "purgedAt"
    from idempotency_keys as keys left join purged_jobs on purged_jobs.job_id = keys.job_id
    where namespace = ${namespace} and key = ${key}`,
  );
}

function resourceRow(job: JobKey, { resource, costRank, position }: RankedResource): Row<"cost_results"> {
  return { ...partKey(job), costRank, position, ...columnsOfInput(RESOURCE_COST, resource) };
}

function partKey({ id, shardKey }: JobKey) {
  return { jobId: id, shardKey };
}

/** The keys with their type: Object.keys() returns them as strings. */
function keysOf<Key extends string>(columns: Readonly<Record<Key, unknown>>): Key[] {
  return Object.keys(columns) as Key[];
}
