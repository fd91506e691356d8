import { beforeAll, describe, expect, it } from "vitest";
import { startService } from "../support/service.ts";
import { trend, trendWithTotals } from "./ask-trend.ts";
import { storeAt } from "./store-at.ts";

const service = startService();

/** Each case: the jobs of one project, and the start and number of jobs of each interval that they are in. */
const CASES = [
  {
    name: "a day of 23 hours in Berlin",
    zone: "Europe/Berlin",
    interval: "DAY",
    jobs: ["2026-03-28T22:59:59.999Z", "2026-03-28T23:00Z", "2026-03-29T21:59:59.999Z", "2026-03-29T22:00Z"],
    starts: { "2026-03-27T23:00:00.000Z": 1, "2026-03-28T23:00:00.000Z": 2, "2026-03-29T22:00:00.000Z": 1 },
  },
  {
    name: "a day of 25 hours in Berlin",
    zone: "Europe/Berlin",
    interval: "DAY",
    jobs: ["2026-10-24T21:59:59.999Z", "2026-10-24T22:00Z", "2026-10-25T22:59:59.999Z", "2026-10-25T23:00Z"],
    starts: { "2026-10-23T22:00:00.000Z": 1, "2026-10-24T22:00:00.000Z": 2, "2026-10-25T23:00:00.000Z": 1 },
  },
  {
    name: "a day of 23 hours in New York",
    zone: "America/New_York",
    interval: "DAY",
    jobs: ["2026-03-08T04:59:59.999Z", "2026-03-08T05:00Z", "2026-03-09T03:59:59.999Z", "2026-03-09T04:00Z"],
    starts: { "2026-03-07T05:00:00.000Z": 1, "2026-03-08T05:00:00.000Z": 2, "2026-03-09T04:00:00.000Z": 1 },
  },
  {
    name: "a day of 25 hours in New York",
    zone: "America/New_York",
    interval: "DAY",
    jobs: ["2026-11-01T03:59:59.999Z", "2026-11-01T04:00Z", "2026-11-02T04:59:59.999Z", "2026-11-02T05:00Z"],
    starts: { "2026-10-31T04:00:00.000Z": 1, "2026-11-01T04:00:00.000Z": 2, "2026-11-02T05:00:00.000Z": 1 },
  },
  {
    name: "a day that begins at one o'clock in Beirut, where midnight is left out",
    zone: "Asia/Beirut",
    interval: "DAY",
    jobs: ["2026-03-28T21:59:59.999Z", "2026-03-28T22:00Z"],
    starts: { "2026-03-27T22:00:00.000Z": 1, "2026-03-28T22:00:00.000Z": 1 },
  },
  {
    name: "a day with two midnights in Havana: it begins with the first",
    zone: "America/Havana",
    interval: "DAY",
    jobs: ["2026-11-01T03:59:59.999Z", "2026-11-01T04:00Z", "2026-11-01T05:30Z", "2026-11-02T05:00Z"],
    starts: { "2026-10-31T04:00:00.000Z": 1, "2026-11-01T04:00:00.000Z": 2, "2026-11-02T05:00:00.000Z": 1 },
  },
  {
    name: "the hour that Berlin has twice: they are two",
    zone: "Europe/Berlin",
    interval: "HOUR",
    jobs: ["2026-10-25T00:30Z", "2026-10-25T01:30Z", "2026-10-25T02:30Z"],
    starts: { "2026-10-25T00:00:00.000Z": 1, "2026-10-25T01:00:00.000Z": 1, "2026-10-25T02:00:00.000Z": 1 },
  },
  {
    name: "the hour that Berlin leaves out: there is none",
    zone: "Europe/Berlin",
    interval: "HOUR",
    jobs: ["2026-03-29T00:59:59.999Z", "2026-03-29T01:00Z"],
    starts: { "2026-03-29T00:00:00.000Z": 1, "2026-03-29T01:00:00.000Z": 1 },
  },
  {
    name: "hours where clocks are half an hour off",
    zone: "Asia/Kolkata",
    interval: "HOUR",
    jobs: ["2026-05-01T10:29:59.999Z", "2026-05-01T10:30Z"],
    starts: { "2026-05-01T09:30:00.000Z": 1, "2026-05-01T10:30:00.000Z": 1 },
  },
  {
    name: "the half hour that Lord Howe has twice: it is another interval",
    zone: "Australia/Lord_Howe",
    interval: "HOUR",
    jobs: [
      ...["2026-04-04T13:00Z", "2026-04-04T13:59:59.999Z", "2026-04-04T14:00Z", "2026-04-04T14:30Z"],
      ...["2026-04-04T14:59:59.999Z", "2026-04-04T15:00Z", "2026-04-04T15:29:59.999Z", "2026-04-04T15:30Z"],
      "2026-04-04T16:30Z",
    ],
    starts: {
      "2026-04-04T13:00:00.000Z": 2,
      "2026-04-04T14:00:00.000Z": 3,
      "2026-04-04T15:00:00.000Z": 2,
      "2026-04-04T15:30:00.000Z": 1,
      "2026-04-04T16:30:00.000Z": 1,
    },
  },
  {
    name: "the half hour that Lord Howe leaves out: the hour has the other half",
    zone: "Australia/Lord_Howe",
    interval: "HOUR",
    jobs: [
      ...["2026-10-03T14:29:59.999Z", "2026-10-03T14:30Z", "2026-10-03T15:29:59.999Z", "2026-10-03T15:30Z"],
      ...["2026-10-03T15:59:59.999Z", "2026-10-03T16:00Z", "2026-10-03T17:00Z"],
    ],
    starts: {
      "2026-10-03T13:30:00.000Z": 1,
      "2026-10-03T14:30:00.000Z": 2,
      "2026-10-03T15:30:00.000Z": 2,
      "2026-10-03T16:00:00.000Z": 1,
      "2026-10-03T17:00:00.000Z": 1,
    },
  },
  {
    name: "weeks, which begin on Monday, across a change of the clocks",
    zone: "Europe/Berlin",
    interval: "WEEK",
    jobs: ["2026-03-22T22:59:59.999Z", "2026-03-22T23:00Z", "2026-03-29T21:59:59.999Z", "2026-03-29T22:00Z"],
    starts: { "2026-03-15T23:00:00.000Z": 1, "2026-03-22T23:00:00.000Z": 2, "2026-03-29T22:00:00.000Z": 1 },
  },
  {
    name: "months, across a change of the clocks and a leap day",
    zone: "America/New_York",
    interval: "MONTH",
    jobs: ["2028-02-29T12:00Z", "2028-03-01T04:59:59.999Z", "2028-03-01T05:00Z", "2028-04-01T04:00Z"],
    starts: { "2028-02-01T05:00:00.000Z": 2, "2028-03-01T05:00:00.000Z": 1, "2028-04-01T04:00:00.000Z": 1 },
  },
];

