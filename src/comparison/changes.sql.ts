import DataLoader from "dataloader";
import * as z from "zod";
import type { Database } from "../database/database.ts";
import { firstRow, type Sql, sql } from "../database/sql.ts";
import type { Decimal } from "../lib/money.ts";
import { type Cursor, decodeCursor, type Page, type PageOf, pageOfRows } from "../lib/page.ts";
import type { ChangeKind } from "./cost-change.graphql.ts";

/** Which two jobs, and whether a resource that only changed its address is one change (MOVED) or two. */
export interface Pair {
  readonly baseId: string;
  readonly targetId: string;
  readonly detectMoves: boolean;
}

/** One resource in both jobs. */
export interface Change {
  readonly resourceId: string;
  /** The base's address, if it is another one. */
  readonly previousResourceId: string | null;
  readonly change: ChangeKind;
  /** The resource's place in the base, and in the target; null: it is not there. */
  readonly baseRank: number | null;
  readonly targetRank: number | null;
  readonly baseCost: Decimal | null;
  readonly targetCost: Decimal | null;
  /** null: one side's cost is unknown. */
  readonly delta: Decimal | null;
  /** Where it stands in the list, from 1. */
  readonly place: number;
}

/** What the changes of one kind amount to. */
export interface KindTotal {
  readonly change: ChangeKind;
  readonly resourceCount: number;
  readonly delta: Decimal;
  /** How many of them have no known cost on any side. */
  readonly unknownCount: number;
}

/** All that one look at the two jobs' resources tells. */
interface Changes {
  readonly totals: readonly KindTotal[];
  readonly page: PageOf<Change>;
}

/** The order of the list, with the unknown last. The address's bytes and the ranks break ties. */
const LARGEST_DELTA_FIRST = sql`
  abs(delta) desc nulls last, coalesce(target_id, base_id) collate "C", target_rank, base_rank`;

/**
 * Compares the resources of two jobs: what became of how many, and a page of them, largest absolute delta first
 * and unknown last.
 *
 * Resources are matched by address, the n-th of an address with the n-th. What is left over on both sides is a
 * move when type, region, costs (total and each part) and the address without modules and indexes are the same; again
 * the n-th with the n-th. Grouping finds the moves, not a join: with 10,000 new addresses PostgreSQL expects one
 * row and joins them in a nested loop of 100 million steps.
 *
 * The page is cut off the list by OFFSET and LIMIT, which keep no more rows in order than they need: to number all of
 * 10,000 changes and to count them again took 28 of 91 ms.
 */
async function readChanges(db: Database, list: ChangeList, page: Page): Promise<Changes> {
  const { pair } = list;
  const { condition, skip, take } = sliceOf(list, page);
  const direction = page.backward ? sql`desc` : sql`asc`;
  const row = await firstRow(
    db,
    { name: "comparison.changes", dependsOn: "child" },
    sql<{ totals: KindTotal[] | null; rows: Change[] | null }>`
    with base as (${resourcesOf(pair.baseId)}),
    target as (${resourcesOf(pair.targetId)}),
    matched as (
      select base.resource_id as base_id, target.resource_id as target_id,
        base.cost_rank as base_rank, target.cost_rank as target_rank,
        base.total_monthly_cost as base_cost, target.total_monthly_cost as target_cost,
        coalesce(base.resource_type, target.resource_type) as resource_type,
        coalesce(base.sameness, target.sameness) as sameness,
        coalesce(base.position, target.position) as position
      from base
      full join target on target.resource_id = base.resource_id and target.nth = base.nth
    ),
    left_over as (
      select *, row_number() over (
        partition by base_id is null, resource_type, bare_address, cost, sameness order by position
      ) as nth
      from (
        select *, ${bareAddress(sql`coalesce(base_id, target_id)`)} as bare_address,
          coalesce(base_cost, target_cost) as cost
        from matched
        where (base_id is null or target_id is null) and coalesce(base_cost, target_cost) is not null
      ) as one_sided
    ),
    paired as (
      select base_id, target_id, base_rank, target_rank, base_cost, target_cost
      from matched
      where (base_id is not null and target_id is not null) or coalesce(base_cost, target_cost) is null
      union all
      select max(base_id), max(target_id), max(base_rank), max(target_rank), max(base_cost), max(target_cost)
      from left_over
      group by resource_type, bare_address, cost, sameness, nth, (base_id is null and not ${pair.detectMoves}::boolean)
    ),
    changes as materialized (
      select *,
        case
          when base_id is null then 'ADDED'
          when target_id is null then 'REMOVED'
          when base_id <> target_id then 'MOVED'
          when base_cost is null and target_cost is not null then 'NEWLY_PRICED'
          when base_cost is not null and target_cost is null then 'BECAME_UNPRICED'
          when base_cost <> target_cost then 'CHANGED'
          else 'UNCHANGED'
        end as change,
        coalesce(target_cost, 0) - coalesce(base_cost, 0) as amount,
        case
          when base_id is null then target_cost
          when target_id is null then -base_cost
          else target_cost - base_cost
        end as delta
      from paired
    ),
    slice as (
      select * from changes
      where ${condition}
      order by ${LARGEST_DELTA_FIRST}
      offset ${skip}
      limit ${take}
    ),
    listed as (
      select coalesce(target_id, base_id) as "resourceId",
        case when base_id <> target_id then base_id end as "previousResourceId",
        change, base_rank as "baseRank", target_rank as "targetRank",
        base_cost::text as "baseCost", target_cost::text as "targetCost", delta::text,
        ${skip} + row_number() over (order by ${LARGEST_DELTA_FIRST}) as place
      from slice
    )
    select
      (select json_agg(listed order by place ${direction}) from listed) as rows,
      (
        select json_agg(t) from (
          select change, count(*) as "resourceCount", sum(amount)::text as delta,
            count(*) filter (where base_cost is null and target_cost is null) as "unknownCount"
          from changes
          group by change
        ) as t
      ) as totals`,
  );
  return {
    totals: row?.totals ?? [],
    page: pageOfRows(page, row?.rows ?? []),
  };
}

