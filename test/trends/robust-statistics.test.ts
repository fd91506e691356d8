import { Big } from "big.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  distanceAtScore,
  median,
  medianAbsoluteDeviation,
  modifiedZScore,
} from "../../src/trends/robust-statistics.ts";

function sorted(...values: (number | string)[]): Big[] {
  return values.map((value) => new Big(value)).sort((a, b) => a.cmp(b));
}

describe("The median", () => {
  it.each([
    [[7], "7"],
    [[3, 1, 2], "2"],
    [[4, 1, 3, 2], "2.5"],
    [["0.1", "0.2"], "0.15"],
    [
      ["99999999999999999999.999999999999999999999999999999", "0"],
      "49999999999999999999.9999999999999999999999999999995",
    ],
    [[-5, -1, 3], "-1"],
  ])("of %j is %s", (values, expected) => {
    expect(median(sorted(...values)).toFixed()).toBe(expected);
  });
});

describe("The median absolute deviation", () => {
  it.each([
    // Wikipedia's example: the median is 2, the deviations are 1 1 0 0 2 4 7, in order 0 0 1 1 2 4 7.
    [[1, 1, 2, 2, 4, 6, 9], "1"],
    // The median is 2.5, the deviations are 1.5 0.5 0.5 1.5, in order 0.5 0.5 1.5 1.5: (0.5 + 1.5) / 2.
    [[1, 2, 3, 4], "1"],
    // The median is 100.05; the deviations are 1.35 0.15 0.05 0.05 0.25 1.15, in order 0.05 0.05 0.15 0.25 1.15 1.35:
    // (0.15 + 0.25) / 2.
    [["98.70", "99.90", "100.00", "100.10", "100.30", "101.20"], "0.2"],
    // All on one side: the median is 10, the deviations are 0 0 0 5 10.
    [[10, 10, 10, 15, 20], "0"],
    [[5], "0"],
    [[5, 5, 5, 5, 5, 900], "0"],
  ])("of %j is %s", (values, expected) => {
    expect(medianAbsoluteDeviation(sorted(...values)).toFixed()).toBe(expected);
  });

  it("is what its definition says, of any values", () => {
    const values = fc.array(fc.integer({ min: -9_999, max: 9_999 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(values, (numbers) => {
        const given = sorted(...numbers);
        const center = median(given);
        const deviations = given.map((value) => value.minus(center).abs()).sort((a, b) => a.cmp(b));
        expect(medianAbsoluteDeviation(given).toFixed()).toBe(median(deviations).toFixed());
      }),
    );
  });
});

describe("The modified z-score", () => {
  it.each([
    // 0.6745 * (9 - 2) / 1
    ["9", "2", "1", 4.7215],
    // 0.6745 * (101.20 - 100.05) / 0.2 = 0.775675 / 0.2
    ["101.20", "100.05", "0.2", 3.878375],
    // 0.6745 * (98.70 - 100.05) / 0.2 = -0.910575 / 0.2
    ["98.70", "100.05", "0.2", -4.552875],
    ["2", "2", "1", 0],
  ])("of %s about %s with a deviation of %s is %d", (value, center, deviation, expected) => {
    expect(modifiedZScore(new Big(value), new Big(center), new Big(deviation))).toBe(expected);
  });

  it("does not exist when the deviation is zero", () => {
    expect(modifiedZScore(new Big(5), new Big(1), new Big(0))).toBeNull();
  });

  it.each([
    // 3.5 * 0.2 / 0.6745 = 1.03780578...
    [3.5, "0.2", "1.0378"],
    // 0.6745 is the distance at which a deviation of 0.6745 makes a score of 1, by definition.
    [1, "0.6745", "1"],
    [3.5, "0", "0"],
  ])("is %d at a distance which for a deviation of %s is %s", (score, deviation, expected) => {
    expect(distanceAtScore(score, new Big(deviation)).toFixed()).toBe(expected);
  });
});
