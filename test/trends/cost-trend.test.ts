import { beforeAll, describe, expect, it } from "vitest";
import { startService } from "../support/service.ts";
import { statementsOf } from "../support/statements.ts";
import { type Series, trend, trendWithTotals } from "./ask-trend.ts";
import { storeAt } from "./store-at.ts";

const service = startService();

beforeAll(async () => {
  await storeAt(service, [
    { at: "2026-05-01T08:00Z", project: "shop", profile: "DEV", total: "100.10" },
    { at: "2026-05-01T09:00Z", project: "shop", profile: "PROD", total: "0.2" },
    { at: "2026-05-01T10:00Z", project: "shop", profile: "PROD", total: "50.000" },
    { at: "2026-05-03T08:00Z", project: "shop", profile: "DEV", total: "120.10" },
    { at: "2026-05-03T09:00Z", project: "blog", total: "7.5" },
    { at: "2026-05-03T10:00Z", total: "9" },
    { at: "2026-05-03T11:00Z", project: "shop", currency: "EUR", profile: "DEV", total: "1000000" },
  ]);
  await storeAt(service, [
    {
      at: "2026-06-01T08:00Z",
      userId: "services",
      region: "eu-west-1",
      costs: { EC2: "60", S3: "1.25", RDS: "2", other: "90" },
    },
    {
      at: "2026-06-01T09:00Z",
      userId: "services",
      region: "us-east-1",
      costs: { EC2: "40", S3: "2.50", RDS: "3", other: "80" },
    },
    { at: "2026-06-02T09:00Z", userId: "services", region: "us-east-1", costs: { EC2: "50", S3: "4" } },
  ]);
});

const MAY = { createdFrom: "2026-05-01T00:00:00Z", createdBefore: "2026-06-01T00:00:00Z" };
const SERVICES = { userId: "services" };

/** Each series as "key currency: last amounts of its points". */
function lines(series: readonly Series[]): string[] {
  return series.map(
    ({ key, isOther, currency, points }) =>
      `${key}${isOther ? " (rest)" : ""} ${currency}: ${points.map(({ last }) => last).join(" ")}`,
  );
}

describe("A trend in total", () => {
  it("has the first, last, lowest, highest and mean amount of each interval, exact, a series a currency", async () => {
    expect(await trend(service, { filter: MAY })).toEqual([
      {
        key: "total",
        isOther: false,
        currency: "EUR",
        delta: "0",
        percentageChange: 0,
        points: [
          {
            start: "2026-05-03T00:00:00.000Z",
            jobCount: 1,
            unpricedJobCount: 0,
            first: "1000000",
            last: "1000000",
            min: "1000000",
            max: "1000000",
            mean: "1000000",
          },
        ],
      },
      {
        key: "total",
        isOther: false,
        currency: "USD",
        // From 100.10 and 50.000 of shop on the first day to 120.10, 50.000 and 7.5 of shop and blog.
        delta: "27.500",
        percentageChange: 18.32111925383078,
        points: [
          {
            start: "2026-05-01T00:00:00.000Z",
            jobCount: 3,
            unpricedJobCount: 0,
            first: "100.10",
            last: "50.000",
            min: "0.2",
            max: "100.10",
            mean: "50.1",
          },
          {
            start: "2026-05-03T00:00:00.000Z",
            jobCount: 3,
            unpricedJobCount: 0,
            first: "120.10",
            last: "9",
            min: "7.5",
            max: "120.10",
            mean: "45.533333333333333333333333333333",
          },
        ],
      },
    ]);
  });

  it("keeps every digit of the largest and the smallest amounts", async () => {
    await storeAt(service, [
      {
        at: "2026-07-01T00:00Z",
        project: "digits",
        total: "99999999999999999999.999999999999999999999999999999",
      },
      { at: "2026-07-01T00:01Z", project: "digits", total: "0.000000000000000000000000000001" },
      { at: "2026-07-01T00:02Z", project: "digits", total: "-1.50" },
    ]);
    const [series] = await trendWithTotals(service, { filter: { project: "digits" } });
    expect(series).toMatchObject({
      delta: "0.00",
      points: [
        {
          total: "-1.50",
          first: "99999999999999999999.999999999999999999999999999999",
          last: "-1.50",
          min: "-1.50",
          max: "99999999999999999999.999999999999999999999999999999",
          // (100000000000000000000 - 1.50) / 3
          mean: "33333333333333333332.833333333333333333333333333333",
        },
      ],
    });
  });

  it("settles jobs at one moment by their ids", async () => {
    const at = "2026-07-05T00:00Z";
    await storeAt(service, [
      { at, project: "tie", total: "1" },
      { at, project: "tie", total: "3" },
      { at, project: "tie", total: "2" },
    ]);
    const [series] = await trend(service, { filter: { project: "tie" } });
    expect(series?.points[0]).toMatchObject({ first: "1", last: "2", jobCount: 3 });
  });

  it("has no percentage when it begins at zero", async () => {
    await storeAt(service, [
      { at: "2026-07-10T00:00Z", project: "zero", total: "0.00" },
      { at: "2026-07-11T00:00Z", project: "zero", total: "5" },
    ]);
    expect(await trend(service, { filter: { project: "zero" } })).toMatchObject([
      { delta: "5.00", percentageChange: null },
    ]);
  });
});

