import type { Database } from "../database/database.ts";
import { firstRow, type Sql, sql } from "../database/sql.ts";
import type { Decimal } from "../lib/money.ts";
import { type Page, type PageOf, pageOfRows } from "../lib/page.ts";
import { type JobPair, type Slice, sliceOf } from "./change-pages.sql.ts";
import { COMPONENT_TOTALS, type ComponentTotals, componentChanges } from "./components.sql.ts";
import type { ChangeKind } from "./cost-change.graphql.ts";

/** The change of one resource from the base to the target. Costs are per month. */
export interface Change {
  readonly resourceId: string;
  /** The address in the base; null: the same address, or not in both jobs. */
  readonly previousResourceId: string | null;
  readonly change: ChangeKind;
  /** The cost rank of the resource in each job; null: not in this job. */
  readonly baseRank: number | null;
  readonly targetRank: number | null;
  readonly baseCost: Decimal | null;
  readonly targetCost: Decimal | null;
  /** null: the cost in the base or the target is unknown. */
  readonly delta: Decimal | null;
  /** The position in the list, from 1. */
  readonly place: number;
}

/** The sum of the changes of one kind. */
export interface KindTotal {
  readonly change: ChangeKind;
  readonly resourceCount: number;
  readonly delta: Decimal;
  /** The number of resources without a known cost in either job. */
  readonly unknownCount: number;
}

/** The answer to a request. */
export interface Changes {
  readonly totals: readonly KindTotal[];
  /** The sums over the components of the resources with a known cost in both jobs; undefined: all are zero. */
  readonly components: ComponentTotals | undefined;
  readonly page: PageOf<Change>;
}

interface ChangePage {
  readonly page: Page;
  /** undefined: all kinds. */
  readonly kinds: readonly ChangeKind[] | undefined;
}

/** A request for the totals of two jobs by kind and for what the request names. */
export interface ChangesRequest {
  readonly pair: JobPair;
  /** The number of resources of both jobs. */
  readonly resourceCount: number;
  /** A page of the changes. Without it, the page of the result is empty. */
  readonly page?: ChangePage;
  /** Whether the sums over the components are requested. */
  readonly withComponents?: boolean;
}

/** A pair of jobs with all requests for it. */
export interface ComparedPair {
  readonly pair: JobPair;
  readonly requests: readonly ChangesRequest[];
}

/** Whether the components of a pair are compared. */
export function hasComponents({ requests }: ComparedPair): boolean {
  return requests.some(({ withComponents }) => withComponents === true);
}

const EMPTY_PAGE: PageOf<never> = { rows: [], hasNextPage: false, hasPreviousPage: false };

/** Reads the answers to all requests for some pairs of jobs, with one statement. */
export async function readChanges(
  db: Database,
  pairs: readonly ComparedPair[],
): Promise<[ChangesRequest, Changes | Error][]> {
  const requests = pairs.flatMap((same, i) => same.requests.map((request) => ({ request, number: i + 1 })));
  const slices = requests.map(({ request, number }) => sliceOrError(request, number));
  const read = await readPairs(
    db,
    pairs.map((pair) => ({ ...pair.pair, withComponents: hasComponents(pair) })),
    slices.map((slice) => (slice instanceof Error ? undefined : slice)),
  );
  return requests.map(({ request, number }, i) => {
    const slice = slices[i];
    if (slice instanceof Error) return [request, slice];
    const page = request.page?.page;
    const rows = read.rows.filter(({ list }) => list === i).toSorted((a, b) => a.place - b.place);
    const changes: Changes = {
      totals: read.totals.filter(({ pair }) => pair === number),
      components: read.components.find(({ owner }) => owner === number),
      page: page === undefined ? EMPTY_PAGE : pageOfRows(page, page.backward ? rows.reverse() : rows),
    };
    return [request, changes];
  });
}

