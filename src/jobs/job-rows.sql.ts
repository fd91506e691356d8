import DataLoader from "dataloader";
import * as z from "zod";
import { columnsOf, selectList } from "../database/columns.ts";
import type { Database } from "../database/database.ts";
import { andAll, firstRow, ifDefined, rows, type Sql, sql } from "../database/sql.ts";
import { jsonColumn, numberColumn, type TextRow, textColumn } from "../database/text-rows.ts";
import { type Cursor, decodeCursor, type Page, type PageOf, pageOfRows } from "../lib/page.ts";
import { requireStorable } from "../lib/text.ts";
import type { Job, JobFilter, JobOrder, RegionCost, ServiceCost } from "./job.graphql.ts";
import { createJobPart, type JobPart } from "./job-parts.sql.ts";
import { isMember, isSameSeries } from "./series.sql.ts";

/** The fields and the parts of jobs that one statement reads. */
export interface JobSelection {
  readonly fields: ReadonlySet<string>;
  readonly parts: readonly JobPart<unknown>[];
}

/** The default and the maximum number of jobs of a page. */
export const JOB_PAGE = { default: 20, maximum: 100 };

/** The position of a job in a list of this order. */
export function jobCursor(order: JobOrder, job: Job): Cursor {
  return [order, byCreation(order) ? job.createdAt.toISOString() : job.totalMonthlyCost, job.id];
}

/**
 * One page of the jobs that match the filter, with the fields and the parts of the selection. At any position of the
 * list, the statement reads only the rows of the page.
 * @throws BadUserInput for a cursor of another list, or a filter with text that PostgreSQL cannot store.
 */
export async function listJobs(
  db: Database,
  filter: JobFilter,
  order: JobOrder,
  page: Page,
  selection: JobSelection,
): Promise<PageOf<Job>> {
  const descending = order.endsWith("DESC") !== page.backward;
  const key = byCreation(order) ? sql`jobs.created_at` : sql`jobs.total_monthly_cost`;
  const direction = descending ? sql`desc` : sql`asc`;
  const afterOperator = order.endsWith("DESC") ? "<" : ">";
  const beforeOperator = order.endsWith("DESC") ? ">" : "<";
  const condition = andAll([
    jobCondition(filter),
    page.after === undefined ? undefined : cursorCondition("after", page.after, order, afterOperator),
    page.before === undefined ? undefined : cursorCondition("before", page.before, order, beforeOperator),
  ]);
  const read = await rows(
    db,
    { name: "jobs.list", prepared: true, dependsOn: "jobs" },
    sql<SelectedJob>`
    select ${selectedColumns(selection)}
    from jobs
    where ${condition}
    order by ${key} ${direction}, jobs.id ${direction}
    limit ${sql.lit(page.size + 1)}`,
  );
  primeParts(selection, read);
  return pageOfRows(page, read);
}

/**
 * The number of jobs that match the filter.
 * @throws BadUserInput for a filter with text that PostgreSQL cannot store.
 */
export async function countJobs(db: Database, filter: JobFilter): Promise<number> {
  const row = await firstRow(
    db,
    { name: "jobs.count" },
    sql<{ count: number }>`select count(*) from jobs where ${jobCondition(filter)}`,
  );
  return row?.count ?? 0;
}

const CreatedAtCursor = z.tuple([z.iso.datetime(), z.uuid()]);
const TotalCursor = z.tuple([z.string().regex(/^-?\d{1,20}(\.\d{1,30})?$/), z.uuid()]);

function cursorCondition(path: string, text: string, order: JobOrder, operator: "<" | ">"): Sql<boolean> {
  const [value, id] = decodeCursor<[string, string]>(
    path,
    text,
    order,
    byCreation(order) ? CreatedAtCursor : TotalCursor,
  );
  const compare = sql.raw(operator);
  return byCreation(order)
    ? sql`(jobs.created_at, jobs.id) ${compare} (${value}::timestamptz, ${id}::uuid)`
    : sql`(jobs.total_monthly_cost, jobs.id) ${compare} (${value}::numeric, ${id}::uuid)`;
}

function byCreation(order: JobOrder): boolean {
  return order.startsWith("CREATED_AT");
}

/**
 * The filter as a condition on `jobs` for a WHERE clause.
 * @throws BadUserInput for a filter with text that PostgreSQL cannot store.
 */
export function jobCondition(filter: JobFilter): Sql<boolean> {
  requireStorable("filter", {
    userId: filter.userId,
    project: filter.project,
    branch: filter.branch,
    terraformPlanHash: filter.terraformPlanHash,
  });
  const { userId, project, branch, profile, terraformPlanHash, currency } = filter;
  const { createdFrom, createdBefore, minTotalMonthlyCost, maxTotalMonthlyCost } = filter;
  return andAll([
    ifDefined(userId, () => sql`jobs.user_id = ${userId}`),
    ifDefined(project, () => sql`jobs.project = ${project}`),
    ifDefined(branch, () => sql`jobs.branch = ${branch}`),
    ifDefined(profile, () => sql`jobs.profile = ${profile}`),
    ifDefined(terraformPlanHash, () => sql`jobs.terraform_plan_hash = ${terraformPlanHash}`),
    ifDefined(currency, () => sql`jobs.currency = ${currency}`),
    ifDefined(createdFrom, () => sql`jobs.created_at >= ${createdFrom}`),
    ifDefined(createdBefore, () => sql`jobs.created_at < ${createdBefore}`),
    ifDefined(minTotalMonthlyCost, () => sql`jobs.total_monthly_cost >= ${minTotalMonthlyCost}::numeric`),
    ifDefined(maxTotalMonthlyCost, () => sql`jobs.total_monthly_cost <= ${maxTotalMonthlyCost}::numeric`),
  ]);
}

