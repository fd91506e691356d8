import DataLoader from "dataloader";
import type { Database } from "../database/database.ts";
import { rows, type Sql, sql } from "../database/sql.ts";
import { jsonColumn, numberColumn, textColumn } from "../database/text-rows.ts";
import type { Job, RegionCost, ServiceCost } from "./job.types.ts";
import { type SelectedJob, selectedColumns } from "./job-columns.queries.ts";
import { createJobPart, type JobPart } from "./job-part.loader.ts";
import { type JobSelection, keepParts } from "./job-selection.ts";

/** Jobs by id; null where there is none. */
export function createJobLoader(db: Database, selection: JobSelection): DataLoader<string, Job | null> {
  return new DataLoader(async (ids) => {
    const found = await rows(
      db,
      sql<SelectedJob>`/* jobs.byId */ /* prepared */
      select ${selectedColumns(selection)}
      from jobs
      where ${oneOf(ids)}
      order by jobs.id`,
      { namedJobs: ids.length },
    );
    keepParts(selection, found);
    const byId = new Map(found.map((job) => [job.id, job]));
    return ids.map((id) => byId.get(id) ?? null);
  });
}

/**
 * Of a list PostgreSQL expects ten ids, one in hand or not, so it would plan for a single one each time, which takes it
 * twice as long as reading the job with 50 resources.
 */
function oneOf(ids: readonly string[]): Sql<boolean> {
  return ids.length === 1 ? sql`jobs.id = ${ids[0]}::uuid` : sql`jobs.id = any(${ids}::uuid[])`;
}

const TOTALS = {
  totalMonthlyCost: textColumn("total_monthly_cost"),
  resourceCount: numberColumn("resource_count"),
  unpricedResourceCount: numberColumn("unpriced_resource_count"),
};

/** What each service costs in a job, highest first. */
export function createServicesPart(db: Database): JobPart<ServiceCost> {
  return createJobPart<ServiceCost>(db, {
    key: "services",
    name: "jobs.services",
    columns: { service: textColumn("service"), ...TOTALS },
    from: sql`service_costs where job_id = jobs.id order by total_monthly_cost desc, service collate "C"`,
  });
}

/**
 * What each region costs in a job, highest first.
 * @param withServices whether each holds what the services cost there, which is most of its bytes.
 */
export function createRegionsPart(db: Database, withServices: boolean): JobPart<RegionCost> {
  const regions = { region: textColumn("region"), ...TOTALS };
  return createJobPart<RegionCost>(db, {
    key: withServices ? "regions with services" : "regions",
    name: "jobs.regions",
    columns: withServices ? { ...regions, services: jsonColumn("services") } : regions,
    from: sql`region_costs where job_id = jobs.id order by total_monthly_cost desc, region collate "C"`,
  });
}
