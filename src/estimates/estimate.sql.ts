import { columnsOf, type Row } from "../database/columns.ts";
import type { Database } from "../database/database.ts";
import { durableStatement } from "../database/durability.ts";
import { type InsertedColumns, insertedColumns, jsonSource, rowSource } from "../database/row-source.ts";
import { firstRow, rows, type Sql, sql } from "../database/sql.ts";
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
const JOB = insertedColumns("jobs", keysOf(writtenColumns));
/** The columns of the parts, without the key of the job. */
const RESOURCES = insertedColumns("cost_results", keysOf(withoutKey(columnsOf("cost_results"))));
const SERVICES = insertedColumns("service_costs", keysOf(withoutKey(columnsOf("service_costs"))));
const REGIONS = insertedColumns("region_costs", keysOf(withoutKey(columnsOf("region_costs"))));

/** A job to insert, with its parts. */
export interface NewRows {
  readonly job: NewJob;
  readonly resources: readonly RankedResource[];
  readonly services: readonly StoredServiceTotal[];
  readonly regions: readonly StoredRegionTotal[];
}

/** The number of resources in one statement: large enough to be fast, small enough that no parameter is very large. */
const RESOURCES_PER_STATEMENT = 5_000;

/** Whether `insertSmall` can insert the rows. */
export function isSmall({ resources }: NewRows): boolean {
  return resources.length <= RESOURCES_PER_STATEMENT;
}

/**
 * Inserts a job with its parts and its idempotency key, durably and in one statement.
 * @returns whether the rows are inserted; false: another job has the key, and nothing is inserted.
 * @throws UnconfirmedCommit when the result of the commit is unknown.
 */
export async function insertSmall(db: Database, rows: NewRows, key?: IdempotencyKey): Promise<boolean> {
  const { job, resources, services, regions } = rows;
  const inserted = await durableStatement(
    db,
    "estimates.insertSmall",
    sql`
    with ${key ? sql`reserved as (${reserveKey(key, job.id)}),` : sql``}
    job as (
      ${insertJob(job)} ${key ? sql`where exists (select from reserved)` : sql``}
      returning id, shard_key
    ),
    resources as (${insertPart(sql`job`, RESOURCES, resources, resourceRow)} returning job_id),
    services as (${insertPart(sql`job`, SERVICES, services, itself)} returning job_id),
    regions as (${insertPart(sql`job`, REGIONS, regions, itself)} returning job_id)`,
    // PostgreSQL runs each INSERT when its count is computed: in this order.
    sql<{ jobs: number }>`
    (select count(*) from job) as jobs,
    (select count(*) from resources) as resources,
    (select count(*) from services) as services,
    (select count(*) from regions) as regions`,
  );
  return inserted?.jobs === 1;
}

/** Inserts a job with its parts in several statements of a transaction. */
export async function insertLarge(tx: Database, inserted: NewRows): Promise<void> {
  const { job, resources, services, regions } = inserted;
  const ofJob = sql`(values (${job.id}::uuid, ${job.shardKey}::smallint)) as job (id, shard_key)`;
  await rows(tx, { name: "estimates.insertJob" }, insertJob(job));
  for (let from = 0; from < resources.length; from += RESOURCES_PER_STATEMENT) {
    const some = resources.slice(from, from + RESOURCES_PER_STATEMENT);
    await rows(tx, { name: "estimates.insertResources" }, insertPart(ofJob, RESOURCES, some, resourceRow));
  }
  await rows(tx, { name: "estimates.insertServices" }, insertPart(ofJob, SERVICES, services, itself));
  await rows(tx, { name: "estimates.insertRegions" }, insertPart(ofJob, REGIONS, regions, itself));
}

function insertJob(job: NewJob): Sql<unknown> {
  return sql`insert into jobs (${JOB.list}) select ${JOB.list} from ${jsonSource(JOB, [job])}`;
}

/** @param job the SQL of a table with the alias job: the key of the job. */
function insertPart<Table extends PartName, Name extends keyof Row<Table> & string, Item>(
  job: Sql<unknown>,
  columns: InsertedColumns<Table, Name>,
  items: readonly Item[],
  rowOf: (item: Item) => Pick<Row<Table>, Name>,
): Sql<unknown> {
  return sql`
    insert into ${sql.raw(columns.table)} (job_id, shard_key, ${columns.list})
    select job.id, job.shard_key, ${columns.list} from ${job} cross join ${rowSource(columns, items, rowOf)}`;
}

/** The job that was stored with an idempotency key, and the hash of that request. */
export interface KeyHolder {
  readonly jobId: string;
  readonly requestHash: Buffer;
  /** The time at which retention removed the job; null: the job is stored. */
  readonly purgedAt: Date | null;
}

/** An idempotency key with its namespace (IdempotencyKeyEntity in database/schema.ts) and the hash of its request. */
export interface IdempotencyKey {
  readonly namespace: string;
  readonly key: string;
  /** SHA-256. */
  readonly requestHash: Buffer;
}

/**
 * Reserves an idempotency key for a job. Waits for any other transaction that reserves the same key at the same time.
 * @returns undefined: the key is reserved for this job; otherwise, the job that already has the key.
 */
export async function takeIdempotencyKey(
  db: Database,
  key: IdempotencyKey,
  jobId: string,
): Promise<KeyHolder | undefined> {
  const reserved = await firstRow(db, { name: "estimates.takeIdempotencyKey" }, reserveKey(key, jobId));
  if (reserved !== undefined) return undefined;
  return firstRow(
    db,
    { name: "estimates.holderOfIdempotencyKey" },
    sql<KeyHolder>`
    select keys.job_id as "jobId", request_hash as "requestHash", purged_at as "purgedAt"
    from idempotency_keys as keys left join purged_jobs on purged_jobs.job_id = keys.job_id
    where namespace = ${key.namespace} and key = ${key.key}`,
  );
}

function reserveKey({ namespace, key, requestHash }: IdempotencyKey, jobId: string): Sql<unknown> {
  return sql`
    insert into idempotency_keys (namespace, key, job_id, request_hash)
    values (${namespace}, ${key}, ${jobId}, ${requestHash})
    on conflict (namespace, key) do nothing
    returning key`;
}

function itself<Item>(item: Item): Item {
  return item;
}

function resourceRow({ resource, costRank, position }: RankedResource) {
  // A spread would copy the columns: 2 ms of 10,000 resources.
  return Object.assign(columnsOfInput(RESOURCE_COST, resource), { costRank, position });
}

/** The tables of the parts of a job. */
type PartName = "cost_results" | "service_costs" | "region_costs";

function withoutKey<Columns extends { readonly jobId: string; readonly shardKey: string }>(columns: Columns) {
  const { jobId: _, shardKey: __, ...others } = columns;
  return others;
}

/** The keys with their type: Object.keys() returns them as strings. */
function keysOf<Key extends string>(columns: Readonly<Record<Key, unknown>>): Key[] {
  return Object.keys(columns) as Key[];
}
