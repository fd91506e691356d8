import { defineEntity, p } from "@mikro-orm/core";
import { numeric, timestamp } from "../database/columns.ts";

/** One stored estimate. Written once by storeEstimate, never changed. */
export const JobEntity = defineEntity({
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
