import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { columnsOf, jsonColumnsOf, selectList } from "../database/columns.ts";
import type { Database } from "../database/database.ts";
import {
  concatenated,
  type JsonField,
  type JsonType,
  jsonColumn,
  jsonList,
  jsonListOf,
  jsonObject,
  mergedTexts,
  NotWritable,
  type Wanted,
} from "../database/json-text.ts";
import { type Sql, sql } from "../database/sql.ts";
import type { CostResult, Job, RegionCost, ServiceCost } from "./job.graphql.ts";
import {
  cursorText,
  pageInfoText,
  RESOURCE_MODULE,
  type ResourcesQuestion,
  resourceCondition,
  resourcePageOf,
  resourcesOf,
} from "./job-resources.sql.ts";

/**
 * The fields of jobs and of their parts, as columns of rows and as JSON text. The columns and the types of their values
 * are those of the entities, so that a new column needs no change here.
 */

/** The order of the services and of the regions of a job: highest cost first. */
export const SERVICE_ORDER = sql`service_costs.total_monthly_cost desc, service_costs.service collate "C"`;
/** The order of the regions of a job: highest cost first. */
export const REGION_ORDER = sql`region_costs.total_monthly_cost desc, region_costs.region collate "C"`;

/** The ids of the parts of a job are unique over all types. */
const RESOURCE_ID = "cost_results.job_id || ':' || cost_results.cost_rank";
const SERVICE_ID = "service_costs.job_id || ':service:' || service_costs.service";
const REGION_ID = "region_costs.job_id || ':region:' || region_costs.region";

const WARNING: JsonType = {
  name: "EstimateWarning",
  fields: {
    code: jsonColumn("warning->>'code'", "text"),
    message: jsonColumn("warning->>'message'", "text"),
  },
};

const SERVICE: JsonType = {
  name: "ServiceCost",
  fields: {
    ...jsonColumnsOf("service_costs", ["jobId", "shardKey"]),
    id: jsonColumn(SERVICE_ID, "text"),
  },
};

const REGION_SERVICE: JsonType = {
  name: "RegionServiceCost",
  fields: {
    service: jsonColumn("part->>'service'", "text"),
    totalMonthlyCost: jsonColumn("part->>'totalMonthlyCost'", "text"),
    resourceCount: jsonColumn("part->>'resourceCount'", "integer"),
  },
};

const REGION: JsonType = {
  name: "RegionCost",
  fields: {
    ...jsonColumnsOf("region_costs", ["jobId", "shardKey", "services"]),
    id: jsonColumn(REGION_ID, "text"),
    services: jsonListOf(REGION_SERVICE, sql`jsonb_array_elements(region_costs.services) as part`),
  },
};

const RESOURCE: JsonType = {
  name: "CostResult",
  fields: {
    ...jsonColumnsOf("cost_results", ["jobId", "costRank", "position", "shardKey"]),
    id: jsonColumn(RESOURCE_ID, "uuid"),
    module: jsonColumn(RESOURCE_MODULE, "text", true),
  },
};

/** GraphQL has checked the types of the arguments. */
const resources: JsonField = ({ args, fields }) => jsonObject(resourceConnection(args ?? {}), fields);

/** A page of the resources of `jobs.id`. Each field is a subquery of its own, most of which read only the key. */
function resourceConnection(question: ResourcesQuestion): JsonType {
  const { filter } = question;
  const page = resourcePageOf(question);
  const listed = resourcesOf(page, filter ?? {}, page.size);
  const rows = page.backward
    ? sql`(select * from ${listed}) as cost_results order by cost_results.cost_rank`
    : listed;
  const node: JsonField = ({ fields }) => jsonObject(RESOURCE, fields);
  const edge: JsonType = {
    name: "CostResultEdge",
    fields: { cursor: () => cursorText(sql`cost_results.cost_rank`), node },
  };
  return {
    name: "CostResultConnection",
    fields: {
      nodes: (wanted) => jsonList(node(wanted), rows),
      edges: jsonListOf(edge, rows),
      pageInfo: ({ fields }) => [
        sql`(
          select ${concatenated(jsonObject(pageInfoText(page), fields))}
          from (select array(select cost_rank from ${resourcesOf(page, filter ?? {}, page.size + 1)}) as ranks) as page
        )`,
      ],
      totalCount: () => [
        filter
          ? sql`(select count(*)::text from cost_results where job_id = jobs.id and ${resourceCondition(filter)})`
          : sql`jobs.resource_count::text`,
      ],
    },
  };
}

