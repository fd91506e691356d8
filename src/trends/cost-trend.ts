import type { Database } from "../database/database.ts";
import type { JobFilter } from "../jobs/job-filter.graphql.ts";
import { BadUserInput, type InputProblem } from "../lib/errors.ts";
import { type Decimal, percentageChange, subtract } from "../lib/money.ts";
import { type PageSizes, sizeOf } from "../lib/page.ts";
import {
  type PointRow,
  readTrend,
  type TotalRow,
  type TrendGroup,
  type TrendQuery,
  type TrendRow,
} from "./cost-trend.sql.ts";
import { isUnknownTimeZone, readIntervals, type TrendInterval } from "./trend-intervals.sql.ts";

/** The default and the maximum number of groups of each currency. */
export const TREND_GROUPS = { default: 20, maximum: 100 };

/** The maximum age of a current job: a hundred years. */
const AGE_DAYS: PageSizes = { default: 36_500, maximum: 36_500 };

/** The total of a group at the end of an interval; the names are those of the GraphQL type. */
export interface TrendTotal {
  readonly start: Date;
  readonly total: Decimal | null;
  readonly jobCount: number;
  readonly unpricedResourceCount: number;
  readonly incompleteJobCount: number;
}

/** One interval of one series; the names are those of the GraphQL type. */
export interface TrendPoint extends PointRow {
  readonly start: Date;
  readonly total: Decimal | null;
  readonly unpricedResourceCount: number;
  readonly incompleteJobCount: number;
}

/** One line of a trend with its points, oldest first; the names are those of the GraphQL type. */
export interface TrendSeries {
  readonly key: string;
  readonly isOther: boolean;
  readonly currency: string;
  readonly delta: Decimal;
  readonly percentageChange: number | null;
  readonly points: readonly TrendPoint[];
  /** Empty if they are not requested. */
  readonly totals: readonly TrendTotal[];
}

interface TrendRequest {
  readonly filter: JobFilter;
  readonly interval: TrendInterval;
  readonly groupBy: TrendGroup;
  readonly timeZone: string;
  readonly first: number | null | undefined;
  readonly maxAgeDays: number | null | undefined;
  readonly withLastJob: boolean;
  readonly withTotals: boolean;
}

/**
 * The trend of the jobs that match the filter, one series for each currency and group.
 * @throws BadUserInput for an invalid argument, or a trend of more than MAX_POINTS points and totals.
 */
export async function costTrend(db: Database, request: TrendRequest): Promise<TrendSeries[]> {
  const { filter, interval, groupBy, withLastJob } = request;
  const first = sizeOf("first", request.first, TREND_GROUPS);
  const maxAgeDays = request.maxAgeDays ?? undefined;
  if (maxAgeDays !== undefined) sizeOf("maxAgeDays", maxAgeDays, AGE_DAYS);
  const timeZone = checkTrend(filter, interval, request.timeZone, new Date());
  const since = beginOf(filter)?.moment;
  const query = {
    filter,
    interval,
    groupBy,
    timeZone,
    first,
    maxAgeDays,
    since,
    withLastJob,
    limit: MAX_ROWS + 1,
  };
  const read = await readRows(db, query);
  const series = [
    ...Map.groupBy(read, ({ currency, isOther, key }) => `${currency} ${isOther} ${key}`).values(),
  ];
  requireFewPoints(read);
  const starts = request.withTotals ? await readStarts(db, query, read, series.length) : [];
  return series.flatMap((ofSeries) => toSeries(ofSeries, starts));
}

async function readRows(db: Database, query: TrendQuery): Promise<TrendRow[]> {
  try {
    return await readTrend(db, query);
  } catch (error) {
    throw isUnknownTimeZone(error) ? unknownTimeZone(query.timeZone) : error;
  }
}

/** The starts of all intervals of the range. */
async function readStarts(
  db: Database,
  { interval, timeZone }: TrendQuery,
  read: readonly TrendRow[],
  series: number,
): Promise<Date[]> {
  const [row] = read;
  if (row === undefined) return [];
  const { since, until } = row;
  const points = read.filter(({ jobCount }) => jobCount !== null).length;
  // The number is known before the intervals are read: estimates of long ago would give millions of hours.
  requireFewTotals(series, wholeIntervals(since, until, interval), points);
  const starts = await readIntervals(db, { interval, timeZone }, { since, until, limit: MAX_POINTS + 1 });
  requireFewTotals(series, starts.length, points);
  return starts;
}

function toSeries(read: readonly TrendRow[], starts: readonly Date[]): TrendSeries[] {
  const [row] = read;
  if (row === undefined) return [];
  const points = pointsOf(read);
  const [from, to] = endsOf(read) ?? ["0", "0"];
  return [
    {
      key: keyOf(row),
      isOther: row.isOther,
      currency: row.currency,
      delta: subtract(to, from),
      percentageChange: percentageChange(from, to),
      points,
      totals: totalsOf(read, starts),
    },
  ];
}

function keyOf({ isOther, key }: TrendRow): string {
  if (isOther) return "other";
  return key === "" ? "(none)" : key;
}

/** The first and the last total; without any total, the first and the last amount; undefined: incomplete jobs only. */
function endsOf(read: readonly TrendRow[]): readonly [Decimal, Decimal] | undefined {
  const totals = read.flatMap(({ total }) => total ?? []);
  const [from, to] = [totals[0], totals.at(-1)];
  if (from !== undefined && to !== undefined) return [from, to];
  const amounts = read.flatMap((row) => (row.jobCount === null ? [] : [row.first, row.last]));
  const [first, last] = [amounts[0], amounts.at(-1)];
  return first === undefined || last === undefined ? undefined : [first, last];
}

const NO_JOB: TotalRow = { total: null, totalJobCount: 0, unpricedResourceCount: 0 };

