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

const DAYS = { d: 1, w: 7 } as const;

/** A hundred years. A larger number is a typing error. */
const MAX_DAYS = 36_500;

/** The end of the error message about an invalid age. */
export const AGE_RULE = `must be a number of days or weeks such as 400d or 12w, at least 1d and at most ${MAX_DAYS}d`;

/**
 * Parses an age such as 400d or 12w.
 * @returns the age in days; undefined: the text is not an age, or the age is more than MAX_DAYS.
 */
export function parseAge(text: string): number | undefined {
  const [, count, unit] = /^([1-9]\d{0,4})([dw])$/.exec(text) ?? [];
  const days = Number(count) * (unit === "w" ? DAYS.w : DAYS.d);
  return days <= MAX_DAYS ? days : undefined;
}