/** Each case: a range with an end in an hour that clocks repeat or leave out at midnight, and all its intervals. */
const RANGES = [
  {
    name: "the first hour after midnight in the Azores, which comes twice",
    zone: "Atlantic/Azores",
    interval: "DAY",
    range: ["2025-10-26T00:00Z", "2025-10-26T01:00Z"],
    starts: ["2025-10-26T00:00Z"],
  },
  {
    name: "the same hour, up to its first moment",
    zone: "Atlantic/Azores",
    interval: "DAY",
    range: ["2025-10-24T12:00Z", "2025-10-26T00:00:00.001Z"],
    starts: ["2025-10-24T00:00Z", "2025-10-25T00:00Z", "2025-10-26T00:00Z"],
  },
  {
    name: "the same hour, the second time",
    zone: "Atlantic/Azores",
    interval: "DAY",
    range: ["2025-10-26T01:00Z", "2025-10-27T01:00:00.001Z"],
    starts: ["2025-10-26T00:00Z", "2025-10-27T01:00Z"],
  },
  {
    name: "its two hours",
    zone: "Atlantic/Azores",
    interval: "HOUR",
    range: ["2025-10-26T00:30Z", "2025-10-26T01:30Z"],
    starts: ["2025-10-26T00:00Z", "2025-10-26T01:00Z"],
  },
  {
    name: "the first hour of a month in Havana, which comes twice",
    zone: "America/Havana",
    interval: "MONTH",
    range: ["2026-10-31T12:00Z", "2026-11-01T04:30Z"],
    starts: ["2026-10-01T04:00Z", "2026-11-01T04:00Z"],
  },
  {
    name: "from that hour on",
    zone: "America/Havana",
    interval: "MONTH",
    range: ["2026-11-01T04:30Z", "2026-12-01T05:30Z"],
    starts: ["2026-11-01T04:00Z", "2026-12-01T05:00Z"],
  },
  {
    name: "the first two hours of a week in Vostok, which come twice",
    zone: "Antarctica/Vostok",
    interval: "WEEK",
    range: ["2023-12-17T12:00Z", "2023-12-17T18:00Z"],
    starts: ["2023-12-10T17:00Z", "2023-12-17T17:00Z"],
  },
  {
    name: "the first three hours of a day in Casey, which come twice",
    zone: "Antarctica/Casey",
    interval: "DAY",
    range: ["2023-03-08T13:30Z", "2023-03-09T16:30Z"],
    starts: ["2023-03-08T13:00Z", "2023-03-09T16:00Z"],
  },
  {
    name: "the last hour before midnight in Beirut, which comes twice",
    zone: "Asia/Beirut",
    interval: "DAY",
    range: ["2026-10-24T20:30Z", "2026-10-24T21:30Z"],
    starts: ["2026-10-23T21:00Z"],
  },
  {
    name: "up to the midnight after it in Cairo",
    zone: "Africa/Cairo",
    interval: "DAY",
    range: ["2026-10-29T20:30Z", "2026-10-29T22:00:00.001Z"],
    starts: ["2026-10-28T21:00Z", "2026-10-29T22:00Z"],
  },
  {
    name: "up to the midnight after it in Santiago",
    zone: "America/Santiago",
    interval: "DAY",
    range: ["2026-04-05T03:30Z", "2026-04-05T04:00:00.001Z"],
    starts: ["2026-04-04T03:00Z", "2026-04-05T04:00Z"],
  },
  {
    name: "from a day that begins at one o'clock to the first hour of another in Asuncion",
    zone: "America/Asuncion",
    interval: "DAY",
    range: ["2023-10-01T04:00Z", "2023-10-03T03:30Z"],
    starts: ["2023-10-01T04:00Z", "2023-10-02T03:00Z", "2023-10-03T03:00Z"],
  },
  {
    name: "from a day that begins at one o'clock to the first hour of the next in Amman",
    zone: "Asia/Amman",
    interval: "DAY",
    range: ["2022-02-24T22:30Z", "2022-02-25T21:30Z"],
    starts: ["2022-02-24T22:00Z", "2022-02-25T21:00Z"],
  },
  {
    name: "the first minute of a day in St. John's, where clocks are turned back across midnight",
    zone: "America/St_Johns",
    interval: "DAY",
    range: ["2010-11-06T12:00Z", "2010-11-07T03:00Z"],
    starts: ["2010-11-06T02:30Z", "2010-11-07T02:30Z"],
  },
];