function resourcesOf(jobId: string): Sql<unknown> {
  return sql`
    select resource_id, resource_type, total_monthly_cost, cost_rank, position,
      (region, compute_cost, storage_cost, network_cost, other_cost) as sameness,
      row_number() over (partition by resource_id collate "C" order by position) as nth
    from cost_results
    where job_id = ${jobId}::uuid`;
}

/**
 * An address without its modules and indexes: module.a["x"].aws_instance.web[0] is aws_instance.web. What stands
 * before a colon is the project, in a file of several that were merged; it stays, with its brackets.
 */
function bareAddress(address: Sql<unknown>): Sql<string> {
  const index = String.raw`\[("([^"\\]|\\.)*"|[0-9]+)\](?=[.\[]|$)`;
  const modules = String.raw`(^|:)(module\.[^.:]+\.)+`;
  return sql`regexp_replace(regexp_replace(${address}, ${index}, '', 'g'), ${modules}, '\\1')`;
}

/** Which rows of `changes` a page needs: one more than it has, to see whether the list goes on. */
interface Slice {
  readonly condition: Sql<boolean>;
  /** How many to pass over, from the beginning of the list. */
  readonly skip: Sql<number>;
  readonly take: Sql<number>;
}

/**
 * Cuts a page off a list of changes, whose places are from 1 up to their number.
 * @throws BadUserInput when a cursor is none of this list.
 */
function sliceOf(list: ChangeList, page: Page): Slice {
  const { kinds } = list;
  const condition = kinds === undefined ? sql<boolean>`true` : sql<boolean>`change = any(${kinds})`;
  const size = page.size + 1;
  const start = page.after === undefined ? 0 : changePlace("after", page.after, list);
  const end = page.before === undefined ? undefined : changePlace("before", page.before, list) - 1;
  if (page.backward && end === undefined) {
    const count = sql`(select count(*) from changes where ${condition})`;
    return {
      condition,
      skip: sql`greatest(${number(start)}, ${count} - ${number(size)})`,
      take: number(size),
    };
  }
  const skip = page.backward && end !== undefined ? Math.max(start, end - size) : start;
  const take = Math.max(0, Math.min(size, (end ?? Number.POSITIVE_INFINITY) - skip));
  return { condition, skip: number(skip), take: number(take) };
}

function number(value: number): Sql<number> {
  return sql`${value}::bigint`;
}

/** A list of changes, in which each has its place. */
interface ChangeList {
  readonly pair: Pair;
  /** Only these kinds; undefined: all. */
  readonly kinds: readonly ChangeKind[] | undefined;
}

const PlaceCursor = z.tuple([z.string().regex(/^[1-9]\d{0,8}$/)]);

/** Where a change stands in a list. Two stored jobs never change, so neither does a change's place among theirs. */
export function changeCursor(list: ChangeList, { place }: { readonly place: number }): Cursor {
  return [orderOf(list), String(place)];
}

/**
 * The place in a cursor of a list.
 * @throws BadUserInput when it is no cursor of this list.
 */
function changePlace(path: string, text: string, list: ChangeList): number {
  const [place] = decodeCursor<[string]>(path, text, orderOf(list), PlaceCursor);
  return Number(place);
}

/** All that says which list it is, for a place in one is another change in another. */
function orderOf({ pair, kinds }: ChangeList): string {
  const moves = pair.detectMoves ? "MOVES" : "NO_MOVES";
  const listed = kinds === undefined ? ["ALL"] : new Set(kinds.toSorted());
  return ["ABSOLUTE_DELTA_DESC", pair.baseId, pair.targetId, moves, ...listed].join(" ");
}

/** Which page of the changes of which kinds (undefined: all). */
interface ChangePage {
  readonly page: Page;
  readonly kinds: readonly ChangeKind[] | undefined;
}

/** A question about the resources of two jobs: their totals by kind, and, if a page is given, that page of them. */
interface ChangesQuestion {
  readonly pair: Pair;
  readonly page?: ChangePage;
}

/** What is read when nobody asks for a page. */
const NO_PAGE: ChangePage = {
  kinds: [],
  page: { size: 1, backward: false, after: undefined, before: undefined },
};

/** Loads the changes of pairs of jobs. */
export type ChangesLoader = DataLoader<ChangesQuestion, Changes, string>;

/**
 * Answers such questions, each kind of question about one pair with one statement: a question for the totals
 * alone is answered by the statement that reads a page of the same pair, if there is one.
 */
export function createChangesLoader(db: Database): ChangesLoader {
  return new DataLoader(
    (questions) => {
      const asked = new Map<string, Promise<Changes>>();
      const ask = (question: ChangesQuestion) => {
        const key = JSON.stringify(question);
        const { page, kinds } = question.page ?? NO_PAGE;
        const answer = asked.get(key) ?? readChanges(db, { pair: question.pair, kinds }, page);
        asked.set(key, answer);
        return answer;
      };
      return Promise.all(
        questions.map((question) => ask(questions.find((other) => tellsMore(other, question)) ?? question)),
      );
    },
    { cacheKeyFn: (question) => JSON.stringify(question) },
  );
}

function tellsMore(other: ChangesQuestion, { pair, page }: ChangesQuestion): boolean {
  return (
    page === undefined && other.page !== undefined && JSON.stringify(other.pair) === JSON.stringify(pair)
  );
}
