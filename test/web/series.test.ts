import { describe, expect, it } from "vitest";
import {
  COLORS,
  canStack,
  colorOf,
  indexAt,
  isolatedIndexes,
  plotColumns,
  plotDataOf,
  unknownRuns,
} from "../../web/src/charts/series.ts";

const START = "2026-11-01T00:00:00.000Z";
const NEXT = "2026-11-02T00:00:00.000Z";

const total = (start: string, total: string | null, unpricedResourceCount = 0) => ({
  start,
  total,
  unpricedResourceCount,
});

const series = (values: (string | null)[], unpriced?: number[]) => ({
  key: "a",
  label: "a",
  values,
  ...(unpriced && { unpriced }),
});

describe("plotDataOf", () => {
  it("begins with the first interval that has a job", () => {
    const { times, series } = plotDataOf([
      { key: "a", isOther: false, totals: [total(START, null), total(NEXT, "1.5")] },
    ]);
    expect(times).toEqual([Date.parse(NEXT)]);
    expect(series[0]?.values).toEqual(["1.5"]);
  });

  it("shows a total of zero beside unknown costs as no value", () => {
    const { series } = plotDataOf([
      { key: "a", isOther: false, totals: [total(START, "0", 2), total(NEXT, "0")] },
    ]);
    expect(series[0]?.values).toEqual([null, "0"]);
    expect(series[0]?.unpriced).toEqual([2, 0]);
  });

  it("tells the rest from a group with its name", () => {
    const { series } = plotDataOf([
      { key: "other", isOther: false, totals: [total(START, "2")] },
      { key: "other", isOther: true, totals: [total(START, "1")] },
    ]);
    expect(new Set(series.map(({ key }) => key)).size).toBe(2);
    expect(series.map((one, i) => colorOf(one, i))).toEqual([1, COLORS]);
  });

  it("is empty without a job", () => {
    expect(plotDataOf([])).toEqual({ times: [], series: [] });
    expect(plotDataOf([{ key: "a", isOther: false, totals: [total(START, null)] }]).times).toEqual([]);
  });
});

describe("plotColumns", () => {
  it("stacks from the last series to the first, and a gap adds nothing", () => {
    expect(plotColumns([series(["1", null, null]), series(["2", "3", null])], true)).toEqual([
      [3, 3, null],
      [2, 3, null],
    ]);
  });

  it("keeps the values of lines", () => {
    expect(plotColumns([series(["1", null])], false)).toEqual([[1, null]]);
  });
});

describe("canStack", () => {
  it("refuses negative amounts, and accepts a negative zero", () => {
    expect(canStack([series(["1", "-0.01"])])).toBe(false);
    expect(canStack([series(["1", "-0.00", null])])).toBe(true);
  });
});

describe("unknownRuns", () => {
  it("joins neighbours, over all series", () => {
    expect(
      unknownRuns([series(["1", "1", "1", "1"], [1, 0, 0, 1]), series(["1", "1", "1", "1"], [0, 2, 0, 0])]),
    ).toEqual([
      [0, 1],
      [3, 3],
    ]);
  });
});

describe("isolatedIndexes", () => {
  it("finds the values that no line reaches", () => {
    expect(isolatedIndexes([1, null, 2, 3, null, 0])).toEqual([0, 5]);
    expect(isolatedIndexes([7])).toEqual([0]);
  });
});

describe("indexAt", () => {
  it("is the last time that is not after the moment", () => {
    expect([5, 10, 15, 25].map((moment) => indexAt([10, 20], moment))).toEqual([-1, 0, 0, 1]);
  });
});
