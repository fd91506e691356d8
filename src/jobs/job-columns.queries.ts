import { sql } from "../database/sql.ts";

/** The columns of `jobs`, under the names of the Job type. */
export const jobColumns = sql`
  jobs.id, jobs.created_at as "createdAt", jobs.estimated_at as "estimatedAt", jobs.user_id as "userId",
  jobs.project, jobs.branch, jobs.commit_sha as "commitSha", jobs.pull_request_url as "pullRequestUrl",
  jobs.profile, jobs.estimator, jobs.terraform_plan_hash as "terraformPlanHash",
  jobs.schema_version as "schemaVersion", jobs.currency, jobs.total_monthly_cost as "totalMonthlyCost",
  jobs.confidence_score as "confidenceScore", jobs.resource_count as "resourceCount",
  jobs.unpriced_resource_count as "unpricedResourceCount", jobs.labels, jobs.warnings`;
