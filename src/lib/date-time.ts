import { GraphQLDateTime } from "graphql-scalars";

/** The end of the message about an invalid date and time. */
export const DATE_TIME_RULE =
  'must be an RFC 3339 date and time with a zone, in the years 1 to 9999, for instance "2026-11-22T10:15:00Z"';

/** Parses an RFC 3339 date and time, as graphql-scalars does; undefined when it is invalid. */
export function parseDateTime(value: unknown): Date | undefined {
  if (typeof value !== "string") return undefined;
  try {
    const date = GraphQLDateTime.parseValue(value);
    // With a zone, the last evening of the year 9999 may be in the year 10000, which RFC 3339 cannot express.
    return date.getUTCFullYear() >= 1 && date.getUTCFullYear() <= 9999 ? date : undefined;
  } catch {
    return undefined;
  }
}
