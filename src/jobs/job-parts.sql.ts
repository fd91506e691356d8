import DataLoader from "dataloader";
import type { Database } from "../database/database.ts";
import { rows, type Sql, sql } from "../database/sql.ts";
import type { Page } from "../lib/page.ts";
import type { CostResult, RegionCost, ResourceFilter, ServiceCost } from "./job.graphql.ts";
import {
  REGION_ORDER,
  regionColumns,
  resourceColumns,
  resourceRows,
  SERVICE_ORDER,
  serviceColumns,
} from "./job-fields.sql.ts";
import { resourceCondition, resourcesOf } from "./job-resources.sql.ts";

/** Lists of rows that belong to jobs, by job id. One statement reads the rows of many jobs. */
export type PartLoader<Row> = DataLoader<string, Row[]>;

/** @param part the statement that returns the rows for `jobs.id`, with their `jobId` and in their order. */
function createPartLoader<Row>(db: Database, name: string, part: Sql<unknown>): PartLoader<Row> {
  return new DataLoader(async (ids) => {
    const found = await rows(
      db,
      { name, prepared: true, dependsOn: "child" },
      sql<Row & { jobId: string }>`
      select part.* from unnest(${ids}::uuid[]) as jobs (id) cross join lateral (${part}) as part`,
    );
    const byJob = Map.groupBy(found, ({ jobId }) => jobId);
    return ids.map((id) => byJob.get(id) ?? []);
  });
}

/** The cost of each service of a job per month, highest cost first. */
export function createServicesLoader(db: Database): PartLoader<ServiceCost> {
  return createPartLoader(
    db,
    "jobs.services",
    sql`select ${serviceColumns} from service_costs where job_id = jobs.id order by ${SERVICE_ORDER}`,
  );
}

/** The cost of each region of a job per month, with its services, highest cost first. */
export function createRegionsLoader(db: Database): PartLoader<RegionCost> {
  return createPartLoader(
    db,
    "jobs.regions",
    sql`select ${regionColumns} from region_costs where job_id = jobs.id order by ${REGION_ORDER}`,
  );
}

/**
 * One page of the resources of each job, and one more resource if the list continues.
 * @param requested the requested fields of a resource. The other fields are absent.
 * @throws BadUserInput for a cursor of another list, or a filter with text that PostgreSQL cannot store.
 */
export function createResourcePageLoader(
  db: Database,
  page: Page,
  filter: ResourceFilter,
  requested: ReadonlySet<string>,
): PartLoader<CostResult> {
  return createPartLoader(
    db,
    "jobs.resources",
    sql`select ${resourceRows(requested)} from ${resourcesOf(page, filter, page.size + 1)}`,
  );
}

/**
 * The number of resources of each job that match the filter, by job id.
 * @throws BadUserInput (from `load`) for a filter with text that PostgreSQL cannot store.
 */
export function createResourceCountLoader(db: Database, filter: ResourceFilter): DataLoader<string, number> {
  return new DataLoader(async (jobIds) => {
    const counts = await rows(
      db,
      { name: "jobs.resourceCounts", dependsOn: "child" },
      sql<{ jobId: string; count: number }>`
      select job_id as "jobId", count(*)
      from cost_results
      where job_id = any(${jobIds}::uuid[]) and ${resourceCondition(filter)}
      group by job_id`,
    );
    const byJob = new Map(counts.map(({ jobId, count }) => [jobId, count]));
    return jobIds.map((jobId) => byJob.get(jobId) ?? 0);
  });
}

/** The primary key of a resource: its job, and its position by cost, from 0. */
interface CostResultKey {
  readonly jobId: string;
  readonly costRank: number;
}

/** Single resources by their key; null: the resource does not exist. */
export function createCostResultLoader(db: Database): DataLoader<CostResultKey, CostResult | null, string> {
  const text = ({ jobId, costRank }: CostResultKey) => `${jobId}:${costRank}`;
  return new DataLoader(
    async (keys) => {
      const found = await rows(
        db,
        { name: "jobs.resourcesByKey", dependsOn: "child" },
        sql<CostResult>`
        select ${resourceColumns}
        from unnest(${keys.map(({ jobId }) => jobId)}::uuid[], ${keys.map(({ costRank }) => costRank)}::int[])
          as wanted (job_id, cost_rank)
        join cost_results using (job_id, cost_rank)`,
      );
      const byKey = new Map(found.map((row) => [text(row), row]));
      return keys.map((key) => byKey.get(text(key)) ?? null);
    },
    { cacheKeyFn: text },
  );
}