function pointsOf(read: readonly TrendRow[]): TrendPoint[] {
  let current = NO_JOB;
  return read.flatMap((row) => {
    if (row.totalJobCount !== null) current = row;
    if (row.jobCount === null) return [];
    const { total, unpricedResourceCount } = current;
    return [{ ...row, total, unpricedResourceCount }];
  });
}

/** The totals of all intervals. The total of an interval without a change is the one before it. */
function totalsOf(read: readonly TrendRow[], starts: readonly Date[]): TrendTotal[] {
  let current = NO_JOB;
  const byStart = new Map(read.map((row) => [row.start.getTime(), row]));
  return starts.map((start) => {
    const row = byStart.get(start.getTime());
    if (row !== undefined && row.totalJobCount !== null) current = row;
    const { total, totalJobCount: jobCount, unpricedResourceCount } = current;
    return {
      start,
      total,
      jobCount,
      unpricedResourceCount,
      incompleteJobCount: row?.incompleteJobCount ?? 0,
    };
  });
}

/** No chart can show more points. */
const MAX_POINTS = 10_000;

/** The maximum number of rows: an interval without a job has a row too, if a total changes. */
const MAX_ROWS = 4 * MAX_POINTS;

/**
 * @returns the name of the time zone in PostgreSQL.
 * @throws BadUserInput with all problems of the arguments.
 */
function checkTrend(filter: JobFilter, interval: TrendInterval, timeZone: string, now: Date): string {
  const zone = parseTimeZone(timeZone);
  const problems: InputProblem[] = [];
  if (zone === undefined) problems.push({ path: ["timeZone"], rule: TIME_ZONE_RULE });
  const begin = beginOf(filter);
  const intervals = begin ? wholeIntervals(begin.moment, filter.effectiveBefore ?? now, interval) : 0;
  if (begin && intervals > MAX_POINTS) {
    problems.push({ path: ["filter", begin.field], rule: rangeRule(interval, begin.field) });
  }
  if (zone === undefined || problems.length > 0) throw new BadUserInput(problems);
  return zone;
}

/** The field of the filter with the beginning of the range; undefined: the range begins with the first matching job. */
function beginOf({ createdFrom, effectiveFrom }: JobFilter): RangeBegin | undefined {
  const begins: RangeBegin[] = [];
  if (createdFrom) begins.push({ field: "createdFrom", moment: createdFrom });
  if (effectiveFrom) begins.push({ field: "effectiveFrom", moment: effectiveFrom });
  return begins.toSorted((a, b) => b.moment.getTime() - a.moment.getTime())[0];
}

interface RangeBegin {
  readonly field: "createdFrom" | "effectiveFrom";
  readonly moment: Date;
}

/** @throws BadUserInput for too many points; their number is known only after they have been read. */
function requireFewPoints(read: readonly TrendRow[]): void {
  const points = read.filter(({ jobCount }) => jobCount !== null).length;
  if (points > MAX_POINTS) throw tooLarge(`has more than ${count(MAX_POINTS)} points`);
  if (read.length > MAX_ROWS) {
    throw tooLarge(`has more than ${count(MAX_ROWS)} intervals in which a total changes`);
  }
}

/** @throws BadUserInput for too many totals with the points. */
function requireFewTotals(series: number, intervals: number, points: number): void {
  if (series * intervals + points <= MAX_POINTS) return;
  throw tooLarge(
    `has more than ${count(MAX_POINTS)} points and totals, with ${count(intervals)} intervals in each of ${count(series)} series`,
  );
}

function tooLarge(problem: string): BadUserInput {
  const rule = `${problem}; request fewer groups with first, a longer interval or a later effectiveFrom`;
  return new BadUserInput([{ path: ["filter"], rule }]);
}

function unknownTimeZone(timeZone: string): BadUserInput {
  return new BadUserInput([
    { path: ["timeZone"], rule: `must be a time zone of the database; "${timeZone}" is unknown to it` },
  ]);
}

const HOUR_MS = 3_600_000;
const INTERVAL_MS = { HOUR: HOUR_MS, DAY: 24 * HOUR_MS, WEEK: 7 * 24 * HOUR_MS };

/** The number of whole intervals of a range; a clock change can make a range one hour longer. */
function wholeIntervals(since: Date, until: Date, interval: TrendInterval): number {
  if (interval === "MONTH") return monthsOf(until) - monthsOf(since);
  return Math.floor((until.getTime() - since.getTime()) / INTERVAL_MS[interval]);
}

function monthsOf(moment: Date): number {
  return moment.getUTCFullYear() * 12 + moment.getUTCMonth();
}

function rangeRule(interval: TrendInterval, field: RangeBegin["field"]): string {
  return `must leave a range of at most ${count(MAX_POINTS)} intervals of one ${interval} up to effectiveBefore (or now); choose a later ${field}, an earlier effectiveBefore or a longer interval`;
}

function count(value: number): string {
  return value.toLocaleString("en");
}

/** The end of the error message. */
const TIME_ZONE_RULE =
  'must be the name of an IANA time zone, for instance "Europe/Berlin" or "UTC", not an offset';

/**
 * The name of the time zone that PostgreSQL reads as the same zone; undefined: no such time zone. PostgreSQL would read
 * an offset with the sign of POSIX, and "CET" as an abbreviation without summer time. Only names that cannot be either,
 * such as "Europe/Berlin", are passed on.
 */
function parseTimeZone(name: string): string | undefined {
  const canonical = canonicalName(name);
  if (canonical === undefined) return undefined;
  const unambiguous = [name, canonical].find((text) => /^[a-z].*\//i.test(text));
  return unambiguous ?? (canonical === "UTC" ? canonical : undefined);
}

function canonicalName(name: string): string | undefined {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}
