import DataLoader from "dataloader";
import * as z from "zod";
import { allOf, given } from "../database/condition.ts";
import type { Database } from "../database/database.ts";
import { rows, type Sql, sql } from "../database/sql.ts";
import { type Cursor, decodeCursor } from "../pagination/cursor.ts";
import type { Page } from "../pagination/page.ts";
import { requireStorable } from "../text.ts";
import type { CostResult } from "./cost-result.types.ts";
import { createJobPart, type JobPart } from "./job-part.loader.ts";
import { requestedResourceColumns } from "./resource-columns.queries.ts";

/** Which resources of a job; all conditions have to hold. */
export interface ResourceFilter {
  readonly service?: string | null;
  readonly region?: string | null;
  readonly resourceType?: string | null;
  readonly minMonthlyCost?: string | null;
  readonly search?: string | null;
}

/** Where a resource stands among its job's, highest cost first. */
export function resourceCursor({ costRank }: CostResult): Cursor {
  return [ORDER, String(costRank)];
}

/**
 * One page of a job's resources, highest cost first, in the order in which it is read, and one resource more if more
 * follow. The order is the primary key's, so that each job's page is read from where it begins and no further.
 * @param requested the fields that the resources are asked for; others are not there.
 */
export function createResourcePagePart(
  db: Database,
  page: Page,
  filter: ResourceFilter,
  requested: ReadonlySet<string>,
  key: string,
): JobPart<CostResult> {
  const direction = page.backward ? sql`desc` : sql`asc`;
  return createJobPart<CostResult>(db, {
    key,
    name: "jobs.resources",
    columns: requestedResourceColumns(requested),
    from: sql`cost_results
      where cost_results.job_id = jobs.id and ${allOf([resourceCondition(filter), rankBounds(page)])}
      order by cost_rank ${direction}
      limit ${sql.lit(page.size + 1)}`,
  });
}

/** How many resources of each job match the filter, by job id. */
export function createResourceCountLoader(db: Database, filter: ResourceFilter): DataLoader<string, number> {
  return new DataLoader(async (jobIds) => {
    const counts = await rows(
      db,
      sql<{ jobId: string; count: number }>`/* jobs.resourceCounts */
      select job_id as "jobId", count(*)
      from cost_results
      where job_id = any(${jobIds}::uuid[]) and ${resourceCondition(filter)}
      group by job_id`,
      "belonging",
    );
    const byJob = new Map(counts.map(({ jobId, count }) => [jobId, count]));
    return jobIds.map((jobId) => byJob.get(jobId) ?? 0);
  });
}

const ORDER = "COST_DESC";

function resourceCondition(filter: ResourceFilter): Sql<boolean> {
  const { service, region, resourceType, minMonthlyCost, search } = filter;
  requireStorable("filter", { service, region, resourceType, search });
  return allOf([
    given(service, () => sql`service = ${service}`),
    given(region, () => sql`region = ${region}`),
    given(resourceType, () => sql`resource_type = ${resourceType}`),
    given(minMonthlyCost, () => sql`total_monthly_cost >= ${minMonthlyCost}::numeric`),
    given(search, () => sql`position(lower(${search}) in lower(resource_id)) > 0`),
  ]);
}

const RankCursor = z.tuple([z.string().regex(/^\d{1,9}$/)]);

function rankBounds({ after, before }: Page): Sql<boolean> {
  return allOf([
    given(after, () => sql`cost_rank > ${rankIn("after", after)}`),
    given(before, () => sql`cost_rank < ${rankIn("before", before)}`),
  ]);
}

function rankIn(path: string, cursor = ""): number {
  const [rank] = decodeCursor<[string]>(path, cursor, ORDER, RankCursor);
  return Number(rank);
}
