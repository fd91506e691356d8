import { defineEntity, p } from "@mikro-orm/core";

/** Money: numeric without precision or scale keeps every digit. MikroORM's own decimal is numeric(10,0), which rounds. */
const numeric = () => p.decimal().columnType("numeric");

/** A moment in milliseconds, which is what a JavaScript Date and a cursor can hold. */
const timestamp = () => p.datetime(3);

/** An API token, without its secret. The server may read all of it, and write no more than when it was last used. */
const ApiTokenEntity = defineEntity({
  name: "ApiToken",
  tableName: "api_tokens",
  properties: {
    id: p.uuid().primary(),
    name: p.text(),
    /** The first 8 bytes of the hash, by which a token is found; the rest is compared in constant time. */
    hashPrefix: p.blob().index("idx_api_tokens_hash"),
    /** SHA-256 over the token's text. */
    hash: p.blob(),
    scope: p.text(),
    /** null: all projects. */
    projects: p.array().nullable(),
    userId: p.text().nullable(),
    createdAt: timestamp().defaultRaw("clock_timestamp()"),
    expiresAt: timestamp().nullable(),
    revokedAt: timestamp().nullable(),
    lastUsedAt: timestamp().nullable(),
  },
  checks: [{ name: "api_tokens_scope_known", expression: "scope in ('read', 'write', 'admin')" }],
  indexes: [
    {
      name: "idx_api_tokens_name",
      expression: "create unique index idx_api_tokens_name on api_tokens (name) where revoked_at is null",
    },
  ],
});

/**
 * Which job a caller's idempotency key has stored. A token that is bound to projects has keys of its own, or else it
 * could tell from a conflict what others have stored. A table of its own and without a foreign key, because in a
 * distributed PostgreSQL every key of `jobs` has to contain the job's id (docs/adr/0002-storage.md).
 */
const IdempotencyKeyEntity = defineEntity({
  name: "IdempotencyKey",
  tableName: "idempotency_keys",
  properties: {
    /** The project of the job, if the token is bound to projects; otherwise ''. */
    namespace: p.text().primary().default(""),
    key: p.text().primary(),
    jobId: p.uuid().index("idx_idempotency_keys_job"),
    /** SHA-256 over the request, to tell a retry from another estimate under the same key. */
    requestHash: p.blob(),
    createdAt: timestamp().defaultRaw("clock_timestamp()"),
  },
});

/**
 * One entry of the hash chain: a job that was sealed, or the tombstone of one that retention has removed since.
 * Entries are only ever added; each holds a hash over itself and the entry before it.
 */
const SealEntity = defineEntity({
  name: "Seal",
  tableName: "seals",
  properties: {
    /** From 1, without a gap. */
    position: p.integer().primary().autoincrement(false),
    kind: p.text(),
    /** No foreign key: the entry outlives the job. */
    jobId: p.uuid(),
    jobCreatedAt: timestamp(),
    /** The version of the canonical form. */
    form: p.integer(),
    /** SHA-256 over the canonical form of the job; a tombstone repeats it. */
    contentHash: p.blob(),
    /** The latest `job_created_at` of the entries up to this one. */
    newestCreatedAt: timestamp(),
    sealedAt: timestamp(),
    /** SHA-256 over the entry and the `entry_hash` before it (integrity/entry-hash.ts). */
    entryHash: p.blob(),
  },
  checks: [{ name: "seals_kind_known", expression: "kind in ('SEALED', 'PURGED')" }],
  uniques: [{ name: "seals_job_id_kind_unique", properties: ["jobId", "kind"] }],
});

/**
 * One resource of a stored estimate. The key is its place by cost within the job (0 is the highest, unknown
 * costs last): estimates never change, so the order in which resources are read is settled when they are
 * stored, and a page of any job is a range of the primary key.
 */
const CostResultEntity = defineEntity({
  name: "CostResult",
  tableName: "cost_results",
  properties: {
    job: () => p.manyToOne(JobEntity).primary().deleteRule("cascade").updateRule("no action"),
    costRank: p.integer().primary().autoincrement(false),
    /** Where the resource stood in the estimate as it was sent, from 0. */
    position: p.integer(),
    resourceId: p.text(),
    resourceType: p.text(),
    service: p.text(),
    region: p.text(),
    totalMonthlyCost: numeric().nullable(),
    computeCost: numeric(),
    storageCost: numeric(),
    networkCost: numeric(),
    otherCost: numeric(),
    confidenceScore: p.double().nullable(),
    costDrivers: p.json(),
    assumptions: p.json(),
    tags: p.json(),
  },
  indexes: [{ name: "idx_cost_results_cost", properties: ["totalMonthlyCost"] }],
});

