import { describe, expect, it } from "vitest";
import { barSpans } from "../../web/src/charts/bar-list.tsx";
import { sparklinePaths } from "../../web/src/charts/sparkline.tsx";
import { coverageOf } from "../../web/src/parts/coverage.tsx";
import { estimatorChanges } from "../../web/src/screens/project/markers.ts";

describe("barSpans", () => {
  it("puts negative amounts on the other side of zero", () => {
    expect(barSpans(["-50", "150"])).toEqual([
      { start: 0, size: 25, isNegative: true },
      { start: 25, size: 75, isNegative: false },
    ]);
  });

  it("draws nothing for zeros only", () => {
    expect(barSpans(["0", "0.00"]).map(({ size }) => size)).toEqual([0, 0]);
  });
});

describe("sparklinePaths", () => {
  it("has a path for each run without a gap", () => {
    expect(sparklinePaths(["1", "2", null, "3"])).toHaveLength(2);
    expect(sparklinePaths([null])).toEqual([]);
  });
});

describe("coverageOf", () => {
  it("counts unsupported resources beside those of the estimate", () => {
    const counts = { resourceCount: 92, unpricedResourceCount: 2, unsupportedResourceCount: 8 };
    expect(coverageOf(counts)).toEqual({ priced: 90, unpriced: 2, unsupported: 8, all: 100 });
    expect(coverageOf({ ...counts, unsupportedResourceCount: null }).all).toBe(92);
  });
});

describe("estimatorChanges", () => {
  it("finds the jobs with another estimator than the job before", () => {
    const point = (estimator: string | null) => ({ lastJob: { id: "1", effectiveAt: "", estimator } });
    const points = [point("a"), point("a"), { lastJob: null }, point("b"), point(null)];
    expect(estimatorChanges(points).map(({ from, job }) => [from, job.estimator])).toEqual([
      ["a", "b"],
      ["b", null],
    ]);
  });
});
