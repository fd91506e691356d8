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
  type TrendQuestion,
  type TrendRow,
  type TrendSeries,
} from "./cost-trend.sql.ts";

/** How many groups of each currency are answered, unless asked otherwise and at the most. */
export const TREND_GROUPS = { default: 20, maximum: 100 };

/** What a trend is asked for. */
interface TrendRequest {
  readonly filter: JobFilter;
  readonly interval: TrendInterval;
  readonly groupBy: TrendGroup;
  readonly timeZone: string;
  readonly first: number | null | undefined;
}

/**
 * The trend of the jobs that match the filter, a series for each currency and group.
 * @throws BadUserInput when an argument is wrong, or the answer would be too long to be looked at.
 */
export async function costTrend(db: Database, request: TrendRequest): Promise<TrendSeries[]> {
  const first = sizeOf("first", request.first, TREND_GROUPS);
  const timeZone = checkTrend(request.filter, request.interval, request.timeZone, new Date());
  const points = await readPoints(db, { ...request, first, timeZone, limit: MOST_POINTS + 1 });
  requireFewPoints(points);
  return seriesOf(points);
}

async function readPoints(db: Database, question: TrendQuestion): Promise<TrendRow[]> {
  try {
    return await readTrend(db, question);
  } catch (error) {
    throw isUnknownTimeZone(error) ? unknownTimeZone(question.timeZone) : error;
  }
}

function seriesOf(points: readonly TrendRow[]): TrendSeries[] {
  const bySeries = Map.groupBy(points, ({ currency, isOther, key }) => `${currency} ${isOther} ${key}`);
  return [...bySeries.values()].flatMap((rows) => {
    const [oldest, newest] = [rows[0], rows.at(-1)];
    return oldest === undefined || newest === undefined ? [] : [oneSeries(rows, oldest, newest)];
  });
}

function oneSeries(points: readonly TrendRow[], oldest: TrendRow, newest: TrendRow): TrendSeries {
  return {
    key: keyOf(oldest),
    isOther: oldest.isOther,
    currency: oldest.currency,
    delta: subtract(newest.last, oldest.first),
    percentageChange: percentageChange(oldest.first, newest.last),
    points,
  };
}

function keyOf({ isOther, key }: TrendRow): string {
  if (isOther) return "other";
  return key === "" ? "(none)" : key;
}

/** More points than this are neither asked for nor answered: nobody can look at them. */
const MOST_POINTS = 10_000;

/**
 * Refuses what cannot be answered.
 * @returns the time zone, as PostgreSQL knows it.
 * @throws BadUserInput naming each problem.
 */
function checkTrend(filter: JobFilter, interval: TrendInterval, timeZone: string, now: Date): string {
  const zone = parseTimeZone(timeZone);
  const problems: InputProblem[] = [];
  if (zone === undefined) problems.push({ path: ["timeZone"], rule: TIME_ZONE_RULE });
  const intervals = intervalsOf(filter, interval, now);
  if (intervals > MOST_POINTS) problems.push({ path: ["filter", "createdFrom"], rule: rangeRule(interval) });
  if (zone === undefined || problems.length > 0) throw new BadUserInput(problems);
  return zone;
}

/** Refuses an answer with too many points; which points there are is known only when they have been read. */
function requireFewPoints(points: readonly unknown[]): void {
  if (points.length <= MOST_POINTS) return;
  const rule = `has more than ${count(MOST_POINTS)} points; ask for fewer groups with first, a longer interval or a later createdFrom`;
  throw new BadUserInput([{ path: ["filter"], rule }]);
}

/** The refusal of a time zone that this database does not know. */
function unknownTimeZone(timeZone: string): BadUserInput {
  return new BadUserInput([
    { path: ["timeZone"], rule: `must be a time zone that the database knows, which "${timeZone}" is not` },
  ]);
}

const HOUR_MS = 3_600_000;
const INTERVAL_MS = { HOUR: HOUR_MS, DAY: 24 * HOUR_MS, WEEK: 7 * 24 * HOUR_MS };

/** How many whole intervals a range has. Whole ones, because a change of the clocks makes a range an hour longer. */
function intervalsOf(filter: JobFilter, interval: TrendInterval, now: Date): number {
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
  return `must leave a range of at most ${count(MOST_POINTS)} intervals of one ${interval} up to createdBefore (or now); choose a later createdFrom, an earlier createdBefore or a longer interval`;
}

function count(value: number): string {
  return value.toLocaleString("en");
}

/** What a time zone may look like; the end of a message that refuses one. */
const TIME_ZONE_RULE =
  'must be the name of an IANA time zone, for instance "Europe/Berlin" or "UTC"; an offset is none';

/**
 * The time zone under a name that PostgreSQL reads as the same zone; undefined when there is none of this name.
 * PostgreSQL would read an offset with the sign of POSIX, and "CET" as an abbreviation without summer time: only
 * names that cannot be either are handed to it.
 */
function parseTimeZone(name: string): string | undefined {
  const canonical = canonicalName(name);
  if (canonical === undefined) return undefined;
  const unmistakable = [name, canonical].find((text) => /^[a-z].*\//i.test(text));
  return unmistakable ?? (canonical === "UTC" ? canonical : undefined);
}

function canonicalName(name: string): string | undefined {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}
