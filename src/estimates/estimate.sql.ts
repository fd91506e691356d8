import type { Database } from "../database/database.ts";
import { firstRow, rows, sql } from "../database/sql.ts";
import type { EstimateWarning } from "../jobs/job.graphql.ts";
import type { JsonObject } from "../lib/json.ts";
import type { RankedResource, StoredRegionTotal, StoredServiceTotal } from "./totals.ts";

/** The columns of a job as they are written; created_at is the database's. */
export interface NewJob {
  readonly id: string;
  readonly estimatedAt: Date | null;
  readonly userId: string | null;
  readonly project: string | null;
  readonly branch: string | null;
  readonly commitSha: string | null;
  readonly pullRequestUrl: string | null;
  readonly profile: string | null;
  readonly estimator: string | null;
  readonly terraformPlanHash: string | null;
  readonly schemaVersion: string;
  readonly currency: string;
  readonly totalMonthlyCost: string;
  readonly confidenceScore: number | null;
  readonly resourceCount: number;
  readonly unpricedResourceCount: number;
  readonly labels: JsonObject;
  readonly warnings: readonly EstimateWarning[];
}

/** How many resources go in one statement: enough to be fast, few enough that no value is very large. */
const RESOURCES_PER_STATEMENT = 5_000;

/** Writes the job itself. */
export async function insertJob(db: Database, job: NewJob): Promise<void> {
  await rows(
    db,
    sql`/* estimates.insertJob */
    insert into jobs (
      id, estimated_at, user_id, project, branch, commit_sha, pull_request_url, profile, estimator,
      terraform_plan_hash, schema_version, currency, total_monthly_cost, confidence_score,
      resource_count, unpriced_resource_count, labels, warnings
    ) values (
      ${job.id}, ${job.estimatedAt}, ${job.userId}, ${job.project}, ${job.branch}, ${job.commitSha},
      ${job.pullRequestUrl}, ${job.profile}, ${job.estimator}, ${job.terraformPlanHash}, ${job.schemaVersion},
      ${job.currency}, ${job.totalMonthlyCost}, ${job.confidenceScore}, ${job.resourceCount},
      ${job.unpricedResourceCount}, ${JSON.stringify(job.labels)}, ${JSON.stringify(job.warnings)}
    )`,
  );
}

/** Writes the job's resources: one parameter of JSON per 5,000 of them, which PostgreSQL turns into rows. */
export async function insertResources(db: Database, jobId: string, ranked: RankedResource[]): Promise<void> {
  for (let from = 0; from < ranked.length; from += RESOURCES_PER_STATEMENT) {
    const records = ranked.slice(from, from + RESOURCES_PER_STATEMENT).map(resourceRecord);
    await rows(
      db,
      sql`/* estimates.insertResources */
      insert into cost_results (
        job_id, cost_rank, position, resource_id, resource_type, service, region, total_monthly_cost,
        compute_cost, storage_cost, network_cost, other_cost, confidence_score, cost_drivers, assumptions, tags
      )
      select ${jobId}::uuid, r.*
      from json_to_recordset(${JSON.stringify(records)}::json) as r (
        cost_rank int, position int, resource_id text, resource_type text, service text, region text,
        total_monthly_cost numeric, compute_cost numeric, storage_cost numeric, network_cost numeric,
        other_cost numeric, confidence_score float8, cost_drivers jsonb, assumptions jsonb, tags jsonb
      )`,
    );
  }
}

/** Writes what each service costs in the job. */
export async function insertServices(
  db: Database,
  jobId: string,
  totals: StoredServiceTotal[],
): Promise<void> {
  await rows(
    db,
    sql`/* estimates.insertServices */
    insert into service_costs (job_id, service, total_monthly_cost, resource_count, unpriced_resource_count)
    select ${jobId}::uuid, s."service", s."totalMonthlyCost", s."resourceCount", s."unpricedResourceCount"
    from json_to_recordset(${JSON.stringify(totals)}::json) as s (
      "service" text, "totalMonthlyCost" numeric, "resourceCount" int, "unpricedResourceCount" int
    )`,
  );
}

/** Writes what each region costs in the job. */
export async function insertRegions(db: Database, jobId: string, totals: StoredRegionTotal[]): Promise<void> {
  await rows(
    db,
    sql`/* estimates.insertRegions */
    insert into region_costs (
      job_id, region, total_monthly_cost, resource_count, unpriced_resource_count, services
    )
    select ${jobId}::uuid, r."region", r."totalMonthlyCost", r."resourceCount", r."unpricedResourceCount", r."services"
    from json_to_recordset(${JSON.stringify(totals)}::json) as r (
      "region" text, "totalMonthlyCost" numeric, "resourceCount" int, "unpricedResourceCount" int, "services" jsonb
    )`,
  );
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
    sql`/* estimates.takeIdempotencyKey */
    insert into idempotency_keys (namespace, key, job_id, request_hash)
    values (${namespace}, ${key}, ${jobId}, ${requestHash})
    on conflict (namespace, key) do nothing
    returning key`,
  );
  if (taken !== undefined) return undefined;
  return firstRow(
    db,
    sql<KeyHolder>`/* estimates.holderOfIdempotencyKey */
    select keys.job_id as "jobId", request_hash as "requestHash", purged_at as "purgedAt"
    from idempotency_keys as keys left join purged_jobs on purged_jobs.job_id = keys.job_id
    where namespace = ${namespace} and key = ${key}`,
  );
}

function resourceRecord({ resource, costRank, position }: RankedResource) {
  return {
    cost_rank: costRank,
    position,
    resource_id: resource.resourceId,
    resource_type: resource.resourceType,
    service: resource.service,
    region: resource.region,
    total_monthly_cost: resource.totalMonthlyCost ?? null,
    compute_cost: resource.computeCost ?? "0",
    storage_cost: resource.storageCost ?? "0",
    network_cost: resource.networkCost ?? "0",
    other_cost: resource.otherCost ?? "0",
    confidence_score: resource.confidenceScore ?? null,
    cost_drivers: resource.costDrivers ?? [],
    assumptions: resource.assumptions ?? [],
    tags: resource.tags ?? {},
  };
}
