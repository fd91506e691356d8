import type { JobFilter, TrendInterval } from "./generated.ts";

/**
 * The range of a trend in the URL: `days`, a number of days before now or "all", or `from` and `to`, the first and the
 * last day in the time zone of the browser.
 */

/** The numbers of days on offer, with their titles. */
export const PERIODS = { "30": "30 days", "90": "90 days", "365": "1 year", all: "All" };

const DEFAULT_DAYS = "90";

const DAY_MS = 86_400_000;

/** The range of a trend, in milliseconds. */
export interface Range {
  /** null: the first job. */
  readonly from: number | null;
  /** The excluded end; null: now. */
  readonly to: number | null;
  /** The selected period; null: two days. */
  readonly period: string | null;
}

/** The range of a URL. Days that are no dates are as if they were left out. */
export function rangeOf(params: URLSearchParams, now: number): Range {
  const [from, to] = [dayOf(params.get("from")), dayOf(params.get("to"))];
  if (from !== null || to !== null) {
    const end = to === null ? null : nextDay(to);
    return {
      from: from !== null && end !== null ? Math.min(from, end - DAY_MS) : from,
      to: end,
      period: null,
    };
  }
  const days = params.get("days") ?? "";
  const period = Object.hasOwn(PERIODS, days) ? days : DEFAULT_DAYS;
  return {
    from: period === "all" ? null : startOfDay(now - Number(period) * DAY_MS),
    to: null,
    period,
  };
}

/** The range as a part of a filter. */
export function inRange({ from, to }: Range): Pick<JobFilter, "effectiveFrom" | "effectiveBefore"> {
  return { effectiveFrom: timeOf(from), effectiveBefore: timeOf(to) };
}

function timeOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/** The range from the first job on, if it begins earlier. @param oldest the time of the first job, if it is known. */
export function sinceFirstJob(range: Range, oldest: number | undefined): Range {
  if (oldest === undefined || (range.from !== null && range.from > oldest)) return range;
  // The first job can be later than the range.
  return range.to !== null && range.to <= oldest ? range : { ...range, from: oldest };
}

/** The parameters of a range that was selected in a plot. */
export function daysOf(from: number, to: number): { from: string; to: string; days: undefined } {
  return { from: dateText(from), to: dateText(to), days: undefined };
}

/** About 100 intervals, so that ten series of several currencies stay below the limit of 10,000 points. */
export function intervalFor(from: number, to: number): TrendInterval {
  const days = (to - from) / DAY_MS;
  if (days <= 3) return "HOUR";
  if (days <= 130) return "DAY";
  return days <= 900 ? "WEEK" : "MONTH";
}

/** The day of a moment, as in `<input type="date">`. */
export function dateText(ms: number): string {
  const date = new Date(ms);
  const [year, month, day] = [date.getFullYear(), date.getMonth() + 1, date.getDate()];
  return `${String(year).padStart(4, "0")}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
}

function dayOf(text: string | null): number | null {
  if (text === null || !/^\d{4}-\d\d-\d\d$/.test(text)) return null;
  const start = new Date(`${text}T00:00`).getTime();
  return Number.isNaN(start) ? null : start;
}

function startOfDay(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0);
}

/** A day can have 23 or 25 hours. */
function nextDay(start: number): number {
  return startOfDay(start + 1.5 * DAY_MS);
}
