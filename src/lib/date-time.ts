import { GraphQLDateTime } from "graphql-scalars";

/** What a moment may look like; the end of a message that refuses one. */
export const DATE_TIME_RULE =
  'must be an RFC 3339 date and time with a zone, in the years 1 to 9999, for instance "2026-11-22T10:15:00Z"';

/** Reads an RFC 3339 date and time, as graphql-scalars does; undefined when it is none. */
export function parseDateTime(value: unknown): Date | undefined {
  if (typeof value !== "string") return undefined;
  try {
    const date = GraphQLDateTime.parseValue(value);
    // A zone may put the last evening of the year 9999 into the next year, which RFC 3339 cannot write.
    return date.getUTCFullYear() >= 1 && date.getUTCFullYear() <= 9999 ? date : undefined;
  } catch {
    return undefined;
  }
}
