import type { Database } from "../database/database.ts";
import { rows, type Sql, sql } from "../database/sql.ts";
import { FIRST_WORD, PROVIDERS } from "../import/provider-of-type.ts";
import { type CurrentJobs, isSelected, newestCandidates } from "../jobs/current-jobs.sql.ts";
import { RESOURCE_MODULE } from "../jobs/job-resources.sql.ts";
import type { Decimal } from "../lib/money.ts";
import type { PortfolioTotal } from "./portfolio-total.graphql.ts";
import { portfolioTotalColumns } from "./portfolio-total.sql.ts";

/** The grouping of a roll-up; portfolio.graphql.ts describes each. */
export type PortfolioGroup =
  | "TOTAL"
  | "PROJECT"
  | "BRANCH"
  | "PROFILE"
  | "PROVIDER"
  | "SERVICE"
  | "REGION"
  | "RESOURCE_TYPE"
  | "MODULE"
  | "TAG"
  | "LABEL";

/** A grouping, after its check. */
export interface Grouping {
  readonly groupBy: PortfolioGroup;
  /** The key of the tag or the label; undefined: the grouping has none. */
  readonly key: string | undefined;
  /** The number of groups; the other groups become one. */
  readonly first: number;
}

/** The amount of a group, per month, and the number of its resources and jobs. */
export interface GroupRow {
  readonly key: string | null;
  readonly isOther: boolean;
  readonly amount: Decimal;
  readonly resources: number;
  readonly unpriced: number;
  readonly jobs: number;
}

/** The current jobs at a moment. */
export interface CountedJobs {
  readonly asOf: Date;
  readonly ids: readonly string[];
}

/**
 * The current jobs at a moment. They are read before their parts: the number of ids tells PostgreSQL that an index scan
 * of several processes is worth its start.
 * @param asOf undefined: the present of the database, by which jobs are stored.
 * @throws BadUserInput for a filter with text that PostgreSQL cannot store.
 */
export async function readCurrentJobs(
  db: Database,
  current: CurrentJobs,
  asOf: Date | undefined,
): Promise<CountedJobs> {
  const moment = momentOf(asOf);
  const [counted] = await rows(
    db,
    { name: "portfolio.currentJobs" },
    sql<CountedJobs>`
    select ${moment} as "asOf", array(
      select jobs.id from ${newestCandidates(current, justAfter(moment))} as jobs
      where ${isSelected(current.filter)}
    ) as ids`,
  );
  if (counted === undefined) throw new Error("PostgreSQL returned no row for a SELECT without FROM.");
  return counted;
}

function momentOf(asOf: Date | undefined): Sql<Date> {
  return asOf === undefined ? sql`statement_timestamp()::timestamptz(3)` : sql`${asOf}::timestamptz(3)`;
}

/** The first moment after this one. Times of jobs have milliseconds. */
export function justAfter(moment: Sql<Date>): Sql<Date> {
  return sql`(${moment} + interval '1 millisecond')`;
}

type Nulls<Columns> = { readonly [Name in keyof Columns]: null };

/** A total with a group in its currency; null: the jobs have no part that could be in a group. */
export type PortfolioRow = PortfolioTotal & (GroupRow | Nulls<GroupRow>);

/**
 * The total of jobs in each currency with its groups: by currency, then the largest group first and the other groups
 * last.
 */
export function readPortfolioRows(
  db: Database,
  ids: readonly string[],
  grouping: Grouping,
): Promise<PortfolioRow[]> {
  const ofGroups = sql`coalesce((select sum(groups.amount) from groups where groups.unit = jobs.currency), 0)`;
  const unattributed = sql<Decimal>`(sum(jobs.total_monthly_cost) - ${ofGroups})::text`;
  return rows(
    db,
    { name: "portfolio.groups" },
    sql<PortfolioRow>`
    with ${groupsOf(ids, grouping, "currency")},
    totals as (select ${portfolioTotalColumns(unattributed)} from counted as jobs group by jobs.currency)
    select totals.*, ${groupColumns}
    from totals left join groups on groups.unit = totals.currency
    order by totals.currency collate "C", groups.is_other, groups.rank`,
  );
}

/** A group of one job. */
export type JobGroupRow = GroupRow & { readonly jobId: string };

/** The groups of each job: the largest group first and the other groups last. */
export function readJobGroups(
  db: Database,
  ids: readonly string[],
  grouping: Grouping,
): Promise<JobGroupRow[]> {
  return rows(
    db,
    { name: "portfolio.groupsOfJobs", dependsOn: "child" },
    sql<JobGroupRow>`
    with ${groupsOf(ids, grouping, "id")}
    select groups.unit as "jobId", ${groupColumns}
    from groups
    order by groups.unit, groups.is_other, groups.rank`,
  );
}

const groupColumns = sql.raw(`groups.key, groups.is_other as "isOther", groups.amount::text as amount,
      groups.resources::int as resources, groups.unpriced::int as unpriced, groups.jobs::int as jobs`);

/**
 * The CTEs `counted`, the jobs, and `groups`: unit, key, is_other, rank, amount, resources, unpriced, jobs. Groups have
 * the jobs of one unit. The rest of a unit counts a job once, whatever number of its groups are in the rest.
 */
