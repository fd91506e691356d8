import { beforeAll, describe, expect, it } from "vitest";
import { exclude, include } from "../support/exclusions.ts";
import { startService } from "../support/service.ts";
import { statementsOf } from "../support/statements.ts";
import { type SeriesWithTotals, trendWithTotals, tryTotals } from "./ask-trend.ts";
import { storeAt } from "./store-at.ts";

const service = startService();

/** The first days of May. */
function days(filter: object, count = 4): { filter: object } {
  const effectiveBefore = new Date(Date.UTC(2026, 4, 1 + count)).toISOString();
  return { filter: { effectiveFrom: "2026-05-01T00:00:00Z", effectiveBefore, ...filter } };
}

/** The totals of each series, "-" for null. */
function totals(series: readonly SeriesWithTotals[]): Record<string, string> {
  return Object.fromEntries(
    series.map(({ key, totals }) => [key, totals.map(({ total }) => total ?? "-").join(" ")]),
  );
}

describe("The total of two projects", () => {
  const filter = { userId: "constant" };
  beforeAll(async () => {
    await storeAt(service, [
      { at: "2026-05-01T08:00Z", userId: "constant", project: "small", total: "100" },
      { at: "2026-05-01T09:00Z", userId: "constant", project: "large", total: "200" },
      { at: "2026-05-03T08:00Z", userId: "constant", project: "small", total: "100" },
      { at: "2026-05-03T09:00Z", userId: "constant", project: "large", total: "200" },
    ]);
  });

  it("that cost the same as before is the same, and has no delta", async () => {
    expect(await trendWithTotals(service, days(filter, 3))).toMatchObject([
      {
        delta: "0",
        percentageChange: 0,
        points: [
          { first: "100", last: "200", total: "300" },
          { first: "100", last: "200", total: "300" },
        ],
        totals: [
          { start: "2026-05-01T00:00:00.000Z", total: "300", jobCount: 2 },
          { start: "2026-05-02T00:00:00.000Z", total: "300", jobCount: 2 },
          { start: "2026-05-03T00:00:00.000Z", total: "300", jobCount: 2 },
        ],
      },
    ]);
  });

  it("is that of the groups, which have the same intervals", async () => {
    const series = await trendWithTotals(service, { ...days(filter), groupBy: "PROJECT" });
    expect(totals(series)).toEqual({ large: "200 200 200 200", small: "100 100 100 100" });
    const [large, small] = series.map((one) => one.totals.map(({ start }) => start));
    expect(large).toEqual(small);
  });

  it("is carried in from before the range, also where a group has no job in it", async () => {
    const range = { effectiveFrom: "2026-05-02T12:00:00Z", effectiveBefore: "2026-05-03T08:30:00Z" };
    const series = await trendWithTotals(service, { filter: { ...filter, ...range }, groupBy: "PROJECT" });
    expect(totals(series)).toEqual({ large: "200 200", small: "100 100" });
    expect(series[0]).toMatchObject({ key: "large", delta: "0", points: [] });
  });

  it("ends when nobody stores any more, at the age in days of 24 hours", async () => {
    const byProject = { ...days(filter), groupBy: "PROJECT", maxAgeDays: 1 };
    expect(totals(await trendWithTotals(service, byProject))).toEqual({
      large: "200 - 200 -",
      small: "100 - 100 -",
    });
    // The last moment before the age is reached, and the moment itself.
    const until = (effectiveBefore: string) => ({
      filter: { ...filter, effectiveFrom: "2026-05-02T00:00:00Z", effectiveBefore },
      maxAgeDays: 1,
    });
    expect(totals(await trendWithTotals(service, until("2026-05-02T08:00:00Z")))).toEqual({ total: "300" });
    expect(totals(await trendWithTotals(service, until("2026-05-02T08:00:00.001Z")))).toEqual({
      total: "200",
    });
  });

  it("goes on until now without effectiveBefore", async () => {
    const months = () => {
      const now = new Date();
      return now.getUTCFullYear() * 12 + now.getUTCMonth() + 1 - (2026 * 12 + 4);
    };
    const earliest = months();
    const [series] = await trendWithTotals(service, { filter, interval: "MONTH" });
    // A month can begin meanwhile.
    expect([earliest, months()]).toContain(series?.totals.length);
    expect(series?.totals.at(-1)?.total).toBe("300");
  });
});

