import { createHash } from "node:crypto";
import DataLoader from "dataloader";
import * as z from "zod";
import type { ChangeKind } from "../comparison/cost-change.graphql.ts";
import type { Database } from "../database/database.ts";
import { andAll, firstRow, rows, type Sql, sql } from "../database/sql.ts";
import { baselineOf } from "../jobs/baseline.sql.ts";
import { type CurrentJobs, currentJobsAt, newestIncompleteJobs } from "../jobs/current-jobs.sql.ts";
import type { JobFilter } from "../jobs/job-filter.graphql.ts";
import { isMember } from "../jobs/series.sql.ts";
import type { UsageProfile } from "../jobs/usage-profile.ts";
import type { Decimal } from "../lib/money.ts";
import { type Cursor, decodeCursor, type Page, type PageOf, pageOfRows } from "../lib/page.ts";

/** One side of a comparison: the current jobs of a filter at a moment. */
export interface PortfolioSide {
  /** undefined: now. */
  readonly asOf: Date | undefined;
  readonly filter: JobFilter;
  /** The age at which a job is no longer current; undefined: no limit. */
  readonly maxAgeDays: number | undefined;
}

/** Two portfolios to compare. */
export interface PortfolioSides {
  /** undefined: the base of each target job is its baseline. */
  readonly base: PortfolioSide | undefined;
  readonly target: PortfolioSide;
}

/** The jobs of one project, profile and currency. Costs are per month. */
export interface PairRow {
  readonly project: string;
  readonly profile: UsageProfile | null;
  readonly currency: string;
  readonly change: ChangeKind;
  readonly baseId: string | null;
  readonly targetId: string | null;
  readonly baseMonthlyCost: Decimal | null;
  readonly targetMonthlyCost: Decimal | null;
  readonly delta: Decimal;
}

/** The sum of the pairs of one currency. Costs are per month; null: that side has no job. */
export type TotalRow = Pick<PairRow, "currency" | "baseMonthlyCost" | "targetMonthlyCost" | "delta">;

/** A list of pairs; cursors are valid in one list only. */
export interface PairList {
  readonly sides: PortfolioSides;
  /** undefined: all kinds. */
  readonly changes: readonly ChangeKind[] | undefined;
}

/** The totals by currency, and a page of the pairs with the number of pairs in the list. */
interface Pairs {
  readonly totals: readonly TotalRow[];
  readonly page: PageOf<PairRow>;
  readonly count: number;
}

/** A request for the totals and, if `list` is given, for a page of a list. */
interface PairsRequest {
  readonly sides: PortfolioSides;
  readonly list?: { readonly changes: PairList["changes"]; readonly page: Page };
}

/** The loader of pairs for one request. */
export type PairsLoader = DataLoader<PairsRequest, Pairs, string>;

/**
 * Loads pairs, with one statement for equal requests. A request for totals alone shares the statement of a page of the
 * same portfolios, so that they add up even if jobs are stored at the same time.
 * @throws BadUserInput (from `load`) for a cursor of another list.
 */
export function createPairsLoader(db: Database): PairsLoader {
  return new DataLoader(
    (requests) => {
      const reads = new Map<string, Promise<Pairs>>();
      const read = (request: PairsRequest) => {
        const key = JSON.stringify(request);
        const pairs = reads.get(key) ?? readPairs(db, request);
        reads.set(key, pairs);
        return pairs;
      };
      return Promise.all(
        requests.map((request) => read(requests.find((other) => covers(other, request)) ?? request)),
      );
    },
    { cacheKeyFn: (request) => JSON.stringify(request) },
  );
}

/** Whether a request with a page returns the totals of a request without one. */
function covers(other: PairsRequest, { sides, list }: PairsRequest): boolean {
  return (
    list === undefined && other.list !== undefined && JSON.stringify(other.sides) === JSON.stringify(sides)
  );
}

/** The key of the order: the largest absolute delta first, whatever the currency. The key of a pair breaks ties. */
const ORDER_KEY = [
  "-abs(delta)",
  `project collate "C"`,
  `coalesce(profile, '') collate "C"`,
  `currency collate "C"`,
];

