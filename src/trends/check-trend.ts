import { BadUserInput, type InputProblem } from "../errors.ts";
import type { JobFilter } from "../jobs/job-filter.queries.ts";
import { parseTimeZone, TIME_ZONE_RULE } from "./time-zone.ts";
import type { TrendInterval } from "./trend.ts";

/** More points than this are neither asked for nor answered: nobody can look at them. */
export const MOST_POINTS = 10_000;

/**
 * Refuses what cannot be answered.
 * @returns the time zone, as PostgreSQL knows it.
 * @throws BadUserInput naming each problem.
 */
export function checkTrend(filter: JobFilter, interval: TrendInterval, timeZone: string, now: Date): string {
  const zone = parseTimeZone(timeZone);
  const problems: InputProblem[] = [];
  if (zone === undefined) problems.push({ path: "timeZone", message: TIME_ZONE_RULE });
  const intervals = intervalsOf(filter, interval, now);
  if (intervals > MOST_POINTS) problems.push({ path: "filter.createdFrom", message: rangeRule(interval) });
  if (zone === undefined || problems.length > 0) throw new BadUserInput(problems);
  return zone;
}

/** Refuses an answer with too many points; which points there are is known only when they have been read. */
export function requireFewPoints(points: readonly unknown[]): void {
  if (points.length <= MOST_POINTS) return;
  const rule = `has more than ${count(MOST_POINTS)} points; ask for fewer groups with first, a longer interval or a later createdFrom`;
  throw new BadUserInput([{ path: "filter", message: rule }]);
}

/** The refusal of a time zone that this database does not know. */
export function unknownTimeZone(timeZone: string): BadUserInput {
  return new BadUserInput([
    { path: "timeZone", message: `must be a time zone that the database knows, which "${timeZone}" is not` },
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