describe("Branches", () => {
  const filter = { project: "branches" };
  beforeAll(async () => {
    await storeAt(service, [
      { at: "2026-05-01T08:00Z", ...filter, branch: "master", total: "100" },
      { at: "2026-05-02T08:00Z", ...filter, branch: "feature", total: "1000" },
      { at: "2026-05-03T08:00Z", ...filter, branch: "main", total: "110" },
    ]);
  });

  it("are not added up, and a renamed default branch counts once", async () => {
    expect(totals(await trendWithTotals(service, days(filter)))).toEqual({ total: "100 100 110 110" });
  });

  it("count where the filter names one", async () => {
    const ask = async (branch: string) => totals(await trendWithTotals(service, days({ ...filter, branch })));
    expect(await ask("feature")).toEqual({ total: "- 1000 1000 1000" });
    expect(await ask("master")).toEqual({ total: "100 100 100 100" });
  });

  it("count by isDefaultBranch, the newest of all of them", async () => {
    const ask = async (isDefaultBranch: boolean) =>
      totals(await trendWithTotals(service, days({ ...filter, isDefaultBranch })));
    expect(await ask(true)).toEqual({ total: "100 100 110 110" });
    expect(await ask(false)).toEqual({ total: "- 1000 1000 1000" });
  });

  it("count each in a trend by branch", async () => {
    const series = await trendWithTotals(service, { ...days(filter), groupBy: "BRANCH" });
    expect(totals(series)).toEqual({
      feature: "- 1000 1000 1000",
      main: "- - 110 110",
      master: "100 100 100 100",
    });
  });
});

describe("The jobs of a total", () => {
  it("that were stored later for the past change the past", async () => {
    const filter = { project: "backfill" };
    await storeAt(service, [{ at: "2026-05-03T08:00Z", ...filter, total: "5" }]);
    expect(totals(await trendWithTotals(service, days(filter)))).toEqual({ total: "- - 5 5" });
    const estimatedAt = "2026-05-01T08:00:00Z";
    await storeAt(service, [{ at: "2026-05-20T08:00Z", estimatedAt, ...filter, total: "3" }]);
    expect(totals(await trendWithTotals(service, days(filter)))).toEqual({ total: "3 3 5 5" });
  });

  it("are complete: a failed run is counted, and is in no amount", async () => {
    const filter = { project: "failed run" };
    await storeAt(service, [
      { at: "2026-05-01T08:00Z", ...filter, total: "100" },
      { at: "2026-05-02T08:00Z", ...filter, total: "0", costs: {}, isComplete: false },
      { at: "2026-05-04T08:00Z", ...filter, total: "100" },
      { at: "2026-05-04T09:00Z", ...filter, total: "0", costs: {}, isComplete: false },
    ]);
    for (const groupBy of ["TOTAL", "PROJECT", "SERVICE", "REGION"]) {
      const [series] = await trendWithTotals(service, { ...days(filter), groupBy });
      expect(
        series?.points.map(({ jobCount, min, incompleteJobCount }) => [jobCount, min, incompleteJobCount]),
      ).toEqual([
        [1, "100", 0],
        [1, "100", 1],
      ]);
      expect(series?.totals.map(({ total, incompleteJobCount }) => [total, incompleteJobCount])).toEqual([
        ["100", 0],
        ["100", 1],
        ["100", 0],
        ["100", 1],
      ]);
    }
  });

  it("of a project with failed runs only are unknown, and the runs are counted", async () => {
    const filter = { project: "always failing" };
    await storeAt(service, [
      { at: "2026-05-02T08:00Z", ...filter, total: "0", costs: {}, isComplete: false },
    ]);
    expect(await trendWithTotals(service, days(filter, 2))).toMatchObject([
      {
        delta: "0",
        percentageChange: null,
        points: [],
        totals: [
          { total: null, incompleteJobCount: 0 },
          { total: null, incompleteJobCount: 1 },
        ],
      },
    ]);
  });

  it("are not excluded", async () => {
    const filter = { project: "excluded" };
    const [, wrong] = await storeAt(service, [
      { at: "2026-05-01T08:00Z", ...filter, total: "100" },
      { at: "2026-05-02T08:00Z", ...filter, total: "900" },
    ]);
    expect(totals(await trendWithTotals(service, days(filter)))).toEqual({ total: "100 900 900 900" });
    await exclude(service, wrong ?? "");
    const [series] = await trendWithTotals(service, days(filter));
    expect(series).toMatchObject({ delta: "0", points: [{ jobCount: 1, total: "100" }] });
    await include(service, wrong ?? "");
    expect(totals(await trendWithTotals(service, days(filter)))).toEqual({ total: "100 900 900 900" });
  });

  it("have a project: others are in points, and in no total", async () => {
    await storeAt(service, [{ at: "2026-05-01T08:00Z", userId: "loner", total: "9" }]);
    const [series] = await trendWithTotals(service, { ...days({ userId: "loner" }, 1), groupBy: "PROJECT" });
    expect(series).toMatchObject({
      key: "(none)",
      points: [{ last: "9", total: null }],
      totals: [{ total: null, jobCount: 0 }],
    });
  });

  it("are chosen before the conditions on amounts: a job that has grown does not bring back an older one", async () => {
    const filter = { project: "grown", maxTotalMonthlyCost: "100" };
    await storeAt(service, [
      { at: "2026-05-01T08:00Z", project: "grown", total: "100" },
      { at: "2026-05-03T08:00Z", project: "grown", total: "101" },
    ]);
    expect(totals(await trendWithTotals(service, days(filter)))).toEqual({ total: "100 100 - -" });
  });
});

