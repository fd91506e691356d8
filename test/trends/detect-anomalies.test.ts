import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { detectAnomalies } from "../../src/trends/detect-anomalies.ts";

const USUAL = { window: 20, sensitivity: 3.5 };

/** The places in the series at which something is found. */
function found(totals: readonly (number | string)[], detection = USUAL): number[] {
  return detectAnomalies(totals.map(String), detection).map(({ index }) => index);
}

function flat(length: number, total = 100): number[] {
  return Array.from({ length }, () => total);
}

/** Random numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Totals about 1000 that are normally distributed (Box and Muller, 1958), with a deviation in per cent. */
function noise(length: number, percent: number, seed: number, mean = 1_000): string[] {
  const random = randomNumbers(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length }, () => (mean * (1 + (percent / 100) * normal())).toFixed(2));
}

describe("In a flat series", () => {
  it("nothing is found", () => {
    expect(found(flat(50))).toEqual([]);
  });

  it.each([20, 5, 200])("a step is found once, with a window of %i", (window) => {
    expect(found([...flat(30), ...flat(60, 150)], { ...USUAL, window })).toEqual([30]);
    expect(found([...flat(30), ...flat(60, 50)], { ...USUAL, window })).toEqual([30]);
  });

  it("a step and the step back are found once each when five jobs or more stand between them", () => {
    expect(found([...flat(20), ...flat(5, 150), ...flat(30)])).toEqual([20, 25]);
    expect(found([...flat(20), ...flat(30, 150), ...flat(30)])).toEqual([20, 50]);
  });

  it("a way back after fewer jobs is not: the history is still the old one", () => {
    expect(found([...flat(20), ...flat(4, 150), ...flat(30)])).toEqual([20]);
  });

  it("each of two steps is found once, however close", () => {
    expect(found([...flat(20), 150, ...flat(30, 200)])).toEqual([20, 21]);
    expect(found([...flat(20), ...flat(10, 150), ...flat(30, 200)])).toEqual([20, 30]);
  });

  it("every spike is found, and nothing after it", () => {
    expect(found([...flat(20), 500, ...flat(5), 500, ...flat(20)])).toEqual([20, 26]);
  });

  it("a spike on a new level does not make the level new again", () => {
    expect(found([...flat(20), 150, 150, 900, ...flat(30, 150)])).toEqual([20, 22]);
  });

  it("a level that wavers about the bound is found once", () => {
    expect(found([...flat(20), "106", "104.9", "106", "104.9", "106", "105.5", ...flat(20, 106)])).toEqual([
      20,
    ]);
  });

  it.each([
    // 5 per cent of 100, and 1.00 when that is more; of credits likewise.
    [100, "105.00", false],
    [100, "105.01", true],
    [100, "94.99", true],
    [10, "11.00", false],
    [10, "11.01", true],
    [0, "1.00", false],
    [0, "-1.01", true],
    [-100, "-105.00", false],
    [-100, "-105.01", true],
  ])("at %d the amount %s is found: %s", (level, total, expected) => {
    expect(found([...flat(20, level), total])).toEqual(expected ? [20] : []);
  });

  it("nothing is found with fewer than five jobs before it", () => {
    expect(found([...flat(4), 900])).toEqual([]);
    expect(found([...flat(5), 900])).toEqual([5]);
  });
});

describe("In a series that varies", () => {
  it.each([1, 2, 3, 4, 5])(
    "by at most 2.4 per cent nothing is found: any two are within the floor (seed %i)",
    (seed) => {
      const random = randomNumbers(seed);
      const totals = Array.from({ length: 200 }, () => (1_000 * (0.976 + 0.048 * random())).toFixed(2));
      expect(found(totals)).toEqual([]);
    },
  );

  it("by a normal deviation of 2 per cent nothing is found with this seed", () => {
    expect(found(noise(200, 2, 1))).toEqual([]);
  });

  it("by a normal deviation of 2 per cent fewer than 1 in 100 jobs are found", () => {
    const counts = Array.from({ length: 200 }, (_, seed) => found(noise(60, 2, seed)).length);
    // 0.54 per cent of those that are judged, measured over 2,000 series.
    expect(counts.reduce((a, b) => a + b) / (200 * 55)).toBeLessThan(0.01);
  });

  it("a step by half is found once", () => {
    expect(found([...noise(60, 2, 1), ...noise(60, 2, 2, 1_500)])).toEqual([60]);
  });

  it.each([1.005, 1.01, 1.02, 0.98])("by a slow drift of a factor of %d nothing is found", (factor) => {
    expect(found(Array.from({ length: 100 }, (_, i) => (1_000 * factor ** i).toFixed(4)))).toEqual([]);
  });

  it("more is found with a lower sensitivity", () => {
    const totals = noise(200, 5, 7);
    const strict = found(totals, { window: 20, sensitivity: 2 });
    expect(found(totals, { window: 20, sensitivity: 5 }).length).toBeLessThan(strict.length);
  });
});

describe("A series of any shape", () => {
  it("tells of each finding what the jobs before it lead one to expect, and the finding is outside of that", () => {
    const totals = fc.array(fc.constantFrom("100.00", "101", "150", "500", "99.5", "-3"), { maxLength: 60 });
    fc.assert(
      fc.property(totals, fc.integer({ min: 5, max: 30 }), (series, window) => {
        for (const { index, amount, expectation } of detectAnomalies(series, { window, sensitivity: 3.5 })) {
          expect(index).toBeGreaterThanOrEqual(5);
          expect(amount.toFixed()).toBe(String(Number(series[index])));
          expect(amount.minus(expectation.median).abs().gt(expectation.spread)).toBe(true);
        }
      }),
    );
  });

  it("does not depend on what follows", () => {
    const totals = fc.array(fc.constantFrom("100", "101", "150", "500"), { minLength: 6, maxLength: 60 });
    fc.assert(
      fc.property(totals, fc.nat(60), (series, length) => {
        const beginning = found(series).filter((index) => index < length);
        expect(found(series.slice(0, length))).toEqual(beginning);
      }),
    );
  });
});
