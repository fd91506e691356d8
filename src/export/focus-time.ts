import type { Job } from "../jobs/job.types.ts";

/** A moment as FOCUS writes it: UTC, to the second. */
export function focusTime(moment: Date): string {
  return moment.toISOString().replace(/\.\d+Z$/, "Z");
}

/** The calendar month (UTC) in which an estimate was made, or stored: it is what one month costs, and names none. */
export function estimatedMonth({ estimatedAt, createdAt }: Job): { start: string; end: string } {
  const moment = estimatedAt ?? createdAt;
  return { start: focusTime(firstOfMonth(moment, 0)), end: focusTime(firstOfMonth(moment, 1)) };
}

function firstOfMonth(moment: Date, later: number): Date {
  const first = new Date(moment);
  first.setUTCHours(0, 0, 0, 0);
  // The day first: there is no 31st in every month.
  first.setUTCDate(1);
  first.setUTCMonth(first.getUTCMonth() + later);
  return first;
}