const JOB: JsonType = {
  name: "Job",
  fields: {
    ...jsonColumnsOf("jobs", ["statedComplete", "statedDefaultBranch", "shardKey"]),
    warnings: jsonListOf(WARNING, sql`jsonb_array_elements(jobs.warnings) as warning`),
    services: jsonListOf(SERVICE, sql`service_costs where job_id = jobs.id order by ${SERVICE_ORDER}`),
    regions: jsonListOf(REGION, sql`region_costs where job_id = jobs.id order by ${REGION_ORDER}`),
    resources,
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

/** A job as a row with the requested fields, or with texts of its selections. */
export type SelectedJob = Job & Readonly<Record<TextColumn, string | null>>;

/** The name of a column with the JSON text of a selection, with deferred values; null: a required value is missing. */
export type TextColumn = `text ${string}`;

const textColumns = new WeakMap<readonly Wanted[], TextColumn>();

/** The column of a selection. Equal selections have the same column. */
export function textColumnOf(selection: readonly Wanted[]): TextColumn {
  const known = textColumns.get(selection);
  if (known !== undefined) return known;
  const column =
    `text ${createHash("sha256").update(JSON.stringify(selection)).digest("base64url")}` as const;
  textColumns.set(selection, column);
  return column;
}

/** The select list of jobs. */
export interface JobColumns {
  readonly list: Sql<SelectedJob>;
  /**
   * The select list that merges a page of these rows into one row, with all ids and texts: a row costs as much as its
   * transfer of 300 bytes, and joined texts need not be joined again. undefined: each row is needed.
   */
  readonly merged?: Sql<SelectedJob> | undefined;
}

/** The limit of the texts below, in characters. A dashboard has 2,000, and all fields of a job and its parts 7,000. */
const MAX_CACHED_TEXT = 2_000_000;

/** Select lists as SQL text, by their columns: to compile 50 parts takes as long as an index look-up. */
const compiledTexts = new LRUCache<string, string>({
  maxSize: MAX_CACHED_TEXT,
  sizeCalculation: (text, key) => text.length + key.length,
});

/**
 * The columns of jobs whose selections PostgreSQL writes.
 * @param selections the selections of jobs.
 * @param cursors whether the columns of cursors are needed.
 * @throws NotWritable when an argument in a selection is invalid.
 */
export function jobTexts(
  db: Database,
  selections: readonly (readonly Wanted[])[],
  cursors: boolean,
): JobColumns {
  const texts = new Map(selections.map((selection) => [textColumnOf(selection), selection]));
  const columns = [...texts.keys()];
  const joined = columns.map((column) => sql`${mergedTexts(sql.id(column))} as ${sql.id(column)}`);
  const merged = cursors
    ? undefined
    : sql<SelectedJob>`${sql.join([sql`string_agg(id::text, ',') as id`, ...joined])}`;
  const key = `${cursors} ${columns}`;
  const known = compiledTexts.get(key);
  if (known !== undefined) return { list: sql.raw(known), merged };
  const written = [...texts].map(([column, selection]) => sql`${jobText(selection)} as ${sql.id(column)}`);
  const list = sql<SelectedJob>`${sql.join([cursors ? positionOfJob : sql`jobs.id`, ...written])}`;
  const { sql: text, parameters } = db.compile(list);
  if (parameters.length === 0) compiledTexts.set(key, text);
  return { list, merged };
}

function jobText(wanted: readonly Wanted[]): Sql<string> {
  try {
    return concatenated(jsonObject(JOB, wanted));
  } catch (cause) {
    // graphql-js reports the error of an argument with the path of its field.
    throw new NotWritable("An argument is invalid.", { cause });
  }
}

const jobColumns: Readonly<Record<keyof Job, string>> = columnsOf("jobs");

/** The fields that cursors, pages and field resolvers need. These fields are always read. */
const ALWAYS: ReadonlySet<string> = new Set([
  "id",
  "createdAt",
  "effectiveAt",
  "currency",
  "totalMonthlyCost",
  "resourceCount",
]);

/** The columns of a whole job. */
export const wholeJob: JobColumns = jobRows(new Set(Object.keys(jobColumns)));

/** The requested columns of jobs, and the columns that are always read. */
export function jobRows(requested: ReadonlySet<string>): JobColumns {
  const chosen = Object.entries(jobColumns).filter(([name]) => ALWAYS.has(name) || requested.has(name));
  return { list: selectList<string>("jobs", Object.fromEntries(chosen)) as Sql<SelectedJob> };
}

/** The columns that are always read, among them those of cursors. */
const positionOfJob: Sql<unknown> = jobRows(new Set()).list;

const { jobId, costRank, ...resourceValues }: Readonly<Record<string, string>> = columnsOf("cost_results");

/** The names of the stored fields of a resource. */
export const resourceFields: ReadonlySet<string> = new Set(["id", ...Object.keys(resourceValues)]);

/**
 * The columns of the requested fields and of the key. Three columns are JSON, which is half of the bytes of a row and
 * three quarters of the time to read a row: a page of 50 resources takes 0.6 ms without them, and 1.3 ms with them.
 */
export function resourceRows(requested: ReadonlySet<string>): Sql<CostResult> {
  const chosen = Object.entries(resourceValues).filter(([name]) => requested.has(name));
  const columns = [
    `cost_results.job_id as "jobId", cost_results.cost_rank as "costRank", ${RESOURCE_ID} as "id"`,
    ...chosen.map(([name, column]) => `cost_results.${column} as "${name}"`),
    ...(requested.has("module") ? [`${RESOURCE_MODULE} as "module"`] : []),
  ];
  return sql.raw(columns.join(", "));
}

/** All columns of a service, and of a region. */
export const serviceColumns: Sql<ServiceCost> = sql`
  ${selectList("service_costs", columnsOf("service_costs"))}, ${sql.raw(SERVICE_ID)} as "id"`;
export const regionColumns: Sql<RegionCost> = sql`
  ${selectList("region_costs", columnsOf("region_costs"))}, ${sql.raw(REGION_ID)} as "id"`;

/** All fields of a resource. */
export const resourceColumns: Sql<CostResult> = resourceRows(new Set([...resourceFields, "module"]));