describe("The total of a service", () => {
  const filter = { project: "services" };
  beforeAll(async () => {
    await storeAt(service, [
      { at: "2026-05-02T08:00Z", ...filter, costs: { EC2: "60.00", S3: "1.5" } },
      { at: "2026-05-03T08:00Z", ...filter, costs: { EC2: "61", RDS: null } },
    ]);
  });

  it('is "0" as long as the current jobs do not have it, and null without any', async () => {
    const series = await trendWithTotals(service, { ...days(filter), groupBy: "SERVICE" });
    expect(totals(series)).toEqual({ EC2: "- 60.00 61 61", S3: "- 1.5 0 0", RDS: "- 0 0 0" });
    expect(series.map(({ key, delta, percentageChange }) => [key, delta, percentageChange])).toEqual([
      ["EC2", "1.00", 1.6666666666666667],
      ["RDS", "0", null],
      ["S3", "-1.5", -100],
    ]);
  });

  it("says how many resources of unknown cost it does not hold", async () => {
    const series = await trendWithTotals(service, { ...days(filter), groupBy: "SERVICE" });
    const unpriced = series.map(({ key, totals }) => [
      key,
      ...totals.map((one) => one.unpricedResourceCount),
    ]);
    expect(unpriced).toEqual([
      ["EC2", 0, 0, 0, 0],
      ["RDS", 0, 0, 1, 1],
      ["S3", 0, 0, 0, 0],
    ]);
    const [all] = await trendWithTotals(service, days(filter));
    expect(all?.points.map(({ unpricedResourceCount }) => unpricedResourceCount)).toEqual([0, 1]);
  });
});

describe("Groups", () => {
  it("rank by their last total, and the rest is added up", async () => {
    await storeAt(service, [
      { at: "2026-05-01T08:00Z", userId: "ranks", project: "old", total: "500" },
      { at: "2026-05-02T08:00Z", userId: "ranks", project: "new", total: "100" },
      { at: "2026-05-02T09:00Z", userId: "ranks", project: "new", branch: "feature", total: "9000" },
      { at: "2026-05-03T08:00Z", userId: "ranks", project: "third", total: "7" },
    ]);
    const series = await trendWithTotals(service, {
      ...days({ userId: "ranks" }),
      groupBy: "PROJECT",
      first: 1,
    });
    expect(totals(series)).toEqual({ old: "500 500 500 500", other: "- 100 107 107" });
    expect(series[1]).toMatchObject({ isOther: true, delta: "7", percentageChange: 7 });
  });

  it("of a currency each have their totals", async () => {
    await storeAt(service, [
      { at: "2026-05-01T08:00Z", userId: "currencies", project: "shop", total: "5" },
      { at: "2026-05-01T09:00Z", userId: "currencies", project: "shop", total: "6", currency: "EUR" },
    ]);
    const series = await trendWithTotals(service, days({ userId: "currencies" }, 1));
    expect(series.map(({ currency, totals }) => [currency, totals[0]?.total])).toEqual([
      ["EUR", "6"],
      ["USD", "5"],
    ]);
  });
});

