import type { Database } from "../database/database.ts";
import type { JobFilter } from "../jobs/job.graphql.ts";
import { BadUserInput, type InputProblem } from "../lib/errors.ts";
import { percentageChange, subtract } from "../lib/money.ts";
import { sizeOf } from "../lib/page.ts";
import {
  isUnknownTimeZone,
  readTrend,
  type TrendGroup,
  type TrendInterval,
  type TrendQuery,
  type TrendRow,
  type TrendSeries,
} from "./cost-trend.sql.ts";

/** The default and the maximum number of groups of each currency. */
export const TREND_GROUPS = { default: 20, maximum: 100 };

interface TrendRequest {
  readonly filter: JobFilter;
  readonly interval: TrendInterval;
  readonly groupBy: TrendGroup;
  readonly timeZone: string;
  readonly first: number | null | undefined;
}

/**
 * The trend of the jobs that match the filter, one series for each currency and group.
 * @throws BadUserInput for an invalid argument, or a trend of more than MAX_POINTS points.
 */
export async function costTrend(db: Database, request: TrendRequest): Promise<TrendSeries[]> {
  const first = sizeOf("first", request.first, TREND_GROUPS);
  const timeZone = checkTrend(request.filter, request.interval, request.timeZone, new Date());
  const points = await readPoints(db, { ...request, first, timeZone, limit: MAX_POINTS + 1 });
  requireFewPoints(points);
  return toSeries(points);
}

async function readPoints(db: Database, query: TrendQuery): Promise<TrendRow[]> {
  try {
    return await readTrend(db, query);
  } catch (error) {
    throw isUnknownTimeZone(error) ? unknownTimeZone(query.timeZone) : error;
  }
}

function toSeries(points: readonly TrendRow[]): TrendSeries[] {
  const bySeries = Map.groupBy(points, ({ currency, isOther, key }) => `${currency} ${isOther} ${key}`);
  return [...bySeries.values()].flatMap((series) => {
    const [oldest, newest] = [series[0], series.at(-1)];
    if (oldest === undefined || newest === undefined) return [];
    return {
      key: keyOf(oldest),
      isOther: oldest.isOther,
      currency: oldest.currency,
      delta: subtract(newest.last, oldest.first),
      percentageChange: percentageChange(oldest.first, newest.last),
      points: series,
    };
  });
}

function keyOf({ isOther, key }: TrendRow): string {
  if (isOther) return "other";
  return key === "" ? "(none)" : key;
}

/** No chart can show more points. */
const MAX_POINTS = 10_000;

/**
 * @returns the name of the time zone in PostgreSQL.
 * @throws BadUserInput with all problems of the arguments.
 */
function checkTrend(filter: JobFilter, interval: TrendInterval, timeZone: string, now: Date): string {
  const zone = parseTimeZone(timeZone);
  const problems: InputProblem[] = [];
  if (zone === undefined) problems.push({ path: ["timeZone"], rule: TIME_ZONE_RULE });
  const intervals = countIntervals(filter, interval, now);
  if (intervals > MAX_POINTS) problems.push({ path: ["filter", "createdFrom"], rule: rangeRule(interval) });
  if (zone === undefined || problems.length > 0) throw new BadUserInput(problems);
  return zone;
}

/** The range bounds the intervals only; the number of points is known after they have been read. */
function requireFewPoints(points: readonly unknown[]): void {
  if (points.length <= MAX_POINTS) return;
  const rule = `has more than ${count(MAX_POINTS)} points; request fewer groups with first, a longer interval or a later createdFrom`;
  throw new BadUserInput([{ path: ["filter"], rule }]);
}

function unknownTimeZone(timeZone: string): BadUserInput {
  return new BadUserInput([
    { path: ["timeZone"], rule: `must be a time zone of the database; "${timeZone}" is unknown to it` },
  ]);
}

const HOUR_MS = 3_600_000;
const INTERVAL_MS = { HOUR: HOUR_MS, DAY: 24 * HOUR_MS, WEEK: 7 * 24 * HOUR_MS };

/** The number of whole intervals of a range; a clock change can make a range one hour longer. */
function countIntervals(filter: JobFilter, interval: TrendInterval, now: Date): number {
  const { createdFrom, createdBefore } = filter;
  if (createdFrom === null || createdFrom === undefined) return 0;
  const until = createdBefore ?? now;
  if (interval === "MONTH") return monthsOf(until) - monthsOf(createdFrom);
  return Math.floor((until.getTime() - createdFrom.getTime()) / INTERVAL_MS[interval]);
}

function monthsOf(moment: Date): number {
  return moment.getUTCFullYear() * 12 + moment.getUTCMonth();
}

function rangeRule(interval: TrendInterval): string {
  return `must leave a range of at most ${count(MAX_POINTS)} intervals of one ${interval} up to createdBefore (or now); choose a later createdFrom, an earlier createdBefore or a longer interval`;
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