describe("A trend by group", () => {
  it.each([
    ["PROJECT", ["shop EUR: 1000000", "shop USD: 50.000 120.10", "(none) USD: 9", "blog USD: 7.5"]],
    ["PROFILE", ["DEV EUR: 1000000", "DEV USD: 100.10 120.10", "PROD USD: 50.000", "(none) USD: 9"]],
  ])("%s has the largest newest amount first, each currency apart", async (groupBy, expected) => {
    expect(lines(await trend(service, { filter: MAY, groupBy }))).toEqual(expected);
  });

  it("SERVICE has what each service costs in the jobs that have it", async () => {
    const series = await trend(service, { filter: SERVICES, groupBy: "SERVICE" });
    expect(lines(series)).toEqual(["other USD: 80", "EC2 USD: 40 50", "S3 USD: 2.50 4", "RDS USD: 3"]);
    expect(series[1]?.points[0]).toMatchObject({
      jobCount: 2,
      unpricedJobCount: 0,
      first: "60",
      max: "60",
      min: "40",
      mean: "50",
    });
  });

  it("REGION has what each region costs in the jobs that have it", async () => {
    const series = await trend(service, { filter: SERVICES, groupBy: "REGION" });
    expect(lines(series)).toEqual(["eu-west-1 USD: 153.25", "us-east-1 USD: 125.50 54"]);
  });

  it("says how many jobs have more of unknown cost, and in which service", async () => {
    await storeAt(service, [
      { at: "2026-06-05T08:00Z", project: "unknown", costs: { EC2: "60", S3: null } },
      { at: "2026-06-05T09:00Z", project: "unknown", costs: { EC2: "61", S3: "2" } },
    ]);
    const unpriced = async (groupBy: string) => {
      const series = await trend(service, { filter: { project: "unknown" }, groupBy });
      return series.map(({ key, points }) => [key, points[0]?.jobCount, points[0]?.unpricedJobCount]);
    };
    expect(await unpriced("TOTAL")).toEqual([["total", 2, 1]]);
    expect(await unpriced("REGION")).toEqual([["eu-west-1", 2, 1]]);
    expect(await unpriced("SERVICE")).toEqual([
      ["EC2", 2, 0],
      ["S3", 2, 1],
    ]);
  });

  it("of services adds up what each job has of the rest", async () => {
    const series = await trend(service, { filter: SERVICES, groupBy: "SERVICE", first: 2 });
    expect(lines(series)).toEqual(["other USD: 80", "EC2 USD: 40 50", "other (rest) USD: 5.50 4"]);
    expect(series[2]).toMatchObject({ isOther: true, delta: "0.75" });
    expect(series[2]?.points[0]).toMatchObject({
      jobCount: 2,
      unpricedJobCount: 0,
      first: "3.25",
      last: "5.50",
      min: "3.25",
      max: "5.50",
      mean: "4.375",
    });
  });

  it("of projects takes the jobs of the rest together", async () => {
    const series = await trend(service, { filter: MAY, groupBy: "PROJECT", first: 1 });
    expect(lines(series)).toEqual(["shop EUR: 1000000", "shop USD: 50.000 120.10", "other (rest) USD: 9"]);
    expect(series[2]?.points[0]).toMatchObject({ jobCount: 2, first: "7.5", last: "9", mean: "8.25" });
  });

  it("is read by one SQL statement", async () => {
    expect(await statementsOf(() => trend(service, { groupBy: "SERVICE", first: 1 }))).toEqual([
      "trends.costTrend",
    ]);
  });
});

describe("The range of a trend", () => {
  it("includes its beginning and leaves its end out", async () => {
    const filter = { effectiveFrom: "2026-05-01T08:00:00Z", effectiveBefore: "2026-05-03T08:00:00Z" };
    expect(lines(await trend(service, { filter }))).toEqual(["total USD: 50.000"]);
  });

  it.each([
    [{ createdFrom: "2026-05-02T00:00:00Z", effectiveBefore: "2026-05-02T00:00:00Z" }],
    [{ effectiveFrom: "2026-05-05T00:00:00Z", effectiveBefore: "2026-05-02T00:00:00Z" }],
    [{ createdFrom: "9999-01-01T00:00:00Z" }],
    [{ project: "nobody's" }],
  ])("%j is empty: so is the answer", async (filter) => {
    expect(await trend(service, { filter })).toEqual([]);
  });
});
