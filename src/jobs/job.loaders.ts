import DataLoader from "dataloader";
import type { Database } from "../database/database.ts";
import { rows, type Sql, sql } from "../database/sql.ts";
import type { Job, RegionCost, ServiceCost } from "./job.types.ts";
import { jobColumns } from "./job-columns.queries.ts";

/** Jobs by id; null where there is none. */
export function createJobLoader(db: Database): DataLoader<string, Job | null> {
  return new DataLoader(async (ids) => {
    const found = await rows(
      db,
      sql<Job>`/* jobs.byId */ select ${jobColumns} from jobs where jobs.id = any(${ids}::uuid[])`,
    );
    const byId = new Map(found.map((job) => [job.id, job]));
    return ids.map((id) => byId.get(id) ?? null);
  });
}

/** What each service costs in a job, highest first. */
export function createServicesLoader(db: Database): DataLoader<string, ServiceCost[]> {
  return createChildLoader(
    db,
    (jobIds) => sql<ServiceCost>`/* jobs.services */
    select job_id as "jobId", service, total_monthly_cost as "totalMonthlyCost",
      resource_count as "resourceCount", unpriced_resource_count as "unpricedResourceCount"
    from service_costs
    where job_id = any(${jobIds}::uuid[])
    order by job_id, total_monthly_cost desc, service collate "C"`,
  );
}

/** What each region costs in a job, highest first. */
export function createRegionsLoader(db: Database): DataLoader<string, RegionCost[]> {
  return createChildLoader(
    db,
    (jobIds) => sql<RegionCost>`/* jobs.regions */
    select job_id as "jobId", region, total_monthly_cost as "totalMonthlyCost",
      resource_count as "resourceCount", unpriced_resource_count as "unpricedResourceCount", services
    from region_costs
    where job_id = any(${jobIds}::uuid[])
    order by job_id, total_monthly_cost desc, region collate "C"`,
  );
}

/** A loader of the rows that belong to a job, in the order of the statement, which reads them for many jobs. */
function createChildLoader<Row extends { jobId: string }>(
  db: Database,
  statement: (jobIds: readonly string[]) => Sql<Row>,
): DataLoader<string, Row[]> {
  return new DataLoader(async (jobIds) => {
    const byJob = Map.groupBy(await rows(db, statement(jobIds)), ({ jobId }) => jobId);
    return jobIds.map((jobId) => byJob.get(jobId) ?? []);
  });
}