async function readPairs(db: Database, { sides, list }: PairsRequest): Promise<Pairs> {
  const row = await firstRow(
    db,
    { name: "portfolio.pairs" },
    sql<{ totals: TotalRow[] | null; rows: PairRow[] | null; count: number }>`
    with ${pairsOf(sides)}
    ${list === undefined ? sql`` : sql`, slice as (${sliceOf({ sides, ...list }, list.page)})`}
    select
      (
        select json_agg(t) from (
          select currency, sum(base_cost)::text as "baseMonthlyCost", sum(target_cost)::text as "targetMonthlyCost",
            sum(delta)::text as delta
          from pairs
          group by currency
          order by currency collate "C"
        ) as t
      ) as totals,
      ${list === undefined ? sql`null` : sql`(select json_agg(slice order by place) from slice)`} as rows,
      ${list === undefined ? sql`0` : sql`(select count(*) from pairs where ${isListed(list.changes)})`} as count`,
  );
  const page = list?.page ?? { size: 1, backward: false, after: undefined, before: undefined };
  return {
    totals: row?.totals ?? [],
    page: pageOfRows(page, row?.rows ?? []),
    count: row?.count ?? 0,
  };
}

/**
 * The CTEs `target`, `base` and `pairs`. `target` and `base` have one job for each project, profile and currency.
 * Without a base, a baseline has the project, profile and currency of its job, so that the join removes nothing.
 */
function pairsOf({ base, target }: PortfolioSides): Sql<unknown> {
  const baseJobs =
    base === undefined
      ? sql`select base.* from target cross join lateral ${baselineOf("target", jobColumns)} as base`
      : sql`select ${jobColumns} from ${currentJobsAt(currentOf(base), base.asOf)} as jobs`;
  return sql`
    target as materialized (select ${jobColumns} from ${currentJobsAt(currentOf(target), target.asOf)} as jobs),
    base as materialized (${baseJobs}),
    pairs as materialized (
      select coalesce(target.project, base.project) as project, coalesce(target.profile, base.profile) as profile,
        coalesce(target.currency, base.currency) as currency,
        base.id as base_id, target.id as target_id,
        base.total_monthly_cost as base_cost, target.total_monthly_cost as target_cost,
        coalesce(target.total_monthly_cost, 0) - coalesce(base.total_monthly_cost, 0) as delta,
        case
          when base.id is null then 'ADDED'
          when target.id is null then 'REMOVED'
          when base.total_monthly_cost <> target.total_monthly_cost then 'CHANGED'
          else 'UNCHANGED'
        end as change
      from base
      full join target on base.project = target.project and coalesce(base.profile, '') = coalesce(target.profile, '')
        and base.currency = target.currency
    )`;
}

const jobColumns = sql.raw(
  "jobs.id, jobs.project, jobs.profile, jobs.currency, jobs.total_monthly_cost, jobs.effective_at, jobs.target_branch",
);

function currentOf({ filter, maxAgeDays }: PortfolioSide): CurrentJobs {
  return { filter, byBranch: false, maxAgeDays };
}

/** The rows of a page, and one more row if the list continues. */
function sliceOf(list: PairList, page: Page): Sql<unknown> {
  const direction = page.backward ? "desc" : "asc";
  const order = sql.raw(ORDER_KEY.map((part) => `${part} ${direction}`).join(", "));
  const condition = andAll([
    isListed(list.changes),
    page.after === undefined ? undefined : cursorCondition("after", page.after, list),
    page.before === undefined ? undefined : cursorCondition("before", page.before, list),
  ]);
  return sql`
      select project, profile, currency, change, base_id as "baseId", target_id as "targetId",
        base_cost::text as "baseMonthlyCost", target_cost::text as "targetMonthlyCost", delta::text,
        row_number() over (order by ${order}) as place
      from pairs
      where ${condition}
      order by ${order}
      limit ${page.size + 1}::bigint`;
}

function isListed(changes: PairList["changes"]): Sql<boolean> {
  return changes === undefined ? sql`true` : sql`change = any(${changes}::text[])`;
}

