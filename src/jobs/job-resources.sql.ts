import * as z from "zod";
import { concatenated, type JsonText, type JsonType } from "../database/json-text.ts";
import { andAll, ifDefined, type Sql, sql } from "../database/sql.ts";
import { BadUserInput } from "../lib/errors.ts";
import {
  type Cursor,
  decodeCursor,
  type Page,
  type PageArguments,
  pageOf,
  withoutDefaultFirst,
} from "../lib/page.ts";
import { requireStorable } from "../lib/text.ts";
import type { CostResult, ResourceFilter } from "./job.graphql.ts";
import { hasKeyValue, keyValueProblems } from "./job-filter.sql.ts";

/** The arguments of a list of resources: the page, and the filter. */
export type ResourcesQuestion = PageArguments & { readonly filter?: ResourceFilter | null };

/** The default and the maximum number of resources of a page. */
export const RESOURCE_PAGE = { default: 50, maximum: 1_000 };

/**
 * The requested page of a list of resources.
 * @throws BadUserInput when a size is outside 1..maximum, or both first and last are given.
 */
export function resourcePageOf({ filter: _, ...args }: ResourcesQuestion): Page {
  return pageOf(withoutDefaultFirst(args, RESOURCE_PAGE.default), RESOURCE_PAGE);
}

/**
 * The resources of `jobs.id` from one end of the list, for a FROM clause. The list has the highest cost first; a
 * backward page is read in the reverse order. The order is that of the primary key, so that PostgreSQL reads only the
 * rows of the page.
 * @throws BadUserInput for a cursor of another list, or a filter with text that PostgreSQL cannot store.
 */
export function resourcesOf(page: Page, filter: ResourceFilter, limit: number): Sql<unknown> {
  return sql`cost_results
      where cost_results.job_id = jobs.id and ${andAll([resourceCondition(filter), rankBounds(page)])}
      order by cost_results.cost_rank ${page.backward ? sql`desc` : sql`asc`}
      limit ${sql.lit(limit)}`;
}

/** The position of a resource in the list of its job, highest cost first. */
export function resourceCursor({ costRank }: CostResult): Cursor {
  return [ORDER, String(costRank)];
}

const ORDER = "COST_DESC";

/** @throws BadUserInput for a filter with too many tags, or with text that PostgreSQL cannot store. */
export function resourceCondition(filter: ResourceFilter): Sql<boolean> {
  const { service, region, resourceType, minMonthlyCost, search, module, tags } = filter;
  requireStorable("filter", { service, region, resourceType, search, module });
  const problems = keyValueProblems("tags", tags);
  if (problems.length > 0) throw new BadUserInput(problems);
  return andAll([
    ifDefined(service, () => sql`service = ${service}`),
    ifDefined(region, () => sql`region = ${region}`),
    ifDefined(resourceType, () => sql`resource_type = ${resourceType}`),
    ifDefined(minMonthlyCost, () => sql`total_monthly_cost >= ${minMonthlyCost}::numeric`),
    ifDefined(search, () => sql`position(lower(${search}) in lower(resource_id)) > 0`),
    ifDefined(module, () => sql`${sql.raw(RESOURCE_MODULE)} = ${module}`),
    ...(tags ?? []).map((tag) => hasKeyValue(sql`tags`, tag)),
  ]);
}

/** A name in an address, and its indexes. A key may contain dots, brackets and escaped quotes. */
const NAME = String.raw`[^.:"[\]]+`;
const INDEX = String.raw`\[(?:\d+|"(?:[^"\\]|\\.)*")\]`;
const INDEXED = `${NAME}(?:${INDEX})*`;

/**
 * The address of a resource in a module. The resource of a file with several projects has the project and a colon
 * before its address.
 */
const ADDRESS = `(?:^|:)(?:module\\.${INDEXED}\\.)+(?:data\\.)?${NAME}\\.${INDEXED}$`;

/** The address without its project; null: another id. To find the place of a match takes twice as long as a match. */
const IN_MODULE = `case when position(':' in cost_results.resource_id) > 0
          then ltrim(substring(cost_results.resource_id from '${ADDRESS}'), ':')
          when cost_results.resource_id ~ '${ADDRESS}' then cost_results.resource_id end`;

/**
 * The module of a resource without indexes, "module.a.module.b", by its Terraform address; null: the root module, or
 * another id. The names of an address are those of the modules, in pairs, an optional "data", the type and the name.
 * OFFSET 0 keeps PostgreSQL from computing the names for each use. Most addresses without a module have no "module.", so
 * that they are not compared.
 */
export const RESOURCE_MODULE = `case when position('module.' in cost_results.resource_id) > 0 then (
    select case when names[cardinality(names) - 1] not in ('module', 'data')
      then array_to_string(names[:(cardinality(names) - 2) / 2 * 2], '.') end
    from (
      select string_to_array(regexp_replace(${IN_MODULE}, '${INDEX}', '', 'g'), '.') as names
      offset 0
    ) as address
  ) end`;

const RankCursor = z.tuple([z.string().regex(/^\d{1,9}$/)]);

function rankBounds({ after, before }: Page): Sql<boolean> {
  return andAll([
    ifDefined(after, () => sql`cost_rank > ${rankIn("after", after)}`),
    ifDefined(before, () => sql`cost_rank < ${rankIn("before", before)}`),
  ]);
}

function rankIn(path: string, cursor = ""): number {
  const [rank] = decodeCursor<[string]>(path, cursor, ORDER, RankCursor);
  return Number(rank);
}

/** The position of the page with the cost ranks `page.ranks`, which are one more than its size if more follow. */
export function pageInfoText({ size, backward, after, before }: Page): JsonType {
  const more = () => [sql`(cardinality(page.ranks) > ${sql.lit(size)})::text` as Sql<string>];
  const nearest = sql`page.ranks[1]`;
  const farthest = sql`page.ranks[least(cardinality(page.ranks), ${sql.lit(size)})]`;
  const cursorOrNull = (rank: Sql<unknown>) => [
    sql<string>`coalesce(${concatenated(cursorText(rank))}, 'null')`,
  ];
  return {
    name: "PageInfo",
    fields: {
      hasNextPage: backward ? () => [String(before !== undefined)] : more,
      hasPreviousPage: backward ? more : () => [String(after !== undefined)],
      startCursor: () => cursorOrNull(backward ? farthest : nearest),
      endCursor: () => cursorOrNull(backward ? nearest : farthest),
    },
  };
}

/** The text of `encodeCursor(resourceCursor(...))` for a cost rank. */
export function cursorText(rank: Sql<unknown>): JsonText {
  const json = sql`convert_to('["${sql.raw(ORDER)}","' || ${rank} || '"]', 'UTF8')`;
  return ['"', sql`translate(encode(${json}, 'base64'), '+/=', '-_')`, '"'];
}
