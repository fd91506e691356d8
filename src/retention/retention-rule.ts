/** Which jobs are to go: all of these have to hold. */
export interface RetentionRule {
  /** Stored so many days ago, or more. */
  readonly olderThanDays: number;
  /** Not among so many newest jobs of its series. A job without a project is in no series: age alone decides. */
  readonly keepLatest?: number;
  /** Of this project. */
  readonly project?: string;
}

const DAYS = { d: 1, w: 7 } as const;

/** A hundred years: more is a slip. */
const MAX_DAYS = 36_500;

/** What an age may look like, for whoever has written another. */
export const AGE_RULE = `must be a number of days or weeks such as 400d or 12w, at least 1d and at most ${MAX_DAYS}d`;

/** Reads an age such as 400d or 12w, in days; undefined when it is none. */
export function parseAge(text: string): number | undefined {
  const [, count, unit] = /^([1-9]\d{0,4})([dw])$/.exec(text) ?? [];
  const days = Number(count) * (unit === "w" ? DAYS.w : DAYS.d);
  return days <= MAX_DAYS ? days : undefined;
}
