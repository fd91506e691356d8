import type { Database } from "../database/database.ts";
import { countSum, rows, type Sql, sql } from "../database/sql.ts";
import { FIRST_WORD, PROVIDERS } from "../import/provider-of-type.ts";
import { type CurrentJobs, currentJobsAt, momentOf } from "../jobs/current-jobs.sql.ts";
import { ID_IN_MODULE, moduleOf } from "../jobs/job-fields.sql.ts";
import type { Decimal } from "../lib/money.ts";
import type { PortfolioTotal } from "./portfolio-total.graphql.ts";

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

type Nulls<Columns> = { readonly [Name in keyof Columns]: null };

/** A total with a group in its currency; null: no current job, or a currency whose jobs have no part in a group. */
export type PortfolioRow = { readonly asOf: Date } & (PortfolioTotal | Nulls<PortfolioTotal>) &
  (GroupRow | Nulls<GroupRow>);

/**
 * The total of the current jobs at a moment in each currency with its groups: by currency, then the largest group first
 * and the other groups last. At least one row, with the moment.
 * @param asOf undefined: now.
 * @throws BadUserInput for a filter with text that PostgreSQL cannot store.
 */
export function readPortfolioRows(
  db: Database,
  current: CurrentJobs,
  asOf: Date | undefined,
  grouping: Grouping,
): Promise<PortfolioRow[]> {
  const ofGroups = sql`coalesce((select sum(groups.amount) from groups where groups.unit = jobs.currency), 0)`;
  const unattributed = sql<Decimal>`(sum(jobs.total_monthly_cost) - ${ofGroups})::text`;
  return rows(
    db,
    { name: "portfolio.groups" },
    sql<PortfolioRow>`
    with ${groupsOf(currentJobsAt(current, asOf), grouping, "currency")},
    totals as (select ${portfolioTotalColumns(unattributed)} from counted as jobs group by jobs.currency)
    select moment.*, totals.*, ${groupColumns}
    from (select ${momentOf(asOf)} as "asOf") as moment
    left join totals on true
    left join groups on groups.unit = totals.currency
    order by totals.currency collate "C", groups.is_other, groups.rank`,
  );
}

/**
 * The columns of a PortfolioTotal, as aggregates over rows of `jobs`, for a statement that groups by `jobs.currency`.
 * @param unattributed the part of the totals that is in no group.
 */
export function portfolioTotalColumns(unattributed: Sql<string>): Sql<PortfolioTotal> {
  return sql`jobs.currency as "currency",
    sum(jobs.total_monthly_cost)::text as "totalMonthlyCost",
    ${unattributed} as "unattributed",
    ${countSum(sql`sum(jobs.resource_count)`)} as "resourceCount",
    ${countSum(sql`sum(jobs.unpriced_resource_count)`)} as "unpricedResourceCount",
    ${countSum(sql`coalesce(sum(jobs.unsupported_resource_count), 0)`)} as "unsupportedResourceCount",
    count(*)::int as "jobCount",
    min(jobs.effective_at) as "oldestJobAt"`;
}

/** A group of one job. */
export type JobGroupRow = GroupRow & { readonly jobId: string };

/** The groups of each job: the largest group first and the other groups last. */
export function readJobGroups(
  db: Database,
  ids: readonly string[],
  grouping: Grouping,
): Promise<JobGroupRow[]> {
  const jobs = sql`(select * from jobs where id = any(${ids}::uuid[]))`;
  return rows(
    db,
    { name: "portfolio.groupsOfJobs", dependsOn: "child" },
    sql<JobGroupRow>`
    with ${groupsOf(jobs, grouping, "id")}
    select groups.unit as "jobId", ${groupColumns}
    from groups
    order by groups.unit, groups.is_other, groups.rank`,
  );
}

const groupColumns = sql`groups.key, groups.is_other as "isOther", groups.amount::text as amount,
      ${countSum(sql`groups.resources`)} as resources, ${countSum(sql`groups.unpriced`)} as unpriced,
      groups.jobs::int as jobs`;

/**
 * The CTEs `counted`, the jobs, and `groups`: unit, key, is_other, rank, amount, resources, unpriced, jobs. Groups have
 * the jobs of one unit. A job with several groups in the rest counts once.
 * @param jobs a subquery that returns rows of `jobs`.
 */
