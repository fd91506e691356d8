/** Times of the API in the language and the time zone of the browser. */

import type { TrendInterval } from "./generated.ts";

/** The IANA name of the time zone of the browser. */
export const TIME_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

const DATE_TIME = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

/** A time with the whole value as the machine-readable attribute and the tooltip. */
export function Time({ value, dateOnly = false }: { readonly value: string; readonly dateOnly?: boolean }) {
  return (
    <time dateTime={value} title={value}>
      {(dateOnly ? DATE : DATE_TIME).format(new Date(value))}
    </time>
  );
}

const MONTH = new Intl.DateTimeFormat(undefined, { month: "long", year: "numeric" });

/** The interval of a trend that begins at a time in milliseconds. */
export function formatInterval(ms: number, interval: TrendInterval): string {
  if (interval === "HOUR") return DATE_TIME.format(ms);
  if (interval === "MONTH") return MONTH.format(ms);
  return interval === "WEEK" ? `Week of ${DATE.format(ms)}` : DATE.format(ms);
}
