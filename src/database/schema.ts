import { defineEntity, p } from "@mikro-orm/core";
import { DERIVED } from "./derived-columns.ts";
import { SEARCH_TEXTS } from "./search-texts.ts";

/**
 * An amount of money. numeric without precision and scale keeps every digit. MikroORM's default is numeric(10,0), which
 * rounds.
 */
const numeric = () => p.decimal().columnType("numeric");

/** A time in milliseconds, the precision of a JavaScript Date and of a cursor. */
const timestamp = () => p.datetime(3);

/** The last column of each key of the job's tables, for a distributed PostgreSQL (docs/adr/0002-storage.md). */
const shardKey = () => p.smallint().primary().autoincrement(false);

/** The foreign key of a part of a job. */
const jobOfPart = () =>
  p.manyToOne(JobEntity).joinColumns("job_id", "shard_key").deleteRule("cascade").updateRule("no action");

/** An API token, without its secret. The server may read all columns, and may write only the time of the last use. */
const ApiTokenEntity = defineEntity({
  name: "ApiToken",
  tableName: "api_tokens",
  properties: {
    id: p.uuid().primary(),
    name: p.text(),
    /** The first 8 bytes of the hash, for the index. The other bytes are compared in constant time. */
    hashPrefix: p.blob().index("idx_api_tokens_hash"),
    /** SHA-256 of the token's text. */
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
 * The idempotency key of a caller and the stored job. A token that is bound to projects has a separate namespace:
 * without it, a conflict would reveal that another caller has stored a job. The table is separate and has no foreign
 * key, because in a distributed PostgreSQL every key of `jobs` has to contain the shard key (docs/adr/0002-storage.md).
 */
const IdempotencyKeyEntity = defineEntity({
  name: "IdempotencyKey",
  tableName: "idempotency_keys",
  properties: {
    /** The project of the job, if the token is bound to projects; otherwise ''. */
    namespace: p.text().primary().default(""),
    key: p.text().primary(),
    jobId: p.uuid().index("idx_idempotency_keys_job"),
    /** SHA-256 of the request. The hash distinguishes a retry from another estimate with the same key. */
    requestHash: p.blob(),
    createdAt: timestamp().defaultRaw("clock_timestamp()"),
  },
});

/**
 * An entry of the hash chain: the seal of a job, the seal of a record in job_exclusions, or the tombstone of a job that
 * retention has removed. Entries are only added. Each entry contains a hash of itself and of the entry before it.
 */
const SealEntity = defineEntity({
  name: "Seal",
  tableName: "seals",
  properties: {
    /** The position in the chain, from 1, without gaps. */
    position: p.integer().primary().autoincrement(false),
    kind: p.text(),
    /** No foreign key: the entry outlives the job. */
    jobId: p.uuid(),
    /** The number of the record in job_exclusions; 0: the entry is of the job itself. */
    number: p.integer().default(0),
    /** The creation time of the job or of the record. */
    jobCreatedAt: timestamp(),
    /** The number of the canonical form (FORMS in integrity/content-hash.sql.ts, integrity/exclusion-seals.sql.ts). */
    form: p.integer(),
    /** SHA-256 of the canonical form of the job or of the record. The tombstone has the hash of the job. */
    contentHash: p.blob(),
    /** The latest `job_created_at` of all entries up to this entry. */
    newestCreatedAt: timestamp(),
    sealedAt: timestamp(),
    /** SHA-256 of the entry and of the previous entry's `entry_hash` (entryHash in integrity/chain.ts). */
    entryHash: p.blob(),
  },
  checks: [
    { name: "seals_kind_known", expression: "kind in ('SEALED', 'PURGED', 'EXCLUSION')" },
    { name: "seals_number_of_exclusion", expression: "(kind = 'EXCLUSION') = (number > 0) and number >= 0" },
  ],
  uniques: [{ name: "seals_job_id_kind_number_unique", properties: ["jobId", "kind", "number"] }],
});

/**
 * A resource of a stored estimate. The primary key contains the rank by cost within the job: 0 is the highest cost,
 * unknown costs are last. Estimates never change, so the rank is computed when the estimate is stored. A page of
 * resources of any job is a range of the primary key.
 */
const CostResultEntity = defineEntity({
  name: "CostResult",
  tableName: "cost_results",
  properties: {
    jobId: p.uuid().primary(),
    costRank: p.integer().primary().autoincrement(false),
    /** The index of the resource in the estimate that the client sent, from 0. */
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
    shardKey: shardKey(),
    job: jobOfPart,
  },
  indexes: [{ name: "idx_cost_results_cost", properties: ["totalMonthlyCost"] }],
});

/** A stored estimate. storeEstimate writes the row once; the row never changes. */
const JobEntity = defineEntity({
  name: "Job",
  tableName: "jobs",
  properties: {
    /** A UUID of version 8 (estimates/job-id.ts), or of version 7 in older jobs. */
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
    /** As the client stated it; null: the job was stored before the column existed. */
    statedComplete: p.boolean().nullable(),
    unsupportedResourceCount: p.integer().nullable(),
    /** As the client stated it; null: not stated. */
    statedDefaultBranch: p.boolean().nullable(),
    runId: p.text().nullable(),
    runUrl: p.text().nullable(),
    commitUrl: p.text().nullable(),
    committedAt: timestamp().nullable(),
    commitMessage: p.text().nullable(),
    commitAuthor: p.text().nullable(),
    pullRequestTitle: p.text().nullable(),
    targetBranch: p.text().nullable(),
    /** The time in the order of a series: an estimate that was stored later belongs to the time of its plan. */
    effectiveAt: timestamp().generated(`(${DERIVED.effectiveAt}) stored`),
    isComplete: p.boolean().generated(`(${DERIVED.isComplete}) stored`),
    isDefaultBranch: p.boolean().generated(`(${DERIVED.isDefaultBranch}) stored`),
    shardKey: shardKey(),
  },
  checks: [{ name: "jobs_profile_known", expression: "profile in ('DEV', 'STAGING', 'PROD')" }],
  indexes: [
    // The first index is for the list of jobs, newest or oldest first. The indexes of the filters have the same order
    // after their first column.
    { name: "idx_jobs_created", properties: ["createdAt", "id"] },
    { name: "idx_jobs_total", properties: ["totalMonthlyCost", "id"] },
    { name: "idx_jobs_user", properties: ["userId", "createdAt", "id"] },
    { name: "idx_jobs_project", properties: ["project", "createdAt", "id"] },
    { name: "idx_jobs_branch", properties: ["branch", "createdAt", "id"] },
    { name: "idx_jobs_profile", properties: ["profile", "createdAt", "id"] },
    { name: "idx_jobs_plan", properties: ["terraformPlanHash", "createdAt", "id"] },
    { name: "idx_jobs_currency", properties: ["currency", "createdAt", "id"] },
    { name: "idx_jobs_default_branch", properties: ["isDefaultBranch", "createdAt", "id"] },
    // Most jobs are complete: without an index, PostgreSQL soon finds a page of them.
    {
      name: "idx_jobs_incomplete",
      expression: "create index idx_jobs_incomplete on jobs (created_at, id) where not is_complete",
    },
    // Many jobs have no commit, no pull request or no run.
    {
      name: "idx_jobs_commit",
      expression:
        "create index idx_jobs_commit on jobs (commit_sha, created_at, id) where commit_sha is not null",
    },
    // A URL can be longer than a row of a B-tree index. A pull request has few jobs to sort.
    {
      name: "idx_jobs_pull_request",
      expression: "create index idx_jobs_pull_request on jobs using hash (pull_request_url)",
    },
    {
      name: "idx_jobs_run",
      expression: "create index idx_jobs_run on jobs (run_id, created_at, id) where run_id is not null",
    },
    // For the beginning of a name, whatever the collation of the database.
    {
      name: "idx_jobs_project_prefix",
      expression: 'create index idx_jobs_project_prefix on jobs (project collate "C")',
    },
    // Without a list of pending entries, which each search would read.
    {
      name: "idx_jobs_labels",
      expression: "create index idx_jobs_labels on jobs using gin (labels) with (fastupdate = off)",
    },
    { name: "idx_jobs_effective", properties: ["effectiveAt", "id"] },
    { name: "idx_jobs_project_effective", properties: ["project", "effectiveAt", "id"] },
    // For the jobs of a series (jobs/series.sql.ts). A name is never empty, so '' means "none".
    {
      name: "idx_jobs_series",
      expression:
        "create index idx_jobs_series on jobs (project, coalesce(branch, ''), coalesce(profile, ''), currency, effective_at, id) where project is not null and is_complete and (branch is not null or is_default_branch)",
    },
    // For searches (search/search-jobs.sql.ts). Pending entries make a store cheaper, and each search reads them.
    {
      name: "idx_jobs_search_prefix",
      expression: `create index idx_jobs_search_prefix on jobs using gin (${SEARCH_TEXTS.beginnings}) with (gin_pending_list_limit = 256)`,
    },
    // Only where the database has pg_trgm.
    {
      name: "idx_jobs_search",
      expression: `create index idx_jobs_search on jobs using gin (${SEARCH_TEXTS.joined} gin_trgm_ops) with (gin_pending_list_limit = 1024)`,
    },
    // For the current jobs of the default branch (jobs/current-jobs.sql.ts). A branch that is renamed stays the same.
    {
      name: "idx_jobs_current",
      expression:
        "create index idx_jobs_current on jobs (project, coalesce(profile, ''), currency, effective_at, id) where project is not null and is_complete and is_default_branch",
    },
  ],
});

/**
 * A decision about a stored job: the exclusion from its series, or the end of the exclusion. The last record of a job
 * applies. Records are only added.
 */
const JobExclusionEntity = defineEntity({
  name: "JobExclusion",
  tableName: "job_exclusions",
  properties: {
    jobId: p.uuid().primary(),
    /** The number of the record within its job, from 1. */
    number: p.integer().primary().autoincrement(false),
    isExcluded: p.boolean(),
    /** null: the end of an exclusion, without a reason. */
    reason: p.text().nullable(),
    /** The user of the token; null: the token names no user, or AUTH=none. */
    userId: p.text().nullable(),
    createdAt: timestamp().defaultRaw("clock_timestamp()"),
    shardKey: shardKey(),
    job: jobOfPart,
  },
  checks: [
    { name: "job_exclusions_reason_given", expression: "reason is not null or not is_excluded" },
    { name: "job_exclusions_number_positive", expression: "number > 0" },
  ],
  indexes: [
    // For the records without a seal (integrity/exclusion-seals.sql.ts).
    { name: "idx_job_exclusions_created", properties: ["createdAt", "jobId", "number"] },
  ],
});

/** The costs of a region in a stored estimate. */
const RegionCostEntity = defineEntity({
  name: "RegionCost",
  tableName: "region_costs",
  properties: {
    jobId: p.uuid().primary(),
    region: p.text().primary(),
    totalMonthlyCost: numeric(),
    resourceCount: p.integer(),
    unpricedResourceCount: p.integer(),
    /** A list of { service, totalMonthlyCost, resourceCount }, with the amounts as text. */
    services: p.json(),
    shardKey: shardKey(),
    job: jobOfPart,
  },
});

/** The costs of a service in a stored estimate. */
const ServiceCostEntity = defineEntity({
  name: "ServiceCost",
  tableName: "service_costs",
  properties: {
    jobId: p.uuid().primary(),
    service: p.text().primary(),
    totalMonthlyCost: numeric(),
    resourceCount: p.integer(),
    unpricedResourceCount: p.integer(),
    shardKey: shardKey(),
    job: jobOfPart,
  },
});

/**
 * A run of `results-storage purge`, with its author and its rule. The row is written before the first job is deleted.
 */
const PurgeEntity = defineEntity({
  name: "Purge",
  tableName: "purges",
  properties: {
    /** UUIDv7. */
    id: p.uuid().primary(),
    startedAt: timestamp().defaultRaw("clock_timestamp()"),
    /** The PostgreSQL login. The database writes the value, because the retention role may not set another value. */
    databaseLogin: p.text().defaultRaw("SESSION_USER"),
    /**
     * The person or the job that requested the purge: the value of `--by`; by default, the account of the operating
     * system.
     */
    askedBy: p.text(),
    /** The requested age, in days. */
    olderThanDays: p.integer(),
    /** The purge applies to jobs that were stored before this time. */
    createdBefore: timestamp(),
    /** The number of newest jobs of each series that the purge keeps; null: the purge keeps no job for this reason. */
    keepLatest: p.integer().nullable(),
    /** The project whose jobs the purge deletes; null: jobs of every project, and jobs without a project. */
    project: p.text().nullable(),
  },
});

/** A job that retention has removed. Only the trigger of the job's DELETE writes the row. */
const PurgedJobEntity = defineEntity({
  name: "PurgedJob",
  tableName: "purged_jobs",
  properties: {
    /** No foreign key: the job is deleted. */
    jobId: p.uuid().primary(),
    purge: () =>
      p.manyToOne(PurgeEntity).deleteRule("no action").updateRule("no action").index("idx_purged_jobs_purge"),
    project: p.text().nullable(),
    /** The time at which the job was stored. */
    createdAt: timestamp(),
    purgedAt: timestamp().defaultRaw("clock_timestamp()"),
    shardKey: shardKey(),
  },
});

/** All tables of the database. */
export const entities = [
  JobEntity,
  CostResultEntity,
  ServiceCostEntity,
  RegionCostEntity,
  JobExclusionEntity,
  IdempotencyKeyEntity,
  PurgeEntity,
  PurgedJobEntity,
  SealEntity,
  ApiTokenEntity,
];