function groupsOf(
  jobs: Sql<unknown>,
  { groupBy, key, first }: Grouping,
  unit: "currency" | "id",
): Sql<unknown> {
  const sums = sql`sum(amount) as amount, sum(resources) as resources, sum(unpriced) as unpriced`;
  return sql`
    counted as materialized (
      select id, currency, total_monthly_cost, resource_count, unpriced_resource_count, unsupported_resource_count,
        effective_at, ${keyOfJob(groupBy, key)} as key
      from ${jobs} as jobs
    ),
    ${groupBy === "MODULE" ? sharesOfModules(unit) : sql`shares as materialized (${sharesBy(unit, shareOf(groupBy, key))})`},
    ranked as materialized (
      select unit, key, ${sums}, count(*) as jobs,
        row_number() over (partition by unit order by sum(amount) desc, key collate "C") as rank
      from shares
      group by unit, key
    ),
    rest as materialized (
      select shares.unit, shares.job_id
      from shares join ranked on ranked.rank > ${first} and ranked.unit = shares.unit and ${isSameKey}
      group by shares.unit, shares.job_id
    ),
    groups as materialized (
      select unit, key, false as is_other, rank, amount, resources, unpriced, jobs from ranked where rank <= ${first}
      union all
      select unit, null, true, null, ${sums}, (select count(*) from rest where rest.unit = ranked.unit)
      from ranked
      where rank > ${first}
      group by unit
    )`;
}

/** The shares of all jobs: unit, job_id and the columns of `share`, a subquery for the job `counted`. */
function sharesBy(unit: "currency" | "id", share: Sql<unknown>): Sql<unknown> {
  return sql`
      select counted.${sql.raw(unit)} as unit, counted.id as job_id, share.*
      from counted cross join lateral (${share}) as share`;
}

/**
 * The CTE `shares` of modules. The pattern of an address takes ten times as long as the rest of a resource, so that it
 * is compared once for all resources of a module.
 */
function sharesOfModules(unit: "currency" | "id"): Sql<unknown> {
  return sql`
    shares_of_ids as materialized (${sharesBy(unit, shareOf("MODULE", undefined))}),
    modules as materialized (
      select id, ${sql.raw(moduleOf("ids.id"))} as key from (select distinct key as id from shares_of_ids) as ids
    ),
    shares as materialized (
      select unit, job_id, modules.key, sum(amount) as amount, sum(resources)::int as resources,
        sum(unpriced)::int as unpriced
      from shares_of_ids join modules on modules.id = shares_of_ids.key
      group by unit, job_id, modules.key
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
      return valueAt(sql`jobs.labels`, key);
    default:
      return sql`null::text`;
  }
}

/**
 * The shares of the job `counted` in groups, each with another key: key, amount, resources, unpriced.
 *
 * The resources of one job are a range of the primary key. They are added up job by job: 600,000 resources take 0.3 s.
 * In one aggregation of all jobs they take 1 s, or 0.7 s in three processes.
 */
function shareOf(groupBy: PortfolioGroup, key: string | undefined): Sql<unknown> {
  switch (groupBy) {
    case "SERVICE":
      return partsBy("service_costs", "service");
    case "REGION":
      return partsBy("region_costs", "region");
    case "RESOURCE_TYPE":
      return resourcesBy(sql`cost_results.resource_type`);
    case "MODULE":
      return resourcesBy(sql.raw(ID_IN_MODULE));
    case "TAG":
      return resourcesBy(valueAt(sql`cost_results.tags`, key));
    case "PROVIDER":
      // A job has few types, and a pattern takes longer than the rest of a row.
      return sql`
        select ${providerOf(sql`key`)} as key, sum(amount) as amount, ${countSum(sql`sum(resources)`)} as resources,
          ${countSum(sql`sum(unpriced)`)} as unpriced
        from (${resourcesBy(sql`cost_results.resource_type`)}) as by_type
        group by 1`;
    default:
      return sql`
        select counted.key, counted.total_monthly_cost as amount, counted.resource_count as resources,
          counted.unpriced_resource_count as unpriced`;
  }
}

/** Without OFFSET 0, PostgreSQL, which does not know the number of jobs, would read the parts of all jobs. */
function partsBy(table: "service_costs" | "region_costs", key: "service" | "region"): Sql<unknown> {
  return sql`
        select ${sql.raw(key)} as key, total_monthly_cost as amount, resource_count as resources,
          unpriced_resource_count as unpriced
        from ${sql.raw(table)}
        where job_id = counted.id
        offset 0`;
}

/** The counts are of the type int, because the sum of bigint is numeric, which takes longer. */
function resourcesBy(key: Sql<string | null>): Sql<unknown> {
  return sql`
        select ${key} as key, coalesce(sum(total_monthly_cost), 0) as amount, count(*)::int as resources,
          (count(*) - count(total_monthly_cost))::int as unpriced
        from cost_results
        where job_id = counted.id
        group by 1`;
}

/** The value of a key, as text; null: the object does not have the key. A value that is not a string is its JSON text. */
function valueAt(object: Sql<unknown>, key = ""): Sql<string | null> {
  return sql`coalesce(${object} ->> ${key}, case when ${object} ? ${key} then 'null' end)`;
}

/** The provider of a resource type; null: unknown. */
function providerOf(resourceType: Sql<unknown>): Sql<string | null> {
  const names = Object.entries(PROVIDERS).map(
    ([word, name]) => sql`when ${sql.lit(word)} then ${sql.lit(name)}`,
  );
  return sql`case lower(substring(${resourceType} from ${sql.lit(FIRST_WORD)})) ${sql.join(names, sql` `)} end`;
}
