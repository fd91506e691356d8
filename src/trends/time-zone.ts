/** What a time zone may look like; the end of a message that refuses one. */
export const TIME_ZONE_RULE =
  'must be the name of an IANA time zone, for instance "Europe/Berlin" or "UTC"; an offset is none';

/**
 * The time zone under a name that PostgreSQL reads as the same zone; undefined when there is none of this name.
 * PostgreSQL would read an offset with the sign of POSIX, and "CET" as an abbreviation without summer time: only
 * names that cannot be either are handed to it.
 */
export function parseTimeZone(name: string): string | undefined {
  const canonical = canonicalName(name);
  if (canonical === undefined) return undefined;
  const unmistakable = [name, canonical].find((text) => /^[a-z].*\//i.test(text));
  return unmistakable ?? (canonical === "UTC" ? canonical : undefined);
}

function canonicalName(name: string): string | undefined {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}
