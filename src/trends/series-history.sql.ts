import type { Database } from "../database/database.ts";
import { rows, sql } from "../database/sql.ts";
import type { JobFilter } from "../jobs/job.graphql.ts";
import { jobCondition } from "../jobs/job-rows.sql.ts";
import type { Decimal } from "../lib/money.ts";

/** A job of a series, and whether it is one that the filter asks about. */
export interface SeriesJob {
  /** Jobs of one series have one number. */
  readonly series: number;
  readonly id: string;
  readonly createdAt: Date;
  readonly currency: string;
  readonly amount: Decimal;
  readonly isAsked: boolean;
}

/** How much of each series is read beside the jobs that the filter asks about. */
interface Surroundings {
  /** How many jobs before the first of them. */
  readonly before: number;
  /** How many jobs after the last of them. */
  readonly after: number;
  /** More rows than this are not read. */
  readonly limit: number;
}

/**
 * Every series with a job that matches the filter, from some jobs before the first such job to some after the last,
 * in the order of time. The conditions of the series are those of idx_jobs_series. Both limits without an order end
 * the reading as soon as there is too much; a filter that matches too many jobs makes too many rows here as well.
 */
export function readSeriesHistory(
  db: Database,
  filter: JobFilter,
  around: Surroundings,
): Promise<SeriesJob[]> {
  const condition = jobCondition(filter);
  const series = sql`
    jobs.project = asked.project and coalesce(jobs.branch, '') = asked.branch
    and coalesce(jobs.profile, '') = asked.profile and jobs.currency = asked.currency`;
  const columns = sql`
    jobs.id, jobs.created_at, jobs.currency, jobs.total_monthly_cost, coalesce(${condition}, false) as is_asked`;
  return rows(
    db,
    { name: "trends.seriesHistory" },
    sql<SeriesJob>`
    with matching as (
      select project, coalesce(branch, '') as branch, coalesce(profile, '') as profile, currency, created_at
      from jobs
      where project is not null and ${condition}
      limit ${around.limit}
    ),
    asked as (
      select project, branch, profile, currency, row_number() over () as series,
        min(created_at) as since, max(created_at) as until
      from matching
      group by project, branch, profile, currency
    ),
    members as (
      select series, member.*
      from asked
      cross join lateral (
        (
          select ${columns} from jobs
          where ${series} and jobs.created_at < since
          order by jobs.created_at desc, jobs.id desc
          limit ${around.before}
        )
        union all
        (select ${columns} from jobs where ${series} and jobs.created_at >= since and jobs.created_at <= until)
        union all
        (
          select ${columns} from jobs
          where ${series} and jobs.created_at > until
          order by jobs.created_at, jobs.id
          limit ${around.after}
        )
      ) as member
      limit ${around.limit}
    )
    select series, id, created_at as "createdAt", currency, total_monthly_cost as amount, is_asked as "isAsked"
    from members
    order by series, created_at, id`,
  );
}