function groupsOf(
  ids: readonly string[],
  { groupBy, key, first }: Grouping,
  unit: "currency" | "id",
): Sql<unknown> {
  const rest = sql`ranked.rank > ${first}`;
  return sql`
    counted as materialized (
      select id, currency, total_monthly_cost, resource_count, unpriced_resource_count, unsupported_resource_count,
        effective_at, ${keyOfJob(groupBy, key)} as key
      from jobs
      where id = any(${ids}::uuid[])
    ),
    shares as materialized (
      select counted.${sql.raw(unit)} as unit, counted.id as job_id, share.key, share.amount, share.resources,
        share.unpriced
      from (${sharesOf(ids, groupBy, key)}) as share join counted on counted.id = share.job_id
    ),
    ranked as materialized (
      select unit, key, sum(amount) as amount, sum(resources) as resources, sum(unpriced) as unpriced,
        count(*) as jobs,
        row_number() over (partition by unit order by sum(amount) desc, key collate "C") as rank
      from shares
      group by unit, key
    ),
    groups as materialized (
      select unit, key, false as is_other, rank, amount, resources, unpriced, jobs
      from ranked
      where not ${rest}
      union all
      select shares.unit, null, true, null, sum(shares.amount), sum(shares.resources), sum(shares.unpriced),
        count(distinct shares.job_id)
      from shares join ranked on ${rest} and ranked.unit = shares.unit and ${isSameKey}
      group by shares.unit
    )`;
}

/** PostgreSQL can hash these conditions, and not IS NOT DISTINCT FROM. */
const isSameKey = sql<boolean>`(ranked.key is null) = (shares.key is null)
        and coalesce(ranked.key, '') = coalesce(shares.key, '')`;

/** The key of a job in a grouping by jobs. */
function keyOfJob(groupBy: PortfolioGroup, key: string | undefined): Sql<string | null> {
  switch (groupBy) {
    case "TOTAL":
      return sql`'total'::text`;
    case "PROJECT":
      return sql`jobs.project`;
    case "BRANCH":
      return sql`jobs.branch`;
    case "PROFILE":
      return sql`jobs.profile`;
    case "LABEL":
      return valueOf(sql`jobs.labels`, key);
    default:
      return sql`null::text`;
  }
}

/** The shares of jobs in groups: job_id, key, amount, resources, unpriced. A job has one share in each of its groups. */
function sharesOf(ids: readonly string[], groupBy: PortfolioGroup, key: string | undefined): Sql<unknown> {
  switch (groupBy) {
    case "SERVICE":
      return partsOf(ids, "service_costs", "service");
    case "REGION":
      return partsOf(ids, "region_costs", "region");
    case "RESOURCE_TYPE":
      return resourcesBy(ids, sql`cost_results.resource_type`);
    case "MODULE":
      return resourcesBy(ids, sql.raw(RESOURCE_MODULE));
    case "TAG":
      return resourcesBy(ids, valueOf(sql`cost_results.tags`, key));
    case "PROVIDER":
      // A job has few types, and a pattern takes longer than the rest of a row.
      return sql`
        select job_id, ${providerOf(sql`key`)} as key, sum(amount) as amount, sum(resources) as resources,
          sum(unpriced) as unpriced
        from (${resourcesBy(ids, sql`cost_results.resource_type`)}) as by_type
        group by 1, 2`;
    default:
      return sql`
        select id as job_id, key, total_monthly_cost as amount, resource_count as resources,
          unpriced_resource_count as unpriced
        from counted`;
  }
}

function partsOf(
  ids: readonly string[],
  table: "service_costs" | "region_costs",
  key: "service" | "region",
): Sql<unknown> {
  return sql`
        select job_id, ${sql.raw(key)} as key, total_monthly_cost as amount, resource_count as resources,
          unpriced_resource_count as unpriced
        from ${sql.raw(table)}
        where job_id = any(${ids}::uuid[])`;
}

/** The resources of each job by a key. The ids are a parameter here too, so that several processes can read them. */
function resourcesBy(ids: readonly string[], key: Sql<string | null>): Sql<unknown> {
  return sql`
        select job_id, ${key} as key, coalesce(sum(total_monthly_cost), 0) as amount, count(*) as resources,
          count(*) - count(total_monthly_cost) as unpriced
        from cost_results
        where job_id = any(${ids}::uuid[])
        group by 1, 2`;
}

/** The value of a key, as text; null: the object does not have the key. A value that is not a string is its JSON text. */
function valueOf(object: Sql<unknown>, key = ""): Sql<string | null> {
  return sql`coalesce(${object} ->> ${key}, case when ${object} ? ${key} then 'null' end)`;
}

/** The provider of a resource type; null: unknown. */
function providerOf(resourceType: Sql<unknown>): Sql<string | null> {
  const names = Object.entries(PROVIDERS).map(
    ([word, name]) => sql`when ${sql.lit(word)} then ${sql.lit(name)}`,
  );
  return sql`case lower(substring(${resourceType} from ${sql.lit(FIRST_WORD)})) ${sql.join(names, sql` `)} end`;
}
