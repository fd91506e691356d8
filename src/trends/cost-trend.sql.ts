import type { Database } from "../database/database.ts";
import { countSum, rows, type Sql, sql } from "../database/sql.ts";
import { candidateFilter, isCandidate, isSelected, justAfter, momentOf } from "../jobs/current-jobs.sql.ts";
import type { JobFilter } from "../jobs/job-filter.graphql.ts";
import { jobCondition } from "../jobs/job-filter.sql.ts";
import { isExcluded } from "../jobs/series.sql.ts";
import type { Decimal } from "../lib/money.ts";
import { changesOf, currentPeriods, presence } from "./cost-totals.sql.ts";
import { type Calendar, earliestStart, intervalOf } from "./trend-intervals.sql.ts";

/** The grouping of the series of a trend; cost-trend.graphql.ts describes each. */
export type TrendGroup = "TOTAL" | "PROJECT" | "BRANCH" | "PROFILE" | "SERVICE" | "REGION";

/** The arguments of a trend, after their check. */
export interface TrendQuery extends Calendar {
  readonly filter: JobFilter;
  readonly groupBy: TrendGroup;
  /** The age at which a job no longer counts in totals; undefined: no limit. */
  readonly maxAgeDays: number | undefined;
  /** The beginning of the range; undefined: the first matching job. */
  readonly since: Date | undefined;
  /** The number of groups of each currency; the other groups become one series. */
  readonly first: number;
  /** Whether the ids of the last jobs are read. */
  readonly withLastJob: boolean;
  /** The maximum number of rows to read. */
  readonly limit: number;
}

/** The summary of the complete jobs of an interval; the names are those of the GraphQL type. */
export interface PointRow {
  readonly jobCount: number;
  readonly unpricedJobCount: number;
  readonly first: Decimal;
  readonly last: Decimal;
  readonly min: Decimal;
  readonly max: Decimal;
  readonly mean: Decimal;
  /** null: not requested. */
  readonly lastJobId: string | null;
}

/** The total of a group at the end of an interval. */
export interface TotalRow {
  readonly total: Decimal | null;
  readonly totalJobCount: number;
  readonly unpricedResourceCount: number;
}

type Nulls<Columns> = { readonly [Name in keyof Columns]: null };

/** The series and the interval of a row. */
interface IntervalRow {
  readonly currency: string;
  /** Empty for the jobs without a value, and for the other groups. */
  readonly key: string;
  readonly isOther: boolean;
  /** The range of the trend, the same in all rows; `until` is the first moment after it. */
  readonly since: Date;
  readonly until: Date;
  readonly start: Date;
  readonly incompleteJobCount: number;
}

/** The point of an interval; null: the interval has no complete job. */
type PointOrNone = PointRow | Nulls<PointRow>;

/** The new total of a series; null: the total does not change in the interval. */
type TotalOrNone = TotalRow | Nulls<TotalRow>;

/** An interval of a series with a matching job, or at whose end the total of the series changes. */
export type TrendRow = IntervalRow & PointOrNone & TotalOrNone;

/**
 * The rows of a trend, by currency, then the largest group first and the other groups last, then by time. The jobs are
 * numbered in the order of series, so that the first and the last job of an interval are those with the lowest and the
 * highest number, without a sort. The rows are read twice only if there are other groups.
 * @throws BadUserInput for a filter with text that PostgreSQL cannot store.
 */