/** One stored estimate. Written once by storeEstimate, never changed. */
const JobEntity = defineEntity({
  name: "Job",
  tableName: "jobs",
  properties: {
    /** UUIDv7. */
    id: p.uuid().primary(),
    createdAt: timestamp().defaultRaw("clock_timestamp()"),
    estimatedAt: timestamp().nullable(),
    userId: p.text().nullable(),
    project: p.text().nullable(),
    branch: p.text().nullable(),
    commitSha: p.text().nullable(),
    pullRequestUrl: p.text().nullable(),
    profile: p.text().nullable(),
    estimator: p.text().nullable(),
    terraformPlanHash: p.text().nullable(),
    schemaVersion: p.text(),
    currency: p.text(),
    totalMonthlyCost: numeric(),
    confidenceScore: p.double().nullable(),
    resourceCount: p.integer(),
    unpricedResourceCount: p.integer(),
    labels: p.json(),
    warnings: p.json(),
  },
  checks: [{ name: "jobs_profile_known", expression: "profile in ('DEV', 'STAGING', 'PROD')" }],
  indexes: [
    // The list of jobs, newest or oldest first; every filter below keeps the same order behind its column.
    { name: "idx_jobs_created", properties: ["createdAt", "id"] },
    { name: "idx_jobs_total", properties: ["totalMonthlyCost", "id"] },
    { name: "idx_jobs_user", properties: ["userId", "createdAt", "id"] },
    { name: "idx_jobs_project", properties: ["project", "createdAt", "id"] },
    { name: "idx_jobs_branch", properties: ["branch", "createdAt", "id"] },
    { name: "idx_jobs_profile", properties: ["profile", "createdAt", "id"] },
    { name: "idx_jobs_plan", properties: ["terraformPlanHash", "createdAt", "id"] },
    { name: "idx_jobs_currency", properties: ["currency", "createdAt", "id"] },
    // A series: see job-series in jobs/previous.loader.ts. A name is never empty, so '' stands for "none".
    {
      name: "idx_jobs_series",
      expression:
        "create index idx_jobs_series on jobs (project, coalesce(branch, ''), coalesce(profile, ''), currency, created_at, id) where project is not null",
    },
  ],
});

/** What one region costs in one stored estimate. */
const RegionCostEntity = defineEntity({
  name: "RegionCost",
  tableName: "region_costs",
  properties: {
    job: () => p.manyToOne(JobEntity).primary().deleteRule("cascade").updateRule("no action"),
    region: p.text().primary(),
    totalMonthlyCost: numeric(),
    resourceCount: p.integer(),
    unpricedResourceCount: p.integer(),
    /** A list of { service, totalMonthlyCost, resourceCount }, with the amount as text. */
    services: p.json(),
  },
});

/** What one service costs in one stored estimate. */
const ServiceCostEntity = defineEntity({
  name: "ServiceCost",
  tableName: "service_costs",
  properties: {
    job: () => p.manyToOne(JobEntity).primary().deleteRule("cascade").updateRule("no action"),
    service: p.text().primary(),
    totalMonthlyCost: numeric(),
    resourceCount: p.integer(),
    unpricedResourceCount: p.integer(),
  },
});

/** One run of `results-storage purge`: who asked for it, and by which rule. Written before the first job goes. */
const PurgeEntity = defineEntity({
  name: "Purge",
  tableName: "purges",
  properties: {
    /** UUIDv7. */
    id: p.uuid().primary(),
    startedAt: timestamp().defaultRaw("clock_timestamp()"),
    /** Who was logged in to PostgreSQL. Written by the database: the retention role may not say another. */
    databaseLogin: p.text().defaultRaw("SESSION_USER"),
    /** The person or job that asked: `--by`, or else the account of the operating system. */
    askedBy: p.text(),
    /** The age that was asked for. */
    olderThanDays: p.integer(),
    /** Jobs that were stored before this moment were to go. */
    createdBefore: timestamp(),
    /** So many newest jobs of each series were to stay; null: none for being among the newest. */
    keepLatest: p.integer().nullable(),
    /** The project whose jobs were to go; null: jobs of every project, and of none. */
    project: p.text().nullable(),
  },
});

/** A job that retention has removed. Written by a trigger with the job's DELETE, and by nothing else. */
const PurgedJobEntity = defineEntity({
  name: "PurgedJob",
  tableName: "purged_jobs",
  properties: {
    /** No foreign key: the job is gone. */
    jobId: p.uuid().primary(),
    purge: () =>
      p.manyToOne(PurgeEntity).deleteRule("no action").updateRule("no action").index("idx_purged_jobs_purge"),
    project: p.text().nullable(),
    /** When the job was stored. */
    createdAt: timestamp(),
    purgedAt: timestamp().defaultRaw("clock_timestamp()"),
  },
});

/** Every table of the database. */
export const entities = [
  JobEntity,
  CostResultEntity,
  ServiceCostEntity,
  RegionCostEntity,
  IdempotencyKeyEntity,
  PurgeEntity,
  PurgedJobEntity,
  SealEntity,
  ApiTokenEntity,
];
