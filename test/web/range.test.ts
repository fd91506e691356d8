import { describe, expect, it } from "vitest";
import { dateText, daysOf, inRange, intervalFor, rangeOf, sinceFirstJob } from "../../web/src/range.ts";

const DAY_MS = 86_400_000;
const NOW = new Date(2026, 10, 27, 15, 30).getTime();
const range = (query: string) => rangeOf(new URLSearchParams(query), NOW);
const day = (year: number, month: number, date: number) => new Date(year, month - 1, date).getTime();

describe("The range of a URL", () => {
  it("is 90 days by default, from the start of a day", () => {
    const { from, to, period } = range("");
    expect({ to, period }).toEqual({ to: null, period: "90" });
    expect(new Date(from ?? 0).getHours()).toBe(0);
    expect(range("days=7").period).toBe("90");
  });

  it("has no beginning for all jobs", () => {
    expect(range("days=all")).toEqual({ from: null, to: null, period: "all" });
  });

  it("includes the last day", () => {
    expect(range("from=2026-11-03&to=2026-11-04")).toEqual({
      from: day(2026, 11, 3),
      to: day(2026, 11, 5),
      period: null,
    });
  });

  it("ignores days that are no dates, and a beginning after the end", () => {
    expect(range("from=yesterday").period).toBe("90");
    const { from, to } = range("from=2026-11-09&to=2026-11-04");
    expect((from ?? 0) < (to ?? 0)).toBe(true);
  });

  it("is the one that was selected in a plot", () => {
    const { from, to } = daysOf(day(2026, 11, 3) + 1, day(2026, 11, 4) + 1);
    expect([from, to]).toEqual(["2026-11-03", "2026-11-04"]);
    expect(dateText(day(987, 1, 2))).toBe("0987-01-02");
  });

  it("is a part of a filter", () => {
    expect(inRange({ from: 0, to: null, period: null })).toEqual({
      effectiveFrom: "1970-01-01T00:00:00.000Z",
      effectiveBefore: null,
    });
  });
});

describe("sinceFirstJob", () => {
  const all = { from: null, to: null, period: "all" };

  it("begins with the first job, but not before the range", () => {
    expect(sinceFirstJob(all, 5).from).toBe(5);
    expect(sinceFirstJob({ ...all, from: 3 }, 5).from).toBe(5);
    expect(sinceFirstJob({ ...all, from: 7 }, 5).from).toBe(7);
    expect(sinceFirstJob(all, undefined).from).toBe(null);
  });

  it("keeps a range before the first job", () => {
    expect(sinceFirstJob({ ...all, from: 1, to: 4 }, 5)).toEqual({ ...all, from: 1, to: 4 });
  });
});

describe("The interval of a range", () => {
  it("gives at most 150 intervals in ten years", () => {
    const lengths = { HOUR: DAY_MS / 24, DAY: DAY_MS, WEEK: 7 * DAY_MS, MONTH: 28 * DAY_MS };
    for (let days = 1; days < 3650; days++) {
      const interval = intervalFor(0, days * DAY_MS);
      expect((days * DAY_MS) / lengths[interval as keyof typeof lengths]).toBeLessThan(150);
    }
  });
});
