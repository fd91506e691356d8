import type { Database } from "../database/database.ts";
import { MAX_AGE_DAYS, withoutBegin } from "../jobs/current-jobs.sql.ts";
import type { JobFilter } from "../jobs/job-filter.graphql.ts";
import { BadUserInput, type InputProblem, rangeProblems } from "../lib/errors.ts";
import { type Decimal, percentageChange, subtract } from "../lib/money.ts";
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
 * @throws BadUserInput for an invalid argument, or a trend of more than MAX_POINTS points and totals, or of more than
 * MAX_LAST_JOBS points if the last jobs are requested.
 */
export async function costTrend(db: Database, request: TrendRequest): Promise<TrendSeries[]> {
  const { filter, interval, groupBy, withLastJob } = request;
  const timeZone = checkTrend(request, new Date());
  const query = {
    filter: withoutBegin(filter),
    interval,
    groupBy,
    timeZone,
    first: request.first ?? TREND_GROUPS.default,
    maxAgeDays: request.maxAgeDays ?? undefined,
    since: beginOf(filter)?.moment,
    withLastJob,
    limit: MAX_ROWS + 1,
  };
  const read = await readRows(db, query);
  const series = [
    ...Map.groupBy(read, ({ currency, isOther, key }) => `${currency} ${isOther} ${key}`).values(),
  ];
  requireFewPoints(read, withLastJob);
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
  const points = countPoints(read);
  // The number is known before the intervals are read: estimates of long ago would give millions of hours.
  requireFewTotals(series, countIntervals(since, until, interval), points);
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

/**
 * The maximum number of points whose last jobs are read. Each last job can have a page of 1,000 resources, as each of
 * the 100 jobs of a page can.
 */
const MAX_LAST_JOBS = 300;

/** The maximum number of rows: an interval without a job has a row too, if a total changes. */
const MAX_ROWS = 4 * MAX_POINTS;

/**
 * @returns the name of the time zone in PostgreSQL.
 * @throws BadUserInput with all problems of the arguments.
 */
function checkTrend(request: TrendRequest, now: Date): string {
  const { filter, interval, timeZone, first, maxAgeDays } = request;
  const zone = parseTimeZone(timeZone);
  const problems: InputProblem[] = [
    ...rangeProblems(["first"], first, 1, TREND_GROUPS.maximum),
    ...rangeProblems(["maxAgeDays"], maxAgeDays, 1, MAX_AGE_DAYS),
  ];
  if (zone === undefined) problems.push({ path: ["timeZone"], rule: TIME_ZONE_RULE });
  const begin = beginOf(filter);
  const intervals = begin ? countIntervals(begin.moment, filter.effectiveBefore ?? now, interval) : 0;
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
function requireFewPoints(read: readonly TrendRow[], withLastJob: boolean): void {
  const points = countPoints(read);
  if (points > MAX_POINTS) throw tooLarge(`has more than ${MAX_POINTS} points`);
  if (read.length > MAX_ROWS) throw tooLarge(`has more than ${MAX_ROWS} intervals in which a total changes`);
  if (withLastJob && points > MAX_LAST_JOBS) {
    throw tooLarge(`has ${points} points, and can have ${MAX_LAST_JOBS} with lastJob`, "leave out lastJob, ");
  }
}

function countPoints(read: readonly TrendRow[]): number {
  return read.filter(({ jobCount }) => jobCount !== null).length;
}

/** @throws BadUserInput for too many totals with the points. */
function requireFewTotals(series: number, intervals: number, points: number): void {
  if (series * intervals + points <= MAX_POINTS) return;
  throw tooLarge(
    `has more than ${MAX_POINTS} points and totals, with ${intervals} intervals in each of ${series} series`,
  );
}

/** @param advice the beginning of the advice. */
function tooLarge(problem: string, advice = ""): BadUserInput {
  const rule = `${problem}; ${advice}request fewer groups with first, a longer interval or a later effectiveFrom`;
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
function countIntervals(since: Date, until: Date, interval: TrendInterval): number {
  if (interval === "MONTH") return monthsOf(until) - monthsOf(since);
  return Math.floor((until.getTime() - since.getTime()) / INTERVAL_MS[interval]);
}

function monthsOf(moment: Date): number {
  return moment.getUTCFullYear() * 12 + moment.getUTCMonth();
}

function rangeRule(interval: TrendInterval, field: RangeBegin["field"]): string {
  return `must leave a range of at most ${MAX_POINTS} intervals of one ${interval} up to effectiveBefore (or now); choose a later ${field}, an earlier effectiveBefore or a longer interval`;
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
