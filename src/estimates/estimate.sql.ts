import { columnsOf, insertRows, type Row } from "../database/columns.ts";
import type { Database } from "../database/database.ts";
import { firstRow, sql } from "../database/sql.ts";
import { columnsOfInput, RESOURCE_COST } from "./estimate.ts";
import type { RankedResource, StoredRegionTotal, StoredServiceTotal } from "./totals.ts";

/** A job as it is written; the database adds when. */
export type NewJob = Omit<Row<"jobs">, "createdAt">;

const { createdAt: _, ...writtenColumns } = columnsOf("jobs");
const JOB_COLUMNS = keysOf(writtenColumns);
const RESOURCE_COLUMNS = keysOf(columnsOf("cost_results"));
const SERVICE_COLUMNS = keysOf(columnsOf("service_costs"));
const REGION_COLUMNS = keysOf(columnsOf("region_costs"));

/** How many resources go in one statement: enough to be fast, few enough that no value is very large. */
const RESOURCES_PER_STATEMENT = 5_000;

/** Writes the job itself. */
export function insertJob(db: Database, job: NewJob): Promise<void> {
  return insertRows(db, "estimates.insertJob", "jobs", JOB_COLUMNS, [job]);
}

/** Writes the job's resources, 5,000 of them in a statement. */
export async function insertResources(db: Database, jobId: string, ranked: RankedResource[]): Promise<void> {
  for (let from = 0; from < ranked.length; from += RESOURCES_PER_STATEMENT) {
    const inserted = ranked.slice(from, from + RESOURCES_PER_STATEMENT).map((one) => resourceRow(jobId, one));
    await insertRows(db, "estimates.insertResources", "cost_results", RESOURCE_COLUMNS, inserted);
  }
}

/** Writes what each service costs in the job. */
export function insertServices(db: Database, jobId: string, totals: StoredServiceTotal[]): Promise<void> {
  const inserted = totals.map((total) => ({ jobId, ...total }));
  return insertRows(db, "estimates.insertServices", "service_costs", SERVICE_COLUMNS, inserted);
}

/** Writes what each region costs in the job. */
export function insertRegions(db: Database, jobId: string, totals: StoredRegionTotal[]): Promise<void> {
  const inserted = totals.map((total) => ({ jobId, ...total }));
  return insertRows(db, "estimates.insertRegions", "region_costs", REGION_COLUMNS, inserted);
}

/** The job that an idempotency key stored, and what was asked for then. */
export interface KeyHolder {
  readonly jobId: string;
  readonly requestHash: Buffer;
  /** When retention removed the job; null: it is there. */
  readonly purgedAt: Date | null;
}

/** An idempotency key, and whose it is (idempotency-key.entity.ts). */
export interface IdempotencyKey {
  readonly namespace: string;
  readonly key: string;
}

/**
 * Takes the key for the job, waiting for any other transaction that is taking it at the same time.
 * @returns undefined when the key is ours now; otherwise who holds it.
 */
export async function takeIdempotencyKey(
  db: Database,
  { namespace, key }: IdempotencyKey,
  jobId: string,
  requestHash: Buffer,
): Promise<KeyHolder | undefined> {
  const taken = await firstRow(
    db,
    { name: "estimates.takeIdempotencyKey" },
    sql`
    insert into idempotency_keys (namespace, key, job_id, request_hash)
    values (${namespace}, ${key}, ${jobId}, ${requestHash})
    on conflict (namespace, key) do nothing
    returning key`,
  );
  if (taken !== undefined) return undefined;
  return firstRow(
    db,
    { name: "estimates.holderOfIdempotencyKey" },
    sql<KeyHolder>`
    select keys.job_id as "jobId", request_hash as "requestHash", purged_at as "purgedAt"
    from idempotency_keys as keys left join purged_jobs on purged_jobs.job_id = keys.job_id
    where namespace = ${namespace} and key = ${key}`,
  );
}

function resourceRow(jobId: string, { resource, costRank, position }: RankedResource): Row<"cost_results"> {
  return { jobId, costRank, position, ...columnsOfInput(RESOURCE_COST, resource) };
}

/** Object.keys() knows no more than that they are text. */
function keysOf<Key extends string>(columns: Readonly<Record<Key, unknown>>): Key[] {
  return Object.keys(columns) as Key[];
}
