import DataLoader from "dataloader";
import * as z from "zod";
import type { Database } from "../database/database.ts";
import { concatenated, fieldsOfRow, parseWrittenJson, type Wanted } from "../database/json-text.ts";
import { andAll, firstRow, rows, type Sql, sql } from "../database/sql.ts";
import { type Cursor, decodeCursor, type Page, type PageOf, pageOfRows } from "../lib/page.ts";
import type { CostResult, Job } from "./job.graphql.ts";
import { type JobColumns, type SelectedJob, wholeJob } from "./job-columns.sql.ts";
import { JOB, resourceColumns } from "./job-fields.sql.ts";
import type { JobFilter, JobOrder } from "./job-filter.graphql.ts";
import { jobCondition } from "./job-filter.sql.ts";
import { isMember, isSameSeries } from "./series.sql.ts";

/** The default and the maximum number of jobs of a page. */
export const JOB_PAGE = { default: 20, maximum: 100 };

/** The key of an order: its column, and its value in a cursor. */
interface OrderKey {
  readonly column: Sql<unknown>;
  readonly type: Sql<unknown>;
  readonly value: (job: Job) => string;
  readonly cursor: z.ZodType<[string, string]>;
}

const TimeCursor = z.tuple([z.iso.datetime(), z.uuid()]);
const TotalCursor = z.tuple([z.string().regex(/^-?\d{1,20}(\.\d{1,30})?$/), z.uuid()]);

const timeKey = (column: Sql<unknown>, name: "createdAt" | "effectiveAt"): OrderKey => ({
  column,
  type: sql`timestamptz`,
  value: (job) => job[name].toISOString(),
  cursor: TimeCursor,
});

const CREATED_AT = timeKey(sql`jobs.created_at`, "createdAt");
const EFFECTIVE_AT = timeKey(sql`jobs.effective_at`, "effectiveAt");
const TOTAL_MONTHLY_COST: OrderKey = {
  column: sql`jobs.total_monthly_cost`,
  type: sql`numeric`,
  value: (job) => job.totalMonthlyCost,
  cursor: TotalCursor,
};

const ORDER_KEYS: Readonly<Record<JobOrder, OrderKey>> = {
  CREATED_AT_DESC: CREATED_AT,
  CREATED_AT_ASC: CREATED_AT,
  EFFECTIVE_AT_DESC: EFFECTIVE_AT,
  EFFECTIVE_AT_ASC: EFFECTIVE_AT,
  TOTAL_MONTHLY_COST_DESC: TOTAL_MONTHLY_COST,
  TOTAL_MONTHLY_COST_ASC: TOTAL_MONTHLY_COST,
};

/** The position of a job in a list of this order. */
export function jobCursor(order: JobOrder, job: Job): Cursor {
  return [order, ORDER_KEYS[order].value(job), job.id];
}

/**
 * One page of the jobs that match the filter. At any position of the list, the statement reads only the rows of the
 * page.
 * @param columns the columns of the rows, with those of `jobCursor` if cursors are needed. Merged rows are one row.
 * @throws BadUserInput for a cursor of another list, or a filter with text that PostgreSQL cannot store.
 */
export async function listJobs(
  db: Database,
  filter: JobFilter,
  order: JobOrder,
  page: Page,
  { list, merged }: JobColumns,
): Promise<PageOf<SelectedJob>> {
  const descending = order.endsWith("DESC") !== page.backward;
  const direction = descending ? sql`desc` : sql`asc`;
  const afterOperator = order.endsWith("DESC") ? "<" : ">";
  const beforeOperator = order.endsWith("DESC") ? ">" : "<";
  const condition = andAll([
    jobCondition(filter),
    page.after === undefined ? undefined : cursorCondition("after", page.after, order, afterOperator),
    page.before === undefined ? undefined : cursorCondition("before", page.before, order, beforeOperator),
  ]);
  const jobs = sql<SelectedJob>`
    select ${list}
    from jobs
    where ${condition}
    order by ${ORDER_KEYS[order].column} ${direction}, jobs.id ${direction}
    limit ${sql.lit(page.size + (merged ? 0 : 1))}`;
  const read = await rows(
    db,
    { name: "jobs.list", prepared: !hasSkewedValues(filter), dependsOn: "jobs" },
    merged === undefined || page.backward
      ? jobs
      : sql<SelectedJob>`select ${merged} from (${jobs}) as page having count(*) > 0`,
  );
  return pageOfRows(page, read);
}

