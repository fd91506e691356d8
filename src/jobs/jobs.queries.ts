import * as z from "zod";
import { allOf } from "../database/condition.ts";
import type { Database } from "../database/database.ts";
import { firstRow, rows, type Sql, sql } from "../database/sql.ts";
import { type Cursor, decodeCursor } from "../pagination/cursor.ts";
import { type Page, type PageOf, pageOfRows } from "../pagination/page.ts";
import type { Job } from "./job.types.ts";
import { type SelectedJob, selectedColumns } from "./job-columns.queries.ts";
import { type JobFilter, jobCondition } from "./job-filter.queries.ts";
import { type JobSelection, keepParts } from "./job-selection.ts";

/** The orders in which jobs can be listed; the id breaks ties, in the same direction. */
export type JobOrder =
  | "CREATED_AT_DESC"
  | "CREATED_AT_ASC"
  | "TOTAL_MONTHLY_COST_DESC"
  | "TOTAL_MONTHLY_COST_ASC";

/** How many jobs a page has, unless asked otherwise and at the most. */
export const JOB_PAGE = { usual: 20, maximum: 100 };

/** Where a job stands in an order. */
export function jobCursor(order: JobOrder, job: Job): Cursor {
  return [order, byCreation(order) ? job.createdAt.toISOString() : job.totalMonthlyCost, job.id];
}

/**
 * One page of the jobs that match the filter, with the fields and the parts of the selection. Reads as many rows as the page has, however
 * far into the list it is.
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
  const onwards = order.endsWith("DESC") ? "<" : ">";
  const back = order.endsWith("DESC") ? ">" : "<";
  const condition = allOf([
    jobCondition(filter),
    page.after === undefined ? undefined : beyond("after", page.after, order, onwards),
    page.before === undefined ? undefined : beyond("before", page.before, order, back),
  ]);
  const read = await rows(
    db,
    sql<SelectedJob>`/* jobs.list */ /* prepared */
    select ${selectedColumns(selection)}
    from jobs
    where ${condition}
    order by ${key} ${direction}, jobs.id ${direction}
    limit ${sql.lit(page.size + 1)}`,
    "jobs",
  );
  keepParts(selection, read);
  return pageOfRows(page, read);
}

/** How many jobs match the filter. */
export async function countJobs(db: Database, filter: JobFilter): Promise<number> {
  const row = await firstRow(
    db,
    sql<{ count: number }>`/* jobs.count */ select count(*) from jobs where ${jobCondition(filter)}`,
  );
  return row?.count ?? 0;
}

const CreatedAtCursor = z.tuple([z.iso.datetime(), z.uuid()]);
const TotalCursor = z.tuple([z.string().regex(/^-?\d{1,20}(\.\d{1,30})?$/), z.uuid()]);

function beyond(path: string, text: string, order: JobOrder, operator: "<" | ">"): Sql<boolean> {
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
