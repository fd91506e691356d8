import { describe, expect, it } from "vitest";
import { parseDuration } from "../../src/lib/duration.ts";

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
