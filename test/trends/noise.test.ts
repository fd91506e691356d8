import { describe, expect, it } from "vitest";
import { detectAnomalies } from "../../src/trends/detect-anomalies.ts";

const SERIES = 60;
const JOBS = 40;

/** Numbers from 0 to 1 that are the same in every run: the linear congruential generator of Numerical Recipes. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

/** How many of the series have a finding. */
function seriesWithFindings(amountOf: (random: () => number, index: number) => number): number {
  const random = randomNumbers(7);
  const series = Array.from({ length: SERIES }, () =>
    Array.from({ length: JOBS }, (_, index) => amountOf(random, index).toFixed(2)),
  );
  return series.filter((totals) => detectAnomalies(totals, { window: 20, sensitivity: 3.5 }).length > 0)
    .length;
}

describe("Noise", () => {
  it.each([
    ["uniform within 10 per cent", (random: () => number) => 900 + 200 * random()],
    ["uniform within 20 per cent", (random: () => number) => 800 + 400 * random()],
    [
      "nearly normal with 10 per cent",
      (random: () => number) => 1000 + 100 * (Array.from({ length: 12 }, random).reduce((a, b) => a + b) - 6),
    ],
  ])("%s is hardly ever an anomaly", (_kind, amountOf) => {
    expect(seriesWithFindings(amountOf)).toBeLessThanOrEqual(SERIES / 15);
  });

  it("that goes to and fro between two amounts is no anomaly", () => {
    expect(seriesWithFindings((_random, index) => (index % 2 === 0 ? 1000 : 1100))).toBe(0);
  });
});
