import fc from "fast-check";
import { GraphQLDateTime } from "graphql-scalars";
import { describe, expect, it } from "vitest";
import { parseDateTime, parseDuration, rfc3339 } from "../../src/lib/date-time.ts";

/** The time that the scalar DateTime reads, in the years that RFC 3339 can express; undefined when it is refused. */
function scalarTime(text: string): Date | undefined {
  try {
    const date = GraphQLDateTime.parseValue(text);
    return date.getUTCFullYear() >= 1 && date.getUTCFullYear() <= 9999 ? date : undefined;
  } catch {
    return undefined;
  }
}

const joined = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((texts) => texts.join(""));
const years = fc.constantFrom("0000", "0001", "1900", "2000", "2023", "2024", "9999", "+2024");
const months = fc.constantFrom("00", "01", "02", "04", "11", "12", "13");
const days = fc.constantFrom("00", "01", "28", "29", "30", "31", "32");
const hours = fc.constantFrom("00", "12", "23", "24");
const sixtieths = fc.constantFrom("00", "30", "59", "60");
const fractions = fc.constantFrom("", ".1", ".123456789", ".");
const zones = fc.constantFrom("Z", "z", "+02:00", "-23:59", "+24:00", "|02:00", "+0200", " +02:00", "");
const dash = fc.constant("-");
const colon = fc.constant(":");
const dates = joined(years, dash, months, dash, days);
const times = joined(hours, colon, sixtieths, colon, sixtieths, fractions);

describe("A date and time", () => {
  it("is read and refused as by the scalar DateTime", () => {
    const texts = joined(dates, fc.constantFrom("T", "t", " ", ""), times, zones);
    fc.assert(
      fc.property(texts, (text) => {
        expect(parseDateTime(text)).toEqual(scalarTime(text));
      }),
      { numRuns: 5_000 },
    );
  });

  it.each([undefined, null, 0, true, new Date(0), ""])(
    "is refused when it is no text of a time: %j",
    (value) => {
      expect(parseDateTime(value)).toBeUndefined();
    },
  );
});

describe("A time of git", () => {
  it.each([
    ["2026-11-22 12:00:00 +0200", "2026-11-22T12:00:00+02:00"],
    ["2026-11-22 12:00:00.5 -03:30", "2026-11-22T12:00:00.5-03:30"],
    ["2026-11-22T12:00:00Z", "2026-11-22T12:00:00Z"],
    ["2026-02-29 12:00:00 +0200", undefined],
    ["2026-11-22 12:00:00", undefined],
    ["Sun Nov 22 12:00:00 2026 +0200", undefined],
  ])("%s is %s in RFC 3339", (text, expected) => {
    expect(rfc3339(text)).toBe(expected);
  });
});

describe("A duration", () => {
  it.each([
    ["12h", 12],
    ["90d", 2_160],
    ["12w", 2_016],
    ["99999w", 16_799_832],
  ])("of %s is %d hours", (text, hours) => {
    expect(parseDuration(text)).toBe(hours);
  });

  it.each([
    "",
    "0h",
    "-1h",
    "+1h",
    "1",
    "h",
    "1.5h",
    "1e3h",
    "01h",
    "1 h",
    "1H",
    "1m",
    "1d1h",
    "100000h",
    "1h\n",
  ])("is not %j", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});
