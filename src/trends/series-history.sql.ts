import type { Database } from "../database/database.ts";
import { rows, sql } from "../database/sql.ts";
import type { JobFilter } from "../jobs/job-filter.graphql.ts";
import { jobCondition } from "../jobs/job-filter.sql.ts";
import { isMember, isSameSeries } from "../jobs/series.sql.ts";
import type { Decimal } from "../lib/money.ts";

/** A job of a series. */
export interface SeriesJob {
  /** The number of the series in this result. */
  readonly series: number;
  readonly id: string;
  readonly effectiveAt: Date;
  readonly currency: string;
  readonly amount: Decimal;
  /** false: the job is read as the history or as a follower of a job that matches. */
  readonly matchesFilter: boolean;
}

/** The part of each series to read beside the matching jobs. */
interface SeriesWindow {
  /** The number of jobs before the first matching job. */
  readonly before: number;
  /** The number of jobs after the last matching job. */
  readonly after: number;
  /** The maximum number of rows to read. */
  readonly limit: number;
}

/**
 * The jobs of each series with a matching job: the matching jobs, the jobs between them, and the window before and
 * after them, oldest first. The conditions of a series are those of idx_jobs_series. The two limits have no order, so
 * that the statement ends as soon as there are too many rows; then the caller rejects the request.
 * @throws BadUserInput for a filter with text that PostgreSQL cannot store.
 */
export function readSeriesHistory(
  db: Database,
  filter: JobFilter,
  window: SeriesWindow,
): Promise<SeriesJob[]> {
  const condition = jobCondition(filter);
  const member = sql`${isSameSeries("jobs", "matching_series")} and ${isMember("jobs")}`;
  const columns = sql`
    jobs.id, jobs.effective_at, jobs.currency, jobs.total_monthly_cost, coalesce(${condition}, false) as matches_filter`;
  return rows(
    db,
    { name: "trends.seriesHistory" },
    sql<SeriesJob>`
    with matching as (
      select project, branch, profile, currency, effective_at
      from jobs
      where ${isMember("jobs")} and ${condition}
      limit ${window.limit}
    ),
    matching_series as (
      select project, branch, profile, currency, row_number() over () as series,
        min(effective_at) as since, max(effective_at) as until
      from matching
      group by project, branch, profile, currency
    ),
    members as (
      select series, member.*
      from matching_series
      cross join lateral (
        (
          select ${columns} from jobs
          where ${member} and jobs.effective_at < since
          order by jobs.effective_at desc, jobs.id desc
          limit ${window.before}
        )
        union all
        (select ${columns} from jobs where ${member} and jobs.effective_at >= since and jobs.effective_at <= until)
        union all
        (
          select ${columns} from jobs
          where ${member} and jobs.effective_at > until
          order by jobs.effective_at, jobs.id
          limit ${window.after}
        )
      ) as member
      limit ${window.limit}
    )
    select series, id, effective_at as "effectiveAt", currency, total_monthly_cost as amount,
      matches_filter as "matchesFilter"
    from members
    order by series, effective_at, id`,
  );
}