/** An invalid cursor is an error of its list, and not of the other requests. */
function sliceOrError({ pair, page }: ChangesRequest, number: number): Slice | Error | undefined {
  if (page === undefined) return undefined;
  try {
    return sliceOf({ pair, kinds: page.kinds }, page.page, number);
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}

interface ReadChanges {
  readonly totals: readonly (KindTotal & { readonly pair: number })[];
  readonly components: readonly (ComponentTotals & { readonly owner: number })[];
  readonly rows: readonly (Change & { readonly list: number })[];
}

/** Unknown deltas are last. The bytes of the address and the ranks break ties. */
const LARGEST_DELTA_FIRST = sql`
  abs(delta) desc nulls last, coalesce(target_id, base_id) collate "C", target_rank, base_rank`;

/**
 * Compares the resources of pairs of jobs and returns the totals by kind of change, the sums over the components of the
 * pairs that need them, and slices of the changes, largest absolute delta first and unknown deltas last.
 *
 * Resources are matched by address; if an address occurs several times, the n-th in the base with the n-th in the
 * target. Two unmatched resources are a move if their type, region, costs (total and each part) and address without
 * modules and indexes are equal, again the n-th with the n-th. Moves are found by grouping, not by a join: for 10,000
 * new addresses PostgreSQL estimates one row and would choose a nested loop of 100 million steps.
 *
 * OFFSET and LIMIT keep only the rows of a page in order. Numbering and counting all of 10,000 changes took 28 of 91 ms.
 */
async function readPairs(
  db: Database,
  pairs: readonly (JobPair & { readonly withComponents: boolean })[],
  slices: readonly (Slice | undefined)[],
): Promise<ReadChanges> {
  const withComponents = pairs.some((pair) => pair.withComponents);
  const listed = slices.flatMap((slice, list) => (slice === undefined ? [] : listOf(slice, list)));
  const row = await firstRow(
    db,
    { name: "comparison.changes", dependsOn: "child" },
    sql<{ [Part in keyof ReadChanges]: ReadChanges[Part] | null }>`
    with pairs as (
      select *
      from unnest(
        ${pairs.map(({ baseId }) => baseId)}::uuid[], ${pairs.map(({ targetId }) => targetId)}::uuid[],
        ${pairs.map(({ detectMoves }) => detectMoves)}::boolean[],
        ${pairs.map((pair) => pair.withComponents)}::boolean[]
      ) with ordinality as pairs (base_id, target_id, detects_moves, with_components, pair)
    ),
    base as (${resourcesOf("base")}),
    target as (${resourcesOf("target")}),
    matched as (
      select coalesce(base.pair, target.pair) as pair,
        coalesce(base.detects_moves, target.detects_moves) as detects_moves,
        base.resource_id as base_id, target.resource_id as target_id,
        base.cost_rank as base_rank, target.cost_rank as target_rank,
        base.total_monthly_cost as base_cost, target.total_monthly_cost as target_cost,
        coalesce(base.resource_type, target.resource_type) as resource_type,
        coalesce(base.attributes, target.attributes) as attributes,
        coalesce(base.position, target.position) as position
      from base
      full join target
        on target.pair = base.pair and target.resource_id = base.resource_id and target.nth = base.nth
    ),
    left_over as (
      select *, row_number() over (
        partition by pair, base_id is null, resource_type, bare_address, cost, attributes order by position
      ) as nth
      from (
        select *, ${bareAddress(sql`coalesce(base_id, target_id)`)} as bare_address,
          coalesce(base_cost, target_cost) as cost
        from matched
        where (base_id is null or target_id is null) and coalesce(base_cost, target_cost) is not null
      ) as one_sided
    ),
    paired as (
      select pair, base_id, target_id, base_rank, target_rank, base_cost, target_cost
      from matched
      where (base_id is not null and target_id is not null) or coalesce(base_cost, target_cost) is null
      union all
      select pair, max(base_id), max(target_id), max(base_rank), max(target_rank), max(base_cost), max(target_cost)
      from left_over
      group by pair, resource_type, bare_address, cost, attributes, nth, (base_id is null and not detects_moves)
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
    )
    ${withComponents ? sql`, ${PLACES}, ${componentChanges(COMPARED, sql`base.driver is distinct from target.driver`)}` : sql``}
    select
      (
        select json_agg(t) from (
          select pair, change, count(*) as "resourceCount", sum(amount)::text as delta,
            count(*) filter (where base_cost is null and target_cost is null) as "unknownCount"
          from changes
          group by pair, change
        ) as t
      ) as totals,
      ${withComponents ? sql`(select json_agg(t) from (${COMPONENT_TOTALS}) as t)` : sql`null::json`} as components,
      ${listed.length > 0 ? sql`(select json_agg(t) from (${sql.join(listed, sql` union all `)}) as t)` : sql`null::json`} as rows`,
  );
  return { totals: row?.totals ?? [], components: row?.components ?? [], rows: row?.rows ?? [] };
}

function resourcesOf(side: "base" | "target"): Sql<unknown> {
  return sql`
    select pair, detects_moves, resource_id, resource_type, total_monthly_cost, cost_rank, position,
      (region, compute_cost, storage_cost, network_cost, other_cost) as attributes,
      row_number() over (partition by pair, resource_id collate "C" order by position) as nth
    from pairs
    join cost_results on job_id = ${sql.ref(`pairs.${side}_id`)}`;
}

/**
 * The address without modules and indexes: module.a["x"].aws_instance.web[0] becomes aws_instance.web. The text before
 * a colon is the project name in a merged file; it is kept, with its brackets.
 */
function bareAddress(address: Sql<unknown>): Sql<string> {
  const index = String.raw`\[("([^"\\]|\\.)*"|[0-9]+)\](?=[.\[]|$)`;
  const modules = String.raw`(^|:)(module\.[^.:]+\.)+`;
  return sql`regexp_replace(regexp_replace(${address}, ${index}, '', 'g'), ${modules}, '\\1')`;
}

/**
 * The resources whose components have a part in the delta: a cost that is known in one job only counts as a whole, and
 * equal components change nothing.
 *
 * The ids and the ranks are columns of one relation. With the ids in `pairs` and the ranks in `changes`, PostgreSQL 18
 * estimates one search in the index by id and rank as more expensive than a search by the rank alone in all jobs: the
 * time grew with the number of stored jobs.
 */
const COMPARED = sql`
  select places.pair as owner, row_number() over () as resource,
    base.cost_drivers as base_drivers, target.cost_drivers as target_drivers
  from places
  join cost_results as base on base.job_id = places.base_id and base.cost_rank = places.base_rank
  join cost_results as target on target.job_id = places.target_id and target.cost_rank = places.target_rank
  where base.cost_drivers <> target.cost_drivers`;

/** The CTE that COMPARED reads. */
const PLACES = sql`
  places as materialized (
    select pairs.pair, pairs.base_id, changes.base_rank, pairs.target_id, changes.target_rank
    from pairs
    join changes using (pair)
    where with_components and base_cost is not null and target_cost is not null
  )`;

/** The rows of one slice, with the number of its list. */
function listOf({ condition, skip, take }: Slice, list: number): Sql<unknown> {
  return sql`(
    select ${list}::int as list, coalesce(target_id, base_id) as "resourceId",
      case when base_id <> target_id then base_id end as "previousResourceId",
      change, base_rank as "baseRank", target_rank as "targetRank",
      base_cost::text as "baseCost", target_cost::text as "targetCost", delta::text,
      ${skip} + row_number() over (order by ${LARGEST_DELTA_FIRST}) as place
    from (
      select * from changes
      where ${condition}
      order by ${LARGEST_DELTA_FIRST}
      offset ${skip}
      limit ${take}
    ) as slice
  )`;
}
