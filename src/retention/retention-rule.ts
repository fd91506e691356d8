import { parseDuration } from "../lib/date-time.ts";

/** The conditions on the jobs to remove. All conditions must hold. */
export interface RetentionRule {
  /** The minimum age in days. */
  readonly olderThanDays: number;
  /**
   * The number of newest members of each series to keep (jobs/series.sql.ts). For a job that is no member, only its age
   * counts.
   */
  readonly keepLatest?: number;
  /** The project of the jobs; undefined: all jobs. */
  readonly project?: string;
}

const HOURS_PER_DAY = 24;

/** A hundred years. A larger number is a typing error. */
const MAX_DAYS = 36_500;

/** The end of the error message about an invalid age. */
export const AGE_RULE = `must be an age of whole days such as 400d, 12w or 48h, at least 1d and at most ${MAX_DAYS}d`;

/**
 * Parses an age such as 400d, 12w or 48h.
 * @returns the age in days; undefined: the text is not an age of 1 to MAX_DAYS whole days.
 */
export function parseAge(text: string): number | undefined {
  const days = (parseDuration(text) ?? 0) / HOURS_PER_DAY;
  return Number.isInteger(days) && days >= 1 && days <= MAX_DAYS ? days : undefined;
}
