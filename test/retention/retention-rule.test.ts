import { describe, expect, it } from "vitest";
import { parseAge } from "../../src/retention/retention-rule.ts";

describe("An age", () => {
  it.each([
    ["1d", 1],
    ["400d", 400],
    ["12w", 84],
    ["48h", 2],
    ["36500d", 36_500],
    ["5214w", 36_498],
  ])("of %s is %d days", (text, days) => {
    expect(parseAge(text)).toBe(days);
  });

  it.each([
    "",
    "0d",
    "0w",
    "-1d",
    "+1d",
    "1",
    "d",
    "1.5d",
    "1e3d",
    "01d",
    "1 d",
    "1D",
    "1y",
    "1m",
    "1h",
    "36h",
    "1d1w",
    "36501d",
    "5215w",
    "999999d",
    "1d\n",
    "١d",
  ])("is not %j", (text) => {
    expect(parseAge(text)).toBeUndefined();
  });
});
