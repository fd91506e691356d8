/** The end of the message about an invalid date and time. */
export const DATE_TIME_RULE =
  'must be an RFC 3339 date and time with a zone, in the years 1 to 9999, for instance "2026-11-22T10:15:00Z"';

const RFC_3339 =
  /^(\d{4}-\d\d)-(\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/**
 * Parses an RFC 3339 date and time; undefined when it is invalid. The values are those that the scalar DateTime of
 * graphql-scalars accepts; this module does not load GraphQL, because the command `push` needs it too.
 */
export function parseDateTime(value: unknown): Date | undefined {
  if (typeof value !== "string") return undefined;
  const text = value.toUpperCase();
  const [, month, day] = RFC_3339.exec(text) ?? [];
  // Date reads February 30 as March 2.
  if (new Date(`${month}-${day}T00:00Z`).getUTCDate() !== Number(day)) return undefined;
  const date = new Date(text);
  // With a zone, the last evening of the year 9999 may be in the year 10000, which RFC 3339 cannot express.
  return date.getUTCFullYear() >= 1 && date.getUTCFullYear() <= 9999 ? date : undefined;
}

const DATE_TIME = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d(?:\.\d+)?) ?(?:([Zz])|([+-]\d\d):?(\d\d))$/;

/** A time in the form of RFC 3339, or of git (2026-11-22 12:00:00 +0200), in the form of RFC 3339. */
export function rfc3339(text: string | null | undefined): string | undefined {
  const [, date, time, utc, hours, minutes] = DATE_TIME.exec(text ?? "") ?? [];
  const rfc = `${date}T${time}${utc ?? `${hours}:${minutes}`}`;
  return parseDateTime(rfc) && rfc;
}

/** Hours by the unit of a duration. */
const HOURS = { h: 1, d: 24, w: 168 } as const;

/**
 * Parses a duration such as 12h, 90d or 12w.
 * @returns the duration in hours; undefined: the text is not a duration.
 */
export function parseDuration(text: string): number | undefined {
  const [, count, unit] = /^([1-9]\d{0,4})([hdw])$/.exec(text) ?? [];
  return unit === "h" || unit === "d" || unit === "w" ? Number(count) * HOURS[unit] : undefined;
}