describe("The last job of a point", () => {
  it("is the job of `last`; all of them are read by one statement", async () => {
    const ids = await storeAt(service, [
      { at: "2026-05-01T08:00Z", project: "last job", total: "1" },
      { at: "2026-05-01T09:00Z", project: "last job", total: "2" },
      { at: "2026-05-02T08:00Z", project: "last job", total: "3" },
    ]);
    const ask = () =>
      service.query(
        '{ costTrend(filter: { project: "last job" }, groupBy: SERVICE) { series { points { last lastJob { id totalMonthlyCost } } } } }',
      );
    const { data } = await ask();
    expect(data.costTrend.series[0].points).toEqual([
      { last: "2", lastJob: { id: ids[1], totalMonthlyCost: "2" } },
      { last: "3", lastJob: { id: ids[2], totalMonthlyCost: "3" } },
    ]);
    expect(await statementsOf(ask)).toEqual(["trends.costTrend", "jobs.byId"]);
  });
});

describe("A trend with the last jobs of its points", () => {
  it("can have 300 points: otherwise, one small query would read 10,000 whole jobs", async () => {
    await storeAt(
      service,
      Array.from({ length: 301 }, (_, i) => ({
        at: new Date(Date.UTC(2025, 0, 1 + i)).toISOString(),
        project: "many points",
      })),
    );
    const ask = (effectiveBefore: string, ofPoint: string) =>
      service.query(
        `query ($filter: JobFilter) { costTrend(filter: $filter) { series { points { start ${ofPoint} } } } }`,
        { filter: { project: "many points", effectiveBefore } },
      );
    const last = new Date(Date.UTC(2025, 0, 301)).toISOString();
    const { data } = await ask(last, "lastJob { id }");
    expect(data.costTrend.series[0].points).toHaveLength(300);
    const { errors } = await ask("2026-01-01T00:00:00Z", "lastJob { id }");
    expect(errors?.[0]).toMatchObject({
      message:
        "filter has 301 points, and can have 300 with lastJob; leave out lastJob, request fewer groups with first, a longer interval or a later effectiveFrom",
      extensions: { code: "BAD_USER_INPUT" },
    });
    expect((await ask("2026-01-01T00:00:00Z", "")).data.costTrend.series[0].points).toHaveLength(301);
  });

  it("costs as much as its last jobs, each with a page of resources", async () => {
    const resources = "resources(first: 1000) { nodes { id } }";
    const { errors } = await service.query(
      `{ costTrend(interval: HOUR, first: 1) { series { points { lastJob { ${resources} } } } } }`,
    );
    expect(errors?.[0]?.extensions.code).toBe("QUERY_TOO_COMPLEX");
  });
});

describe("A trend with totals", () => {
  it("is read by two statements, whatever its length", async () => {
    const ask = () => trendWithTotals(service, { groupBy: "PROJECT", first: 2 });
    expect(await statementsOf(ask)).toEqual(["trends.costTrend", "trends.intervals"]);
  });

  it.each([0, -1, 36_501])("is refused with maxAgeDays: %i", async (maxAgeDays) => {
    const { errors } = await tryTotals(service, { maxAgeDays });
    expect(errors?.[0]).toMatchObject({
      message: "maxAgeDays must be from 1 to 36500",
      extensions: { code: "BAD_USER_INPUT" },
    });
  });

  it("is refused beyond 10,000 points and totals, with their number", async () => {
    await storeAt(service, [{ at: "2026-01-01T00:00Z", userId: "hours", project: "a" }]);
    await storeAt(service, [{ at: "2026-01-02T00:00Z", userId: "hours", project: "b" }]);
    const over = (hours: number) => ({
      interval: "HOUR",
      groupBy: "PROJECT",
      filter: {
        userId: "hours",
        effectiveFrom: "2025-12-31T00:00:00Z",
        effectiveBefore: new Date(Date.UTC(2025, 11, 31) + hours * 3_600_000).toISOString(),
      },
    });
    const series = await trendWithTotals(service, over(4_999));
    expect(series.map(({ totals }) => totals.length)).toEqual([4_999, 4_999]);
    const { errors } = await tryTotals(service, over(5_000));
    expect(errors?.[0]?.message).toBe(
      "filter has more than 10000 points and totals, with 5000 intervals in each of 2 series; request fewer groups with first, a longer interval or a later effectiveFrom",
    );
  });

  it("from an estimate of long ago is refused, and the intervals are not read", async () => {
    const estimatedAt = "0001-01-01T00:00:00Z";
    await storeAt(service, [{ at: "2026-05-01T00:00Z", estimatedAt, project: "ancient" }]);
    const ask = () => tryTotals(service, { interval: "HOUR", filter: { project: "ancient" } });
    expect((await ask()).errors?.[0]?.message).toMatch(/^filter has more than 10000 points and totals/);
    expect(await statementsOf(ask)).toEqual(["trends.costTrend"]);
  });
});
