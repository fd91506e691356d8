import * as z from "zod";
import {
  allFields,
  type JsonText,
  type JsonType,
  jsonColumns,
  jsonList,
  jsonMembers,
  jsonObject,
  jsonValue,
  selectList,
  wantedField,
} from "../database/json-text.ts";
import { andAll, ifDefined, type Sql, sql } from "../database/sql.ts";
import { BadUserInput } from "../lib/errors.ts";
import { decodeCursor, type Page, type PageArguments, pageOf, withoutDefaultFirst } from "../lib/page.ts";
import { requireStorable } from "../lib/text.ts";
import type { CostResult, ResourceFilter } from "./job.graphql.ts";
import { hasKeyValue, keyValueProblems } from "./job-filter.sql.ts";

/**
 * The fields of jobs and of their parts, as JSON text and as columns of rows. The columns and the types of their values
 * are those of the entities, so that a new column needs no change here.
 */

const WARNING: JsonType = {
  name: "EstimateWarning",
  fields: jsonMembers("warning", { code: "text", message: "text" }),
};

const SERVICE: JsonType = {
  name: "ServiceCost",
  fields: {
    ...jsonColumns("service_costs", ["jobId", "shardKey"]),
    id: jsonValue("service_costs.job_id || ':service:' || service_costs.service", "text"),
  },
};

const REGION_SERVICE: JsonType = {
  name: "RegionServiceCost",
  fields: jsonMembers("part", { service: "text", totalMonthlyCost: "text", resourceCount: "integer" }),
};

const REGION: JsonType = {
  name: "RegionCost",
  fields: {
    ...jsonColumns("region_costs", ["jobId", "shardKey"]),
    id: jsonValue("region_costs.job_id || ':region:' || region_costs.region", "text"),
    services: jsonList(REGION_SERVICE, sql`jsonb_array_elements(region_costs.services) as part`),
  },
};

/** A name in an address, and its indexes. A key may contain dots, brackets and escaped quotes. */
const NAME = String.raw`[^.:"[\]]+`;
const INDEX = String.raw`\[(?:\d+|"(?:[^"\\]|\\.)*")\]`;
const INDEXED = `${NAME}(?:${INDEX})*`;

/**
 * The address of a resource in a module. The resource of a file with several projects has the project and a colon
 * before its address. Without a group: with one, each comparison takes twice as long.
 */
