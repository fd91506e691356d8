import type { Database } from "../database/database.ts";
import { rows, type Sql, sql } from "../database/sql.ts";
import type { JobFilter } from "../jobs/job.graphql.ts";
import { jobCondition } from "../jobs/job-rows.sql.ts";
import type { Decimal } from "../lib/money.ts";

/** The length of the intervals of a trend; cost-trend.graphql.ts describes each. */
export type TrendInterval = "HOUR" | "DAY" | "WEEK" | "MONTH";

/** The grouping of the series of a trend; cost-trend.graphql.ts describes each. */
export type TrendGroup = "TOTAL" | "PROJECT" | "PROFILE" | "SERVICE" | "REGION";

/** One interval of one series; the names are those of the GraphQL type. */
export interface TrendPoint {
  readonly start: Date;
  readonly jobCount: number;
  readonly unpricedJobCount: number;
  readonly first: Decimal;
  readonly last: Decimal;
  readonly min: Decimal;
  readonly max: Decimal;
  readonly mean: Decimal;
}

/** One line of a trend with its points, oldest first; the names are those of the GraphQL type. */
export interface TrendSeries {
  readonly key: string;
  readonly isOther: boolean;
  readonly currency: string;
  readonly delta: Decimal;
  readonly percentageChange: number | null;
  readonly points: readonly TrendPoint[];
}

/** The arguments of a trend, after their check. */
export interface TrendQuery {
  readonly filter: JobFilter;
  readonly interval: TrendInterval;
  readonly groupBy: TrendGroup;
  readonly timeZone: string;
  /** The number of groups of each currency; the other groups become one series. */
  readonly first: number;
  /** The maximum number of points to read. */
  readonly limit: number;
}

/** A point with its series. */
export interface TrendRow extends TrendPoint {
  readonly currency: string;
  /** Empty for the jobs without a value, and for the other groups. */
  readonly key: string;
  readonly isOther: boolean;
}

/**
 * The points of a trend, by currency, then the largest group first and the other groups last, then by time. The jobs
 * are numbered by creation, so that the first and the last amount of an interval are those with the lowest and the
 * highest number, without a sort. The rows are read twice only if there are other groups.
 * @throws BadUserInput for a filter with text that PostgreSQL cannot store.
 */
export function readTrend(db: Database, query: TrendQuery): Promise<TrendRow[]> {
  const { filter, interval, groupBy, timeZone, first, limit } = query;
  return rows(
    db,
    { name: "trends.costTrend" },
    sql<TrendRow>`
    with matching as materialized (
      select jobs.id, jobs.currency, jobs.project, jobs.profile, jobs.total_monthly_cost,
        jobs.unpriced_resource_count,
        date_trunc(${interval}, jobs.created_at, ${timeZone}) as start,
        row_number() over (order by jobs.created_at, jobs.id) as place
      from jobs
      where ${jobCondition(filter)}
    ),
    amounts as not materialized (${amountsBy(groupBy)}),
    points as (
      select *, first_value(last) over (partition by currency, key order by start desc) as newest
      from (${summaryOf(sql`amounts`)}) as summary
    ),
    ranked as (
      select *, dense_rank() over (partition by currency order by newest desc, key collate "C") as rank
      from points
    ),
    rest_amounts as not materialized (
      select place, currency, '' as key, start, sum(amount) as amount, bool_or(unpriced) as unpriced
      from amounts
      join (select distinct currency, key from ranked where rank > ${first}) as rest using (currency, key)
      group by place, currency, start
    ),
    answer as (
      select currency, key, false as is_other, rank, start, job_count, unpriced_job_count, first, last, min, max, mean
      from ranked
      where rank <= ${first}
      union all
      select currency, key, true, null, start, job_count, unpriced_job_count, first, last, min, max, mean
      from (${summaryOf(sql`rest_amounts`)}) as summary
    )
    select currency, key, is_other as "isOther", ${earliestStart(interval, timeZone)} as start,
      job_count as "jobCount", unpriced_job_count as "unpricedJobCount", first, last, min, max, mean
    from answer
    order by currency, is_other, rank, answer.start
    limit ${limit}`,
  );
}

/** Whether PostgreSQL does not know the time zone. Node.js and PostgreSQL have different lists of time zones. */
export function isUnknownTimeZone(error: unknown): boolean {
  return (
    error instanceof Error && "code" in error && error.code === "22023" && /time zone/.test(error.message)
  );
}

/** The amounts of the jobs in `matching`, each with its key. A name is never empty, so that '' can stand for "none". */
function amountsBy(groupBy: TrendGroup): Sql<unknown> {
  switch (groupBy) {
    case "TOTAL":
      return jobAmounts(sql`'total'`);
    case "PROJECT":
      return jobAmounts(sql`coalesce(project, '')`);
    case "PROFILE":
      return jobAmounts(sql`coalesce(profile, '')`);
    case "SERVICE":
      return sql`
        select place, currency, service as key, start, service_costs.total_monthly_cost as amount,
          service_costs.unpriced_resource_count > 0 as unpriced
        from matching join service_costs on job_id = id`;
    case "REGION":
      return sql`
        select place, currency, region as key, start, region_costs.total_monthly_cost as amount,
          region_costs.unpriced_resource_count > 0 as unpriced
        from matching join region_costs on job_id = id`;
  }
}

function jobAmounts(key: Sql<string>): Sql<unknown> {
  return sql`
    select place, currency, ${key} as key, start, total_monthly_cost as amount,
      unpriced_resource_count > 0 as unpriced
    from matching`;
}

/**
 * The summary of each interval of each (currency, key). PostgreSQL compares arrays by their first element, the number
 * of the job, which is unique within a key: the least and the greatest array hold the first and the last amount. The
 * sum is given 30 fraction digits before the division, because a quotient has as many as its dividend.
 */
function summaryOf(amounts: Sql<unknown>): Sql<unknown> {
  return sql`
    select currency, key, start, count(*) as job_count,
      count(*) filter (where unpriced) as unpriced_job_count, min(amount) as min, max(amount) as max,
      trim_scale(round(round(sum(amount), 30) / count(*), 30)) as mean,
      (min(array[place, amount]))[2] as first, (max(array[place, amount]))[2] as last
    from ${amounts}
    group by currency, key, start`;
}

/**
 * The start of an interval. Where clocks are turned back to or across midnight, there are two midnights: date_trunc
 * returns the second one, but the day begins with the first. A repeated hour is two intervals.
 */
function earliestStart(interval: TrendInterval, timeZone: string): Sql<Date> {
  if (interval === "HOUR") return sql`start`;
  const localTime = (moment: Sql<Date>) => sql`(${moment} at time zone ${timeZone}::text)`;
  const hourBefore = sql<Date>`(start - interval '1 hour')`;
  return sql`case when ${localTime(hourBefore)} = ${localTime(sql`start`)} then ${hourBefore} else start end`;
}
