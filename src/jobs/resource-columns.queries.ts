import { sql } from "../database/sql.ts";

/** The columns of `cost_results`, under the names of the CostResult type. */
export const resourceColumns = sql`
  job_id as "jobId", cost_rank as "costRank", job_id || ':' || cost_rank as id, resource_id as "resourceId",
  resource_type as "resourceType", service, region, total_monthly_cost as "totalMonthlyCost",
  compute_cost as "computeCost", storage_cost as "storageCost", network_cost as "networkCost",
  other_cost as "otherCost", confidence_score as "confidenceScore", cost_drivers as "costDrivers",
  assumptions, tags`;
