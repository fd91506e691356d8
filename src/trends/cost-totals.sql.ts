import { countSum, type Sql, sql } from "../database/sql.ts";
import {
  type CurrentJobs,
  currentKey,
  isSelected,
  maxAge,
  newestCandidates,
} from "../jobs/current-jobs.sql.ts";
import { type Calendar, intervalOf } from "./trend-intervals.sql.ts";

/**
 * The totals of a trend at the ends of its intervals. Only the newest candidate of an interval can be current at its
 * end. A total is therefore computed from the intervals at which it changes: the job is added in the interval in which
 * it becomes current, and subtracted in the interval in which it ends. The work grows with the jobs, and not with
 * projects times intervals.
 *
 * The parts are common table expressions of the statement of a trend. They read two others: `scanned`, the jobs of the
 * filter with their `place` in the order of series, and `range`.
 */

/**
 * The CTE `periods`: each current job with the interval in which it becomes current (`start`), and the interval at
 * whose end it is no longer current (`ended`; null: it is current until the end of the range).
 * @param since the beginning of the range; undefined: no candidate is older than the jobs in `scanned`.
 */
export function currentPeriods(
  current: CurrentJobs,
  calendar: Calendar,
  since: Date | undefined,
): Sql<unknown> {
  const key = currentKey("candidate", current.byBranch);
  const ages =
    current.maxAgeDays === undefined
      ? sql`null::timestamptz`
      : expiry(sql`job.effective_at + ${maxAge(current.maxAgeDays)}`, calendar);
  return sql`
    ${since === undefined ? sql`` : sql`history as materialized (${candidatesBefore(current, since)}),`}
    candidates as not materialized (
      select place, start, ${candidateColumns}, matches
      from scanned cross join range
      where is_candidate and effective_at < until
      ${since === undefined ? sql`` : sql`union all select * from history`}
    ),
    newest as (
      select max(place) as place, greatest(start, first_start) as start,
        lead(greatest(start, first_start)) over (partition by ${key} order by greatest(start, first_start)) as next_start
      from candidates as candidate cross join range
      group by ${key}, greatest(start, first_start)
    ),
    periods as materialized (
      select place, newest.start, ended, ${candidateColumns}
      from newest
      join (select * from candidates) as job using (place)
      cross join range
      cross join lateral (select least(next_start, ${ages}) as ended) as period
      where matches and (ended is null or ended > newest.start)
    )`;
}

const candidateColumns = sql.raw(
  "id, currency, project, branch, profile, effective_at, total_monthly_cost, unpriced_resource_count",
);

/** The current jobs at the beginning of the range. Their places are before those of the range. */
function candidatesBefore(current: CurrentJobs, since: Date): Sql<unknown> {
  return sql`
    select -row_number() over () as place, first_start as start, ${candidateColumns},
      ${isSelected(current.filter)} as matches
    from ${newestCandidates(current, sql`${since}::timestamptz`)} as jobs cross join range`;
}

/** The interval at whose end a job is too old; null: after the range. */
function expiry(moment: Sql<unknown>, calendar: Calendar): Sql<unknown> {
  return sql`case when ${moment} < until then greatest(${intervalOf(calendar, moment)}, first_start) end`;
}

/**
 * The changes of the total of each (currency, key), with its values from the interval `start` on.
 *
 * The sum of numeric keeps the digits of jobs that have ended: 100.00 - 100.00 + 5 is 5.00. The number of current
 * amounts with each number of fraction digits is therefore counted too, nine decimal digits of `precision` for each.
 * @param shares rows of a current job and a key: place, currency, key, start, ended, amount, unpriced.
 * @param zeros rows (currency, key, start, present) for a grouping in which a job does not have every key: the total of
 *   a key is zero, and not unknown, as long as the currency has a current job. undefined: a job has one key.
 */
export function changesOf(shares: Sql<unknown>, zeros: Sql<unknown> | undefined): Sql<unknown> {
  const present = zeros === undefined ? sql`1` : sql`0`;
  return sql`
    select currency, key, start, job_count::int as job_count, ${countSum(sql`unpriced`)} as unpriced,
      case when present > 0
        then round(amount, case when precision = 0 then 0 else (length(precision::text) - 1) / 9 end)
      end as total
    from (
      select currency, key, start,
        sum(sum(amount)) over changes as amount,
        sum(sum(jobs)) over changes as job_count,
        sum(sum(unpriced)) over changes as unpriced,
        sum(sum(present)) over changes as present,
        sum(sum(precision)) over changes as precision
      from (
        select currency, key, start, amount, 1 as jobs, unpriced, ${present} as present,
          ('1e' || 9 * scale(amount))::numeric as precision
        from ${shares}
        union all
        select currency, key, ended, -amount, -1, -unpriced, -${present}, -('1e' || 9 * scale(amount))::numeric
        from ${shares}
        where ended is not null
        ${zeros === undefined ? sql`` : sql`union all select currency, key, start, 0, 0, 0, present, 0 from ${zeros}`}
      ) as change
      group by currency, key, start
      window changes as (partition by currency, key order by start)
    ) as cumulated`;
}

/**
 * The CTE `presence`: the intervals at whose end a currency has its first current job again (`present` 1) or no current
 * job any longer (-1).
 */
export const presence: Sql<unknown> = sql`
    presence as (
      select currency, start, is_present - was_present as present
      from (
        select currency, start, is_present, lag(is_present, 1, 0) over (partition by currency order by start) as was_present
        from (
          select currency, start, (sum(sum(jobs)) over (partition by currency order by start) > 0)::int as is_present
          from (
            select currency, start, 1 as jobs from periods
            union all
            select currency, ended, -1 from periods where ended is not null
          ) as change
          group by currency, start
        ) as cumulated
      ) as followed
      where is_present <> was_present
    )`;
