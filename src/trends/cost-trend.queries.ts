import type { Database } from "../database/database.ts";
import { rows, sql } from "../database/sql.ts";
import { type JobFilter, jobCondition } from "../jobs/job-filter.queries.ts";
import type { TrendGroup, TrendInterval, TrendPoint } from "./trend.ts";
import { amountsBy, earliestStart, summaryOf } from "./trend-parts.queries.ts";

/** Which points of a trend. */
export interface TrendQuestion {
  readonly filter: JobFilter;
  readonly interval: TrendInterval;
  readonly groupBy: TrendGroup;
  readonly timeZone: string;
  /** How many groups of each currency; the rest is pooled. */
  readonly first: number;
  /** More points than this are not read. */
  readonly limit: number;
}

/** A point, and the series that it belongs to. */
export interface TrendRow extends TrendPoint {
  readonly currency: string;
  /** Empty for the jobs that have none, and for the pooled rest. */
  readonly key: string;
  readonly isOther: boolean;
}

/**
 * The points of a trend in the order of the answer: by currency, largest group first and the rest last, by time.
 * The jobs are numbered by creation, so that the first and the last amount of an interval are the ones with the
 * lowest and the highest number, which needs no sorting; and the many rows are read twice only if there is a rest.
 */
export function readTrend(db: Database, question: TrendQuestion): Promise<TrendRow[]> {
  const { filter, interval, groupBy, timeZone, first, limit } = question;
  return rows(
    db,
    sql<TrendRow>`/* trends.costTrend */
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

/** Whether PostgreSQL has refused a time zone that Node.js knows: the two have their own lists. */
export function isUnknownTimeZone(error: unknown): boolean {
  return (
    error instanceof Error && "code" in error && error.code === "22023" && /time zone/.test(error.message)
  );
}