/**
 * Whether the best plan depends on the values of the filter: one job or all jobs may have a label, and the order of the
 * list is not that of these columns. For a prepared statement, PostgreSQL may choose one plan for all values.
 */
function hasSkewedValues(filter: JobFilter): boolean {
  const { projects, projectPrefix, labels, effectiveFrom, effectiveBefore } = filter;
  return [projects, projectPrefix, labels, effectiveFrom, effectiveBefore].some((value) => value != null);
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

function cursorCondition(path: string, text: string, order: JobOrder, operator: "<" | ">"): Sql<boolean> {
  const { column, type, cursor } = ORDER_KEYS[order];
  const [value, id] = decodeCursor(path, text, order, cursor);
  return sql`(${column}, jobs.id) ${sql.raw(operator)} (${value}::${type}, ${id}::uuid)`;
}

/** Values by an id. One statement reads the values of many ids; null: no row has the id. */
export type ById<Value> = DataLoader<string, Value | null>;

function loadById<Row, Value>(
  read: (ids: readonly string[]) => Promise<Row[]>,
  entryOf: (row: Row) => [id: string, value: Value],
): ById<Value> {
  return new DataLoader(async (ids) => {
    const byId = new Map((await read(ids)).map(entryOf));
    return ids.map((id) => byId.get(id) ?? null);
  });
}

/** Jobs by id. */
export function createJobLoader(db: Database, { list }: JobColumns): ById<SelectedJob> {
  return loadById(
    (ids) =>
      rows(
        db,
        { name: "jobs.byId", prepared: true, dependsOn: { namedJobs: ids.length } },
        sql<SelectedJob>`select ${list} from jobs where ${oneOf(ids)} order by jobs.id`,
      ),
    (job) => [job.id, job],
  );
}

/**
 * A field of jobs by the id of the job, for rows: the value of the JSON that PostgreSQL writes. The fields below have
 * their names instead of aliases.
 * @throws BadUserInput when an argument is invalid.
 */
export function createPartLoader(db: Database, { name, args, fields }: Wanted): ById<unknown> {
  const text = JOB.fields[name]?.text({ name, key: name, args, fields: fieldsOfRow(fields) }) ?? [];
  return loadById(
    (ids) =>
      rows(
        db,
        { name: `jobs.${name}`, prepared: true, dependsOn: "child" },
        sql<{ id: string; text: string }>`
        select jobs.id, ${concatenated(text)} as text from jobs where ${oneOf(ids)}`,
      ),
    (part) => [part.id, parseWrittenJson(part.text)],
  );
}

/**
 * The condition for jobs by id. PostgreSQL estimates ten ids for an array of any length. With an array of one id, it
 * would plan each execution again, which takes twice as long as reading the job with 50 resources.
 */
function oneOf(ids: readonly string[]): Sql<boolean> {
  return ids.length === 1 ? sql`jobs.id = ${ids[0]}::uuid` : sql`jobs.id = any(${ids}::uuid[])`;
}

/**
 * The previous member of the series of a job (series.sql.ts), by the id of the job; null for the first member, and for a
 * job that is not a member. Each look-up is one step in idx_jobs_series.
 */
export function createPreviousLoader(db: Database): ById<Job> {
  return loadById(
    (ids) =>
      rows(
        db,
        // The ids of the previous jobs alone do not say which job each of them precedes.
        { name: "jobs.previous", prepared: true, dependsOn: "versions" },
        sql<Job & { followerId: string }>`
        select follower.id as "followerId", previous.*, concat(follower.id, ' ', previous.id) as version
        from jobs as follower
        cross join lateral (
          select ${wholeJob.list}
          from jobs
          where ${isSameSeries("jobs", "follower")} and ${isMember("jobs")}
            and (jobs.effective_at, jobs.id) < (follower.effective_at, follower.id)
          order by jobs.effective_at desc, jobs.id desc
          limit 1
        ) as previous
        where follower.id = any(${ids}::uuid[]) and ${isMember("follower")}
        order by follower.id`,
      ),
    (job) => [job.followerId, job],
  );
}

/** Resources by id. */
export function createResourceLoader(db: Database): ById<CostResult> {
  return loadById(
    (ids) =>
      rows(
        db,
        { name: "jobs.resourcesByKey", dependsOn: "child" },
        sql<CostResult>`
        select ${resourceColumns}
        from unnest(${ids}::text[]) as wanted (id)
        join cost_results on job_id = split_part(wanted.id, ':', 1)::uuid
          and cost_rank = split_part(wanted.id, ':', 2)::int`,
      ),
    (resource) => [resource.id, resource],
  );
}