const columns: Readonly<Record<keyof Job, string>> = columnsOf("jobs");

/** The fields that cursors, pages and field resolvers need. These fields are always read. */
const ALWAYS: ReadonlySet<string> = new Set([
  "id",
  "createdAt",
  "currency",
  "totalMonthlyCost",
  "resourceCount",
]);

/** The columns of `jobs`, under the names of the Job type. */
const jobColumns = selectList("jobs", columns);

/** A row of a statement with `selectedColumns`: a job with the requested fields and parts. */
type SelectedJob = Job & { readonly parts: readonly (readonly TextRow[])[] };

/** The selection of a whole job: all columns and no parts. */
export const WHOLE_JOB: JobSelection = { fields: new Set(Object.keys(columns)), parts: [] };

/** The requested columns, the columns that are always read, and the parts, in their order. */
function selectedColumns({ fields, parts }: JobSelection): Sql<SelectedJob> {
  const chosen = Object.entries(columns).filter(([name]) => ALWAYS.has(name) || fields.has(name));
  return sql`${selectList("jobs", Object.fromEntries(chosen))}, json_build_array(${sql.join(parts.map((part) => part.sql))}) as parts`;
}

/**
 * The previous member of the series of a job (series.sql.ts); null for the first member, and for a job that is not a
 * member. Each look-up is one step in idx_jobs_series.
 */
export function createPreviousLoader(db: Database): DataLoader<string, Job | null> {
  return new DataLoader(async (ids) => {
    const found = await rows(
      db,
      { name: "jobs.previous", prepared: true, dependsOn: "jobs" },
      sql<Job & { followerId: string }>`
      select follower.id as "followerId", previous.*
      from jobs as follower
      cross join lateral (
        select ${jobColumns}
        from jobs
        where ${isSameSeries("jobs", "follower")} and ${isMember("jobs")}
          and (jobs.effective_at, jobs.id) < (follower.effective_at, follower.id)
        order by jobs.effective_at desc, jobs.id desc
        limit 1
      ) as previous
      where follower.id = any(${ids}::uuid[]) and ${isMember("follower")}
      order by follower.id`,
    );
    const byFollower = new Map(found.map((job) => [job.followerId, job]));
    return ids.map((id) => byFollower.get(id) ?? null);
  });
}

/** Jobs by id; null: the job does not exist. */
export function createJobLoader(db: Database, selection: JobSelection): DataLoader<string, Job | null> {
  return new DataLoader(async (ids) => {
    const found = await rows(
      db,
      { name: "jobs.byId", prepared: true, dependsOn: { namedJobs: ids.length } },
      sql<SelectedJob>`
      select ${selectedColumns(selection)}
      from jobs
      where ${oneOf(ids)}
      order by jobs.id`,
    );
    primeParts(selection, found);
    const byId = new Map(found.map((job) => [job.id, job]));
    return ids.map((id) => byId.get(id) ?? null);
  });
}

/**
 * The condition for jobs by id. PostgreSQL estimates ten ids for an array of any length. With an array of one id, it
 * would plan each execution again, which takes twice as long as reading the job with 50 resources.
 */
function oneOf(ids: readonly string[]): Sql<boolean> {
  return ids.length === 1 ? sql`jobs.id = ${ids[0]}::uuid` : sql`jobs.id = any(${ids}::uuid[])`;
}

const TOTALS = {
  totalMonthlyCost: textColumn("total_monthly_cost"),
  resourceCount: numberColumn("resource_count"),
  unpricedResourceCount: numberColumn("unpriced_resource_count"),
};

/** The cost of each service of a job per month, highest cost first. */
export function createServicesPart(db: Database): JobPart<ServiceCost> {
  return createJobPart<ServiceCost>(db, {
    key: "services",
    name: "jobs.services",
    columns: { service: textColumn("service"), ...TOTALS },
    from: sql`service_costs where job_id = jobs.id order by total_monthly_cost desc, service collate "C"`,
  });
}

/**
 * The cost of each region of a job per month, highest cost first.
 * @param withServices whether each region includes the costs of its services, which are most of the bytes of a region.
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

/** Stores the parts that were read with jobs in their loaders. */
function primeParts({ parts }: JobSelection, jobs: readonly SelectedJob[]): void {
  for (const job of jobs) for (const [i, part] of parts.entries()) part.bring(job.id, job.parts[i] ?? []);
}
