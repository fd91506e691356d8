import { Big } from "big.js";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { startService } from "../support/service.ts";
import { type Series, trend } from "./ask-trend.ts";
import { type NaiveJob, naiveTrend } from "./naive-trend.ts";
import { storeAt } from "./store-at.ts";

const service = startService();

const amount = fc
  .tuple(fc.integer({ min: -2_000, max: 200_000 }), fc.integer({ min: 0, max: 6 }))
  .map(([digits, scale]) => new Big(`${digits}e-${scale}`).toFixed(scale));

const job: fc.Arbitrary<NaiveJob> = fc.record({
  // Around the last Sunday of March and of October, when clocks change.
  at: fc
    .tuple(
      fc.constantFrom("2026-03-27T00:00Z", "2026-10-23T00:00Z"),
      fc.integer({ min: 0, max: 12 * 24 * 60 }),
    )
    .map(([begin, minutes]) => new Date(Date.parse(begin) + minutes * 60_000)),
  currency: fc.constantFrom("USD", "EUR"),
  project: fc.constantFrom("shop", "blog", "Blog", "ärger", undefined),
  profile: fc.constantFrom("DEV", "PROD", undefined),
  total: amount,
  region: fc.constantFrom("eu-west-1", "us-east-1", "global"),
  costs: fc.dictionary(fc.constantFrom("EC2", "S3", "RDS", "other", "Éks"), fc.option(amount), {
    minKeys: 1,
  }),
});

/** The same jobs in every run; several of them are at one moment. */
const JOBS = fc
  .sample(job, { numRuns: 100, seed: 20_261_124 })
  .toSorted((a, b) => a.at.getTime() - b.at.getTime());

beforeAll(async () => {
  await storeAt(
    service,
    // As the service has them: a job at the moment of another comes after it, because its id does.
    JOBS.map(({ at, profile, ...fields }) => ({
      ...fields,
      at: at.toISOString(),
      ...((profile === "DEV" || profile === "PROD") && { profile }),
    })),
  );
});

/** The answer with every amount in its shortest form. */
function shortened(series: readonly Series[]): Series[] {
  const short = (text: string) => new Big(text).toFixed();
  return series.map((one) => ({
    ...one,
    delta: short(one.delta),
    points: one.points.map(({ first, last, min, max, ...point }) => ({
      ...point,
      first: short(first),
      last: short(last),
      min: short(min),
      max: short(max),
    })),
  }));
}

describe("A trend of random jobs", () => {
  it("is the one that is found by going through them one by one", async () => {
    const question = fc.record({
      interval: fc.constantFrom("HOUR", "DAY", "WEEK", "MONTH"),
      groupBy: fc.constantFrom("TOTAL", "PROJECT", "PROFILE", "SERVICE", "REGION"),
      timeZone: fc.constantFrom(
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Asia/Kolkata",
        "Atlantic/Azores",
      ),
      first: fc.integer({ min: 1, max: 6 }),
      range: fc.tuple(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 100 })),
    });
    await fc.assert(
      fc.asyncProperty(question, async ({ range: [from, to], ...asked }) => {
        const createdFrom = JOBS[from]?.at ?? new Date("2026-11-30");
        const createdBefore = JOBS[to]?.at ?? new Date("2026-11-30");
        const inRange = JOBS.filter(({ at }) => at >= createdFrom && at < createdBefore);
        const filter = { createdFrom, createdBefore };
        expect(shortened(await trend(service, { ...asked, filter }))).toEqual(naiveTrend(inRange, asked));
      }),
      { numRuns: 100 },
    );
  });
});
