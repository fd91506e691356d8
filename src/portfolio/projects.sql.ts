import * as z from "zod";
import type { Database } from "../database/database.ts";
import { andAll, firstRow, ifDefined, rows, type Sql, sql } from "../database/sql.ts";
import { currentJobsOfNow } from "../jobs/current-jobs.sql.ts";
import type { JobFilter } from "../jobs/job-filter.graphql.ts";
import { jobCondition } from "../jobs/job-filter.sql.ts";
import { type Cursor, decodeCursor, type Page, type PageOf, pageOfRows } from "../lib/page.ts";
import { isStorable, requireStorable } from "../lib/text.ts";
import type { Project, ProjectFilter, ProjectOrder } from "./project.graphql.ts";

/** The default and the maximum number of projects of a page. */
export const PROJECT_PAGE = { default: 20, maximum: 100 };

/** The text before the name in the id of a project. */
export const PROJECT_ID = "project:";

/** A project in a list. */
export interface ListedProject extends Project {
  /** The value by which the list is sorted, before the name; null: by the name alone. */
  readonly position: string | null;
}

/** The value of an order of projects, highest first. */
interface OrderKey {
  readonly value: Sql<unknown>;
  /** The joins that compute the value for `names.project`. */
  readonly joins: (filter: ProjectFilter) => Sql<unknown>;
  readonly type: Sql<unknown>;
  /** The column `value` as the text in a cursor. */
  readonly text: Sql<string>;
  readonly cursor: z.ZodType<[string, string]>;
}

const NameCursor = z.string().refine(isStorable);