function cursorCondition(path: "after" | "before", text: string, list: PairList): Sql<boolean> {
  const [delta, project, profile, currency] = decodeCursor(path, text, orderOf(list), PairCursor);
  const operator = sql.raw(path === "after" ? ">" : "<");
  const key = sql.raw(ORDER_KEY.join(", "));
  return sql`(${key}) ${operator} (-abs(${delta}::numeric), ${project}::text, ${profile}::text, ${currency}::text)`;
}

const PairCursor = z.tuple([
  z.string().regex(/^-?\d{1,22}(\.\d{1,30})?$/),
  z.string().refine((project) => !project.includes("\0") && project.isWellFormed()),
  z.string().regex(/^[A-Z]*$/),
  z.string().regex(/^[A-Z]+$/),
]);

/** The position of a pair in a list: not a number, because a store or an exclusion moves the pairs. */
export function pairCursor(list: PairList, { delta, project, profile, currency }: PairRow): Cursor {
  return [orderOf(list), delta, project, profile ?? "", currency];
}

/** Identifies the list, by a hash: a filter can name 1,000 projects. */
function orderOf({ sides: { base, target }, changes }: PairList): string {
  const kinds = changes === undefined ? null : [...new Set(changes)].toSorted();
  const hash = createHash("sha256").update(JSON.stringify([base ?? null, target, kinds]));
  return `ABSOLUTE_DELTA_DESC ${hash.digest("base64url").slice(0, 22)}`;
}

/** The pairs or the jobs with one warning: their number, and the first of them. */
export interface WarningRow {
  readonly code: "INCOMPLETE_JOB" | "CURRENCY_DIFFERS" | "PROFILE_DIFFERS";
  readonly count: number;
  /** Sorted by project, profile and currency. */
  readonly first: readonly Pick<PairRow, "project" | "profile" | "currency">[];
}

/**
 * The warnings about two portfolios. The base has a project in another currency or profile if one of its jobs has; the
 * base of a job without a baseline is the members before it on its target branch and on the default branch.
 * @param listed the maximum number of pairs or jobs of each warning.
 */
export function readPairWarnings(db: Database, sides: PortfolioSides, listed: number): Promise<WarningRow[]> {
  const { target } = sides;
  const ofBase = (differs: Sql<boolean>) =>
    sides.base === undefined
      ? sql<boolean>`exists (
          select from jobs
          where jobs.project = target.project and ${isMember("jobs")}
            and (jobs.is_default_branch or jobs.branch = target.target_branch)
            and (jobs.effective_at, jobs.id) < (target.effective_at, target.id) and ${differs}
        )`
      : sql<boolean>`exists (select from base as jobs where jobs.project = target.project and ${differs})`;
  const added = (code: WarningRow["code"], differs: Sql<boolean>) => sql`
      select ${code}::text, target.project, target.profile, target.currency
      from pairs
      join target on target.id = pairs.target_id
      where pairs.change = 'ADDED' and ${ofBase(differs)}`;
  return rows(
    db,
    { name: "portfolio.pairWarnings" },
    sql<WarningRow>`
    with ${pairsOf(sides)},
    concerned (code, project, profile, currency) as (
      select 'INCOMPLETE_JOB', project, profile, currency
      from ${newestIncompleteJobs(currentOf(target), target.asOf)} as incomplete
      union all
      ${added("CURRENCY_DIFFERS", sql`jobs.currency <> target.currency`)}
      union all
      ${added("PROFILE_DIFFERS", sql`coalesce(jobs.profile, '') <> coalesce(target.profile, '')`)}
    ),
    numbered as (
      select *, row_number() over (
          partition by code order by project collate "C", coalesce(profile, '') collate "C", currency collate "C"
        ) as number
      from concerned
    )
    select code, count(*)::int as count,
      json_agg(json_build_object('project', project, 'profile', profile, 'currency', currency) order by number)
        filter (where number <= ${listed}::int) as first
    from numbered
    group by code
    order by array_position(array['INCOMPLETE_JOB', 'CURRENCY_DIFFERS', 'PROFILE_DIFFERS'], code)`,
  );
}
