/** Hours by the unit of a duration. Not in date-time.ts: commands start without graphql-scalars. */
const HOURS = { h: 1, d: 24, w: 168 } as const;

/**
 * Parses a duration such as 12h, 90d or 12w.
 * @returns the duration in hours; undefined: the text is not a duration.
 */
export function parseDuration(text: string): number | undefined {
  const [, count, unit] = /^([1-9]\d{0,4})([hdw])$/.exec(text) ?? [];
  return unit === "h" || unit === "d" || unit === "w" ? Number(count) * HOURS[unit] : undefined;
}