export function readTrend(db: Database, query: TrendQuery): Promise<TrendRow[]> {
  const { filter, groupBy, maxAgeDays, since, first, withLastJob, limit } = query;
  const byBranch = groupBy === "BRANCH";
  return rows(
    db,
    { name: "trends.costTrend" },
    sql<TrendRow>`
    with scanned as materialized (
      select jobs.id, jobs.currency, jobs.project, jobs.branch, jobs.profile, jobs.effective_at,
        jobs.total_monthly_cost, jobs.unpriced_resource_count, jobs.is_complete,
        (${isCandidate({ filter, byBranch })}) as is_candidate, ${isSelected(filter)} as matches,
        ${intervalOf(query, sql`jobs.effective_at`)} as start,
        row_number() over (order by jobs.effective_at, jobs.id) as place
      from jobs
      where ${jobCondition({ ...candidateFilter(filter), ...(since && { effectiveFrom: since }) })}
        and not ${isExcluded("jobs")}
    ),
    ${rangeOf(query)},
    amounts as not materialized (
      ${sharesBy(groupBy, sql`(select * from scanned where matches and is_complete)`, sql`start`, "many")}
    ),
    ${summaryOf("points", sql`amounts`, (places) => sharesBy(groupBy, sql`(select * from scanned where place in ${places} offset 0)`, sql`start`, "few"))},
    ${currentPeriods({ filter, byBranch, maxAgeDays }, query, since)},
    shares as materialized (${sharesBy(groupBy, sql`periods`, sql`start, ended`, "few")}),
    keys as (select currency, key from points_summary union select currency, key from shares),
    ${presence},
    changes as materialized (
      ${changesOf(sql`shares`, zerosOf(groupBy, sql`keys`))}
    ),
    failures as (
      select currency, ${jobKey(groupBy)} as key, start, count(*)::int as incomplete
      from scanned
      where matches and not is_complete
      group by 1, 2, 3
    ),
    ${ranked(groupBy)},
    rest_amounts as materialized (${addedUp(sql`amounts`, sql`start`, first)}),
    ${summaryOf("rest_points", sql`rest_amounts`, (places) => sql`select * from rest_amounts where place in ${places}`)},
    rest_shares as materialized (${addedUp(sql`shares`, sql`start, ended`, first)}),
    rest_keys as (select distinct currency, '' as key from ranked where rank > ${first}),
    rest_changes as (
      ${changesOf(sql`rest_shares`, zerosOf(groupBy, sql`rest_keys`))}
    ),
    series as (
      select currency, key, false as is_other, rank from ranked where rank <= ${first}
      union all
      select currency, key, true, null from rest_keys
    ),
    all_points as (
      select false as is_other, points.* from points union all select true, rest_points.* from rest_points
    ),
    all_changes as (
      select false as is_other, changes.* from changes union all select true, rest_changes.* from rest_changes
    ),
    all_failures as (${failuresBySeries(groupBy, first)})
    select currency, key, is_other as "isOther", since, until,
      ${earliestStart(query, sql`answer.start`)} as start,
      coalesce(incomplete, 0) as "incompleteJobCount",
      answer.job_count as "jobCount", unpriced_job_count as "unpricedJobCount", first, last, min, max, mean,
      ${withLastJob ? sql`last_job_id` : sql`null`} as "lastJobId",
      total, total_job_count as "totalJobCount", unpriced as "unpricedResourceCount"
    from (
      all_points
      full join (select is_other, currency, key, start, total, job_count as total_job_count, unpriced from all_changes) as change
        using (currency, key, is_other, start)
      full join all_failures using (currency, key, is_other, start)
    ) as answer
    join series using (currency, key, is_other)
    cross join range
    ${withLastJob ? sql`left join (select place as last_place, id as last_job_id from scanned) as last_job using (last_place)` : sql``}
    order by currency, is_other, rank, answer.start
    limit ${limit}`,
  );
}

/**
 * The CTE `range`, which has no row if the range is empty. The jobs of the present are included even if the clock of
 * the database has been turned back.
 */
function rangeOf({ filter, since, ...calendar }: TrendQuery): Sql<unknown> {
  const matching = (moment: Sql<unknown>) => sql`(select ${moment} from scanned where matches)`;
  const until = filter.effectiveBefore
    ? sql`${filter.effectiveBefore}::timestamptz`
    : justAfter(sql`greatest(${momentOf(undefined)}, ${matching(sql`max(effective_at)`)})`);
  return sql`
    range as materialized (
      select since, until, ${intervalOf(calendar, sql`since`)} as first_start
      from (
        select ${since ? sql`${since}::timestamptz` : matching(sql`min(effective_at)`)} as since, ${until} as until
      ) as bounds
      where since < until
    )`;
}

/** Whether a job can have several keys of the grouping. */
function haveSeveralKeys(groupBy: TrendGroup): groupBy is "SERVICE" | "REGION" {
  return groupBy === "SERVICE" || groupBy === "REGION";
}

/** The changes between unknown and zero, for a grouping in which a job does not have every key. */
function zerosOf(groupBy: TrendGroup, keys: Sql<unknown>): Sql<unknown> | undefined {
  if (!haveSeveralKeys(groupBy)) return undefined;
  return sql`(select currency, key, start, present from presence join ${keys} using (currency)) as zeros`;
}

/** The key of a job, if it has one key. A name is never empty, so that '' can stand for "none". */
function jobKey(groupBy: TrendGroup): Sql<string> {
  switch (groupBy) {
    case "TOTAL":
      return sql`'total'::text`;
    case "PROJECT":
      return sql`coalesce(project, '')`;
    case "BRANCH":
      return sql`coalesce(branch, '')`;
    case "PROFILE":
      return sql`coalesce(profile, '')`;
    case "SERVICE":
    case "REGION":
      return sql`''::text`;
  }
}