const ADDRESS = `(?:^|:)(?:module\\.${INDEXED}\\.)+(?:data\\.)?${NAME}\\.${INDEXED}$`;

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
      select string_to_array(
        ltrim(regexp_replace(substring(cost_results.resource_id from '${ADDRESS}'), '${INDEX}', '', 'g'), ':'), '.'
      ) as names
      offset 0
    ) as address
  ) end`;

const RESOURCE: JsonType = {
  name: "CostResult",
  fields: {
    ...jsonColumns("cost_results", ["jobId", "costRank", "position", "shardKey"]),
    // The ids of jobs and of their parts are unique over all types.
    id: jsonValue("cost_results.job_id || ':' || cost_results.cost_rank", "uuid"),
    module: jsonValue(RESOURCE_MODULE, "text", sql`'null'`),
  },
};

/** The id of a resource. @param costRank the position in the list of its job, from 0. */
export function resourceId(jobId: string, costRank: number): string {
  return `${jobId}:${costRank}`;
}

/** The job in the id of a resource. */
export function jobIdOf(resourceId: string): string {
  return resourceId.slice(0, resourceId.indexOf(":"));
}

/** The fields of a job. Services and regions have the highest cost first. */
export const JOB: JsonType = {
  name: "Job",
  fields: {
    ...jsonColumns("jobs", ["statedComplete", "statedDefaultBranch", "shardKey"]),
    warnings: jsonList(WARNING, sql`jsonb_array_elements(jobs.warnings) as warning`, "jobs.warnings"),
    services: jsonList(
      SERVICE,
      sql`service_costs where job_id = jobs.id order by total_monthly_cost desc, service collate "C"`,
    ),
    regions: jsonList(
      REGION,
      sql`region_costs where job_id = jobs.id order by total_monthly_cost desc, region collate "C"`,
    ),
    // GraphQL has checked the types of the arguments.
    resources: { text: ({ args, fields }) => jsonObject(resourceConnection(args ?? {}), fields) },
  },
};

/**
 * The fields that PostgreSQL can write, by object type. A selection with another field of one of these types is read as
 * rows.
 */
export const WRITABLE_FIELDS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  [JOB, WARNING, SERVICE, REGION, REGION_SERVICE, RESOURCE].map(({ name, fields }) => [
    name,
    new Set(Object.keys(fields)),
  ]),
);

/** The parts of a job with all their fields. */
export const WHOLE_PARTS = {
  services: wantedField("services", allFields(SERVICE)),
  regions: wantedField("regions", allFields(REGION)),
  resources: wantedField("resources", [
    wantedField("nodes", allFields(RESOURCE)),
    wantedField("pageInfo", [wantedField("hasNextPage"), wantedField("endCursor")]),
  ]),
};

/** All fields of a resource. */
export const resourceColumns = selectList(RESOURCE) as Sql<CostResult>;

/** The stored fields of a resource, without those that are computed from them. */
export const storedResourceColumns = selectList(RESOURCE, (name) => name !== "module") as Sql<CostResult>;

/** The arguments of a list of resources: the page, and the filter. */
type ResourcesArguments = PageArguments & { readonly filter?: ResourceFilter | null };

/** The default and the maximum number of resources of a page. */
export const RESOURCE_PAGE = { default: 50, maximum: 1_000 };

/**
 * A page of the resources of `jobs.id`, highest cost first. Each field is a subquery of its own, most of which read only
 * the key. The order is that of the primary key, so that PostgreSQL reads only the rows of the page.
 * @throws BadUserInput for an invalid page or cursor, or a filter with text that PostgreSQL cannot store.
 */
function resourceConnection({ filter, ...args }: ResourcesArguments): JsonType {
  const page = pageOf(withoutDefaultFirst(args, RESOURCE_PAGE.default), RESOURCE_PAGE);
  const matching = resourceCondition(filter ?? {});
  // A backward page is read in the reverse order.
  const listed = (limit: number) => sql`cost_results
      where cost_results.job_id = jobs.id and ${andAll([matching, rankBounds(page)])}
      order by cost_results.cost_rank ${page.backward ? sql`desc` : sql`asc`}
      limit ${sql.lit(limit)}`;
  const inOrder = page.backward
    ? sql`(select * from ${listed(page.size)}) as cost_results order by cost_results.cost_rank`
    : listed(page.size);
  const hasMore: JsonText = [
    sql`(select (count(*) > ${sql.lit(page.size)})::text from (select from ${listed(page.size + 1)}) as more)`,
  ];
  const cursorAt = (end: "min" | "max"): JsonText => [
    sql`coalesce((select ${cursorOf(sql`${sql.raw(end)}(cost_rank)`)} from (select cost_rank from ${listed(page.size)}) as ranks), 'null')`,
  ];
  const pageInfo: JsonType = {
    name: "PageInfo",
    fields: {
      // The row of a cursor is never deleted alone, so that its side of the list always has a page.
      hasNextPage: { text: () => (page.backward ? [String(page.before !== undefined)] : hasMore) },
      hasPreviousPage: { text: () => (page.backward ? hasMore : [String(page.after !== undefined)]) },
      startCursor: { text: () => cursorAt("min") },
      endCursor: { text: () => cursorAt("max") },
    },
  };
  return {
    name: "CostResultConnection",
    fields: {
      nodes: jsonList(RESOURCE, inOrder),
      edges: jsonList(RESOURCE_EDGE, inOrder),
      pageInfo: { text: ({ fields }) => jsonObject(pageInfo, fields) },
      totalCount: {
        text: () => [
          filter
            ? sql`(select count(*)::text from cost_results where job_id = jobs.id and ${matching})`
            : sql`jobs.resource_count::text`,
        ],
      },
    },
  };
}

const RESOURCE_EDGE: JsonType = {
  name: "CostResultEdge",
  fields: {
    cursor: { text: () => [cursorOf(sql`cost_results.cost_rank`)] },
    node: { text: ({ fields }) => jsonObject(RESOURCE, fields) },
  },
};

const CURSOR_ORDER = "COST_DESC";
const RankCursor = z.tuple([z.string().regex(/^\d{1,9}$/)]);

/** The JSON of `encodeCursor` for the position of a resource in the list of its job. */
function cursorOf(rank: Sql<unknown>): Sql<string> {
  const json = sql`convert_to('["${sql.raw(CURSOR_ORDER)}","' || ${rank} || '"]', 'UTF8')`;
  return sql`'"' || translate(encode(${json}, 'base64'), '+/=', '-_') || '"'`;
}

function rankBounds({ after, before }: Page): Sql<boolean> {
  return andAll([
    ifDefined(after, () => sql`cost_rank > ${rankIn("after", after)}`),
    ifDefined(before, () => sql`cost_rank < ${rankIn("before", before)}`),
  ]);
}

function rankIn(path: string, cursor = ""): number {
  const [rank] = decodeCursor<[string]>(path, cursor, CURSOR_ORDER, RankCursor);
  return Number(rank);
}

/** @throws BadUserInput for a filter with too many tags, or with text that PostgreSQL cannot store. */
function resourceCondition(filter: ResourceFilter): Sql<boolean> {
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