beforeAll(async () => {
  await storeAt(service, [{ at: "2010-01-01T00:00Z", project: "older than the ranges" }]);
  for (const { name, jobs } of CASES) {
    await storeAt(
      service,
      jobs.map((at) => ({ at, project: name })),
    );
  }
});

describe("A trend by interval has", () => {
  it.each(CASES)("$name", async ({ name, zone, interval, starts }) => {
    const [series] = await trend(service, { filter: { project: name }, interval, timeZone: zone });
    expect(Object.fromEntries(series?.points.map((point) => [point.start, point.jobCount]) ?? [])).toEqual(
      starts,
    );
  });

  it.each([
    [
      "2026-04-04T13:00:00.000Z",
      "2026-04-04T17:00:00.000Z",
      ["13:00", "14:00", "15:00", "15:30", "16:30"],
      ["-", "100", "200", "200", "200"],
    ],
    [
      "2026-10-03T14:30:00.000Z",
      "2026-10-03T17:30:00.000Z",
      ["14:30", "15:30", "16:00", "17:00"],
      ["100", "200", "200", "200"],
    ],
  ])(
    "totals of every hour where clocks are turned by half an hour, from %s",
    async (from, before, hours, totals) => {
      const project = `half hours from ${from}`;
      const turn = from.startsWith("2026-04") ? "2026-04-04T15:00Z" : "2026-10-03T15:30Z";
      await storeAt(service, [
        { at: new Date(Date.parse(turn) - 1).toISOString(), project, total: "100" },
        { at: turn, project, total: "200" },
      ]);
      const filter = { project, effectiveFrom: from, effectiveBefore: before };
      const [series] = await trendWithTotals(service, {
        filter,
        interval: "HOUR",
        timeZone: "Australia/Lord_Howe",
      });
      expect(series?.totals.map(({ start }) => start.slice(11, 16))).toEqual(hours);
      expect(series?.totals.map(({ total }) => total ?? "-")).toEqual(totals);
      expect(series?.points.map(({ last, total }) => [last, total])).toEqual([
        ["100", "100"],
        ["200", "200"],
      ]);
    },
  );

  it.each(RANGES)("totals of every interval of a range, $name", async ({ zone, interval, range, starts }) => {
    const [effectiveFrom, effectiveBefore] = range.map((text) => new Date(text).toISOString());
    const project = "older than the ranges";
    const [series] = await trendWithTotals(service, {
      filter: { project, effectiveFrom, effectiveBefore },
      interval,
      timeZone: zone,
    });
    expect(series?.totals.map(({ start, total }) => [start.replace(":00.000Z", "Z"), total])).toEqual(
      starts.map((start) => [start, "10.00"]),
    );
  });

  it("days in UTC unless asked otherwise", async () => {
    const project = "a day of 25 hours in Berlin";
    const [series] = await trend(service, { filter: { project } });
    expect(series?.points.map(({ start }) => start)).toEqual([
      "2026-10-24T00:00:00.000Z",
      "2026-10-25T00:00:00.000Z",
    ]);
  });
});