/**
 * The amounts of jobs, each with its key.
 * @param jobs rows with the columns of `scanned`.
 * @param columns the columns of `jobs` to read besides `place` and `currency`.
 * @param size "few": the parts of each job are looked up. PostgreSQL, which does not know the size of a materialized
 *   CTE, would read the parts of all jobs, in a second for 125,000 jobs.
 */
function sharesBy(
  groupBy: TrendGroup,
  jobs: Sql<unknown>,
  columns: Sql<unknown>,
  size: "few" | "many",
): Sql<unknown> {
  if (!haveSeveralKeys(groupBy)) {
    return sql`
      select place, currency, ${jobKey(groupBy)} as key, ${columns}, total_monthly_cost as amount,
        unpriced_resource_count as unpriced
      from ${jobs} as job`;
  }
  const parts = sql.raw(groupBy === "SERVICE" ? "service_costs" : "region_costs");
  const key = sql.raw(groupBy === "SERVICE" ? "service" : "region");
  const join =
    size === "many"
      ? sql`join ${parts} as part on part.job_id = job.id`
      : sql`cross join lateral (select * from ${parts} where job_id = job.id offset 0) as part`;
  return sql`
      select place, currency, ${key} as key, ${columns}, part.total_monthly_cost as amount,
        part.unpriced_resource_count as unpriced
      from ${jobs} as job ${join}`;
}

/** The amounts of the keys beyond the first ones, added up for each job. */
function addedUp(shares: Sql<unknown>, columns: Sql<unknown>, first: number): Sql<unknown> {
  return sql`
      select place, currency, ''::text as key, ${columns}, sum(amount) as amount, ${countSum(sql`sum(unpriced)`)} as unpriced
      from ${shares}
      join (select currency, key from ranked where rank > ${first}) as rest using (currency, key)
      group by place, currency, ${columns}`;
}

/**
 * The CTE `name` with the summary of each interval of each (currency, key). The first and the last amounts are read
 * afterwards: arrays of a place and an amount for each job take longer than all the rest of the statement. The sum is
 * given 30 fraction digits before the division, because a quotient has as many as its dividend.
 * @param atPlaces returns the rows of `amounts` at the places of a subquery.
 */
function summaryOf(
  name: "points" | "rest_points",
  amounts: Sql<unknown>,
  atPlaces: (places: Sql<unknown>) => Sql<unknown>,
): Sql<unknown> {
  const summary = sql.raw(`${name}_summary`);
  const ends = sql.raw(`${name}_ends`);
  return sql`
    ${summary} as materialized (
      select currency, key, start, count(*)::int as job_count,
        (count(*) filter (where unpriced > 0))::int as unpriced_job_count, min(amount) as min, max(amount) as max,
        trim_scale(round(round(sum(amount), 30) / count(*), 30)) as mean,
        min(place) as first_place, max(place) as last_place
      from ${amounts}
      group by currency, key, start
    ),
    ${ends} as materialized (
      ${atPlaces(sql`(select first_place from ${summary} union select last_place from ${summary})`)}
    ),
    ${sql.raw(name)} as materialized (
      select summary.*, earliest.amount as first, latest.amount as last
      from ${summary} as summary
      join ${ends} as earliest on earliest.place = first_place and earliest.key = summary.key
      join ${ends} as latest on latest.place = last_place and latest.key = summary.key
    )`;
}

/** The CTE `ranked`: the keys of each currency, largest newest total first; without any total, by the last amount. */
function ranked(groupBy: TrendGroup): Sql<unknown> {
  const newestOf = (rows: string, amount: string) =>
    sql.raw(`(
        select distinct on (currency, key) currency, key, ${amount}
        from ${rows}
        where ${amount} is not null
        order by currency, key, start desc
      ) as ${rows}_end`);
  return sql`
    ranked as materialized (
      select currency, key,
        row_number() over (partition by currency order by coalesce(total, last) desc nulls last, key collate "C") as rank
      from (
        select currency, key from keys
        ${haveSeveralKeys(groupBy) ? sql`` : sql`union select currency, key from failures`}
      ) as present
      left join ${newestOf("changes", "total")} using (currency, key)
      left join ${newestOf("points", "last")} using (currency, key)
    )`;
}

/**
 * The incomplete jobs of each interval of a series. The services and regions that an incomplete job lacks are unknown,
 * so that it counts in every series of these groupings.
 */
function failuresBySeries(groupBy: TrendGroup, first: number): Sql<unknown> {
  return haveSeveralKeys(groupBy)
    ? sql`
      select series.currency, series.key, is_other, start, incomplete
      from failures join series using (currency)`
    : sql`
      select currency, case when rank <= ${first} then key else '' end as key, rank > ${first} as is_other, start,
        ${countSum(sql`sum(incomplete)`)} as incomplete
      from failures join ranked using (currency, key)
      group by 1, 2, 3, 4`;
}
