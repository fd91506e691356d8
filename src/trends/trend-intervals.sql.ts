import type { Database } from "../database/database.ts";
import { rows, type Sql, sql } from "../database/sql.ts";

/** The length of the intervals of a trend; cost-trend.graphql.ts describes each. */
export type TrendInterval = "HOUR" | "DAY" | "WEEK" | "MONTH";

/** The division of time into intervals. */
export interface Calendar {
  readonly interval: TrendInterval;
  readonly timeZone: string;
}

/** The interval of a moment, as a value for grouping and ordering. `earliestStart` gives the start of the interval. */
export function intervalOf(calendar: Calendar, moment: Sql<unknown>): Sql<Date> {
  if (calendar.interval === "HOUR") return hourOf(calendar, moment);
  return sql`date_trunc(${calendar.interval}, ${moment}, ${calendar.timeZone})`;
}

/**
 * The start of an hour. Where clocks are turned within an hour of the clock (Lord Howe: by half an hour), the turn ends
 * an hour and begins another: date_trunc subtracts the minutes after the turn also from before it. All clocks since 1972
 * are turned at a quarter of an hour of UTC.
 */
function hourOf({ timeZone }: Calendar, expression: Sql<unknown>): Sql<Date> {
  // AT TIME ZONE takes precedence over operators.
  const moment = sql`(${expression})`;
  const localTime = (at: Sql<unknown>) => sql`(${at} at time zone ${timeZone}::text)`;
  const start = sql`date_trunc('hour', ${moment}, ${timeZone})`;
  return sql`case
    when ${localTime(start)} = date_trunc('hour', ${localTime(moment)}) then ${start}
    else coalesce((
      select min(quarter)
      from generate_series(${start}, ${moment}, interval '15 minutes') as quarter
      where ${localTime(moment)} - ${localTime(sql`quarter`)} = ${moment} - quarter
    ), ${start})
  end`;
}

/**
 * The start of an interval. Where clocks are turned back to or across midnight, there are two midnights: date_trunc
 * returns the second one, but the day begins with the first. A repeated hour is two intervals.
 * @param start the result of `intervalOf`, which can be later than moments of the interval.
 */
export function earliestStart({ interval, timeZone }: Calendar, start: Sql<Date>): Sql<Date> {
  if (interval === "HOUR") return start;
  const localTime = (moment: Sql<Date>) => sql`(${moment} at time zone ${timeZone}::text)`;
  const turn = sql`(${localTime(sql`(${start} - ${LONGEST_TURN})`)} + ${LONGEST_TURN} - ${localTime(start)})`;
  const first = sql<Date>`(${start} - ${turn})`;
  return sql`case when ${localTime(first)} = ${localTime(start)} then ${first} else ${start} end`;
}

/** The most by which clocks have been turned back since 1970: to midnight in Antarctica/Casey in 2023. */
const LONGEST_TURN = sql.raw("interval '3 hours'");

/**
 * Steps that are in each interval at least once. Hours of a clock that is turned by half an hour have 30 minutes at
 * least; days, weeks and months are counted in days of the calendar.
 */
const STEP = { HOUR: "15 minutes", DAY: "1 day", WEEK: "1 week", MONTH: "1 month" } as const;

/**
 * The starts of the intervals of a range, without gaps, oldest first.
 * @param since the first moment of the range.
 * @param until the first moment after the range.
 * @param limit the maximum number of intervals to read.
 */
export async function readIntervals(
  db: Database,
  calendar: Calendar,
  { since, until, limit }: { since: Date; until: Date; limit: number },
): Promise<Date[]> {
  const { interval, timeZone } = calendar;
  const step = sql.raw(`interval '${STEP[interval]}'`);
  const localTime = (moment: Date) => sql`(${moment}::timestamptz at time zone ${timeZone}::text)`;
  // The first day can begin at one o'clock, and the local time of `until` can be of the day before it. A date that a
  // time zone leaves out has the start of the next one: hence DISTINCT.
  const starts =
    interval === "HOUR"
      ? sql`
      select ${intervalOf(calendar, sql`moment`)} as start
      from generate_series(${intervalOf(calendar, sql`${since}::timestamptz`)}, ${until}::timestamptz, ${step}) as moment`
      : sql`
      select local_time at time zone ${timeZone}::text as start
      from generate_series(
        date_trunc(${interval}, ${localTime(since)}), ${localTime(until)} + ${LONGEST_TURN}, ${step}
      ) as local_time`;
  const found = await rows(
    db,
    { name: "trends.intervals" },
    sql<{ start: Date }>`
    select distinct start
    from (select ${earliestStart(calendar, sql`start`)} as start from (${starts}) as started) as intervals
    where start < ${until}
    order by start
    limit ${limit}`,
  );
  return found.map(({ start }) => start);
}

/** Whether PostgreSQL does not know the time zone. Node.js and PostgreSQL have different lists of time zones. */
export function isUnknownTimeZone(error: unknown): boolean {
  return (
    error instanceof Error && "code" in error && error.code === "22023" && /time zone/.test(error.message)
  );
}