const LAST_JOB_AT: OrderKey = {
  value: sql`last.effective_at`,
  joins: () => sql`
      cross join lateral (
        select jobs.effective_at
        from jobs
        where jobs.project = names.project
        order by jobs.effective_at desc
        limit 1
      ) as last`,
  type: sql`timestamptz`,
  text: sql`to_char(value at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
  cursor: z.tuple([z.iso.datetime(), NameCursor]),
};

/** The value of a project without a total, below all amounts. */
const NO_TOTAL = "-Infinity";

const TOTAL_MONTHLY_COST: OrderKey = {
  value: sql`coalesce(highest.total, ${sql.lit(NO_TOTAL)})`,
  joins: ({ prefix }) => sql`
      left join (
        select project, max(total) as total
        from (
          select jobs.project, sum(jobs.total_monthly_cost) as total
          from ${currentJobsOfNow({ projectPrefix: prefix ?? null })} as jobs
          group by jobs.project, jobs.currency
        ) as totals
        group by project
      ) as highest using (project)`,
  type: sql`numeric`,
  text: sql`value::text`,
  cursor: z.tuple([z.string().regex(/^(-Infinity|-?\d{1,40}(\.\d{1,40})?)$/), NameCursor]),
};

const ORDER_KEYS: Readonly<Record<Exclude<ProjectOrder, "NAME_ASC">, OrderKey>> = {
  LAST_JOB_AT_DESC: LAST_JOB_AT,
  TOTAL_MONTHLY_COST_DESC: TOTAL_MONTHLY_COST,
};

/** The position of a project in a list of this order. */
export function projectCursor(order: ProjectOrder, { name, position }: ListedProject): Cursor {
  return position === null ? [orderOf(order), name] : [orderOf(order), position, name];
}

/** Identifies the list: the orders of jobs have the same names. */
function orderOf(order: ProjectOrder): string {
  return `PROJECTS ${order}`;
}

/**
 * One page of the projects that match the filter.
 *
 * By name, the statement goes from project to project in an index, and ends with the page. In the other orders, and with
 * labels, it goes through all projects with the prefix. A project takes a few index steps, whatever its number of jobs.
 * @throws BadUserInput for a cursor of another list, too many labels, or text that PostgreSQL cannot store.
 */
export async function listProjects(
  db: Database,
  filter: ProjectFilter,
  order: ProjectOrder,
  page: Page,
): Promise<PageOf<ListedProject>> {
  const listed = order === "NAME_ASC" ? listedByName(filter, page) : listedByValue(filter, order, page);
  const read = await rows(
    db,
    { name: "projects.list" },
    sql<ListedProject>`${listed} limit ${sql.lit(page.size + 1)}`,
  );
  return pageOfRows(page, read);
}

function listedByName(filter: ProjectFilter, page: Page): Sql<unknown> {
  const nameIn = (path: string, text: string) =>
    decodeCursor<[string]>(path, text, orderOf("NAME_ASC"), z.tuple([NameCursor]))[0];
  const after = page.after === undefined ? undefined : nameIn("after", page.after);
  const before = page.before === undefined ? undefined : nameIn("before", page.before);
  const bounds = (name: string) =>
    andAll([
      ifDefined(after, () => sql`${sql.ref(name)} collate "C" > ${after}`),
      ifDefined(before, () => sql`${sql.ref(name)} collate "C" < ${before}`),
    ]);
  // The walk ends within the bounds; with labels, there is no walk.
  const walk: Walk = { bounds: bounds("jobs.project"), backward: page.backward, count: page.size + 1 };
  return sql`
    select ${sql.lit(PROJECT_ID)} || project as id, project as name, null as position
    from ${namesOf(filter, walk)} as names
    where matches and ${bounds("project")}
    order by project collate "C" ${page.backward ? sql`desc` : sql`asc`}`;
}

function listedByValue(
  filter: ProjectFilter,
  order: Exclude<ProjectOrder, "NAME_ASC">,
  { after, before, backward }: Page,
): Sql<unknown> {
  const { value, joins, type, text, cursor } = ORDER_KEYS[order];
  const boundary = (path: string, position: string, [ofValue, ofName]: readonly [string, string]) => {
    const [at, name] = decodeCursor(path, position, orderOf(order), cursor);
    return sql<boolean>`(value ${sql.raw(ofValue)} ${at}::${type}
      or (value = ${at}::${type} and name collate "C" ${sql.raw(ofName)} ${name}))`;
  };
  const bounds = andAll([
    after === undefined ? undefined : boundary("after", after, ["<", ">"]),
    before === undefined ? undefined : boundary("before", before, [">", "<"]),
  ]);
  const [ofValue, ofName] = backward ? [sql`asc`, sql`desc`] : [sql`desc`, sql`asc`];
  return sql`
    select ${sql.lit(PROJECT_ID)} || name as id, name, ${text} as position
    from (
      select names.project as name, ${value} as value
      from ${namesOf(filter)} as names ${joins(filter)}
      where names.matches
    ) as listed
    where ${bounds}
    order by value ${ofValue}, name collate "C" ${ofName}`;
}

/**
 * The number of projects that match the filter.
 * @throws BadUserInput for too many labels, or text that PostgreSQL cannot store.
 */
export async function countProjects(db: Database, filter: ProjectFilter): Promise<number> {
  const row = await firstRow(
    db,
    { name: "projects.count" },
    sql<{ count: number }>`select count(*) from ${namesOf(filter)} as names where matches`,
  );
  return row?.count ?? 0;
}

/** The part of all projects through which a statement goes by name. */
interface Walk {
  /** The condition on `jobs.project`. */
  readonly bounds: Sql<boolean>;
  readonly backward: boolean;
  /** The number of matching projects after which it ends. */
  readonly count: number;
}

/**
 * A subquery that returns the columns project and matches: projects with the prefix, each once, and whether each
 * matches the filter.
 * @param walk undefined: all projects.
 * @throws BadUserInput for too many labels, or text that PostgreSQL cannot store.
 */
export function namesOf({ search, prefix, labels, activeSince }: ProjectFilter, walk?: Walk): Sql<unknown> {
  requireStorable("filter", { search, prefix });
  const ofPrefix: JobFilter = { projectPrefix: prefix ?? null };
  const matches = andAll([
    ifDefined(search, () => sql`position(lower(${search}) in lower(named.project)) > 0`),
    ifDefined(
      activeSince,
      () => sql`exists (
              select from jobs where jobs.project = named.project and jobs.effective_at >= ${activeSince}
            )`,
    ),
  ]);
  if (labels === null || labels === undefined || labels.length === 0)
    return namesByIndex(jobCondition(ofPrefix), matches, walk);
  return sql`(
      select named.project, ${matches} as matches
      from (
        select distinct jobs.project from ${currentJobsOfNow({ ...ofPrefix, labels })} as jobs
      ) as named
    )`;
}

/** The names, each by one step in idx_jobs_project_prefix. @param matches the condition on `named.project`. */
function namesByIndex(prefix: Sql<boolean>, matches: Sql<boolean>, walk: Walk | undefined): Sql<unknown> {
  const step = (isNext: Sql<boolean>) => sql`
        (
          select named.project, ${matches} as matches
          from (
            select jobs.project
            from jobs
            where jobs.project is not null and ${prefix} and ${walk?.bounds ?? sql`true`} and ${isNext}
            order by jobs.project collate "C" ${walk?.backward ? sql`desc` : sql`asc`}
            limit 1
          ) as named
        )`;
  const isNext = sql<boolean>`jobs.project collate "C" ${walk?.backward ? sql`<` : sql`>`} names.project`;
  return sql`(
      with recursive names as (
        select first.project, first.matches, first.matches::int as found from ${step(sql`true`)} as first
        union all
        select next.project, next.matches, names.found + next.matches::int
        from names cross join lateral ${step(isNext)} as next
        where ${walk === undefined ? sql`true` : sql`names.found < ${sql.lit(walk.count)}`}
      )
      select project, matches from names
    )`;
}
