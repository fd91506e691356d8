import { Big } from "big.js";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { sum } from "../../src/lib/money.ts";
import { exclude, include } from "../support/exclusions.ts";
import { startService } from "../support/service.ts";
import { type Series, type SeriesWithTotals, trendWithTotals } from "./ask-trend.ts";
import { currentJobs, inOrder, type NaiveJob, naiveTrend } from "./naive-trend.ts";
import { storeAt } from "./store-at.ts";

/** `RANDOM_TRENDS=1000 npm test -- test/trends/trend-property.test.ts` takes half a minute. */
const TRENDS = Number(process.env.RANDOM_TRENDS ?? 150);

const service = startService();

const amount = fc
  .tuple(fc.integer({ min: -2_000, max: 200_000 }), fc.integer({ min: 0, max: 6 }))
  .map(([digits, scale]) => new Big(`${digits}e-${scale}`).toFixed(scale));

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** A few days before the last Sunday of March and of October, when clocks change. */
const BLOCKS = ["2025-03-28T00:00Z", "2025-10-24T00:00Z"].map((text) => Date.parse(text));

const moment = fc
  .tuple(fc.constantFrom(...BLOCKS), fc.integer({ min: 0, max: 10 * 24 * 60 }))
  .map(([begin, minutes]) => new Date(begin + minutes * MINUTE));

/** Often in the same minute, so that the ids decide. */
const roughMoment = moment.map((at) => new Date(Math.floor(at.getTime() / (DAY / 4)) * (DAY / 4)));

const job: fc.Arbitrary<Omit<NaiveJob, "id">> = fc.record({
  createdAt: fc.oneof(moment, roughMoment),
  // Backfilled, or of the future, which is ignored.
  estimatedAt: fc.option(fc.oneof(moment, roughMoment), { nil: undefined }),
  userId: fc.constantFrom("ann", "ben"),
  currency: fc.constantFrom("USD", "USD", "EUR"),
  project: fc.constantFrom("shop", "blog", "Blog", "ärger", undefined),
  // A default branch that is renamed, one with another name, and jobs that are on no branch.
  branch: fc.constantFrom("main", "main", "trunk", "feature", undefined),
  isDefaultBranch: fc.constantFrom(undefined, undefined, undefined, true, false),
  profile: fc.constantFrom("DEV", "PROD", undefined),
  isComplete: fc.constantFrom(true, true, true, true, false),
  isExcluded: fc.constantFrom(false, false, false, false, true),
  total: amount,
  region: fc.constantFrom("eu-west-1", "us-east-1", "global"),
  costs: fc.dictionary(fc.constantFrom("EC2", "S3", "RDS", "other", "Éks"), fc.option(amount), {
    minKeys: 1,
  }),
});

/** The same jobs in every run, stored in random order. */
let jobs: NaiveJob[];

beforeAll(async () => {
  const sample = fc.sample(job, { numRuns: 150, seed: 20_261_124 });
  const ids = await storeAt(
    service,
    sample.map(({ createdAt, estimatedAt, isExcluded: _, profile, ...fields }) => ({
      ...fields,
      at: createdAt.toISOString(),
      ...(estimatedAt && { estimatedAt: estimatedAt.toISOString() }),
      ...((profile === "DEV" || profile === "PROD") && { profile }),
    })),
  );
  jobs = sample.map((fields, i) => ({ ...fields, id: ids[i] ?? "" }));
  for (const [i, { id, isExcluded }] of jobs.entries()) {
    if (isExcluded || i % 10 === 0) await exclude(service, id);
    // An exclusion that was taken back counts as none.
    if (!isExcluded && i % 10 === 0) await include(service, id);
  }
});

/** The answer with every amount in its shortest form, except totals: their digits are those of the jobs in them. */
function shortened(series: readonly SeriesWithTotals[]): Series[] {
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

/** The longest range of an interval, in days. */
const LONGEST = { HOUR: 5, DAY: 30, WEEK: 300, MONTH: 400 } as const;

const question = fc
  .record({
    interval: fc.constantFrom("HOUR", "DAY", "WEEK", "MONTH"),
    groupBy: fc.constantFrom("TOTAL", "PROJECT", "BRANCH", "PROFILE", "SERVICE", "REGION"),
    timeZone: fc.constantFrom(
      "UTC",
      "Europe/Berlin",
      "America/New_York",
      "Asia/Kolkata",
      "Atlantic/Azores",
      "Australia/Lord_Howe",
    ),
    first: fc.integer({ min: 1, max: 6 }),
    maxAgeDays: fc.option(fc.constantFrom(1, 2, 7, 100), { nil: undefined }),
    begin: fc.record({
      block: fc.constantFrom(...BLOCKS),
      minutes: fc.integer({ min: -2 * 24 * 60, max: 11 * 24 * 60 }),
      field: fc.constantFrom("effectiveFrom", "createdFrom", "both", "none"),
    }),
    length: fc.double({ min: 0, max: 1, noNaN: true }),
    conditions: fc.record(
      {
        project: fc.constantFrom("shop", "blog"),
        projects: fc.subarray(["shop", "Blog", "ärger", "nobody's"]),
        projectPrefix: fc.constantFrom("", "b", "sh", "ä", "z"),
        branch: fc.constantFrom("main", "feature"),
        profile: fc.constantFrom("DEV" as const),
        currency: fc.constantFrom("USD"),
        userId: fc.constantFrom("ann"),
        isDefaultBranch: fc.boolean(),
        createdBefore: moment,
        minTotalMonthlyCost: fc.constantFrom("0", "10.5"),
        maxTotalMonthlyCost: fc.constantFrom("100", "5000"),
      },
      { requiredKeys: [] },
    ),
    // Most of the questions have few conditions.
    kept: fc.array(fc.nat(10), { maxLength: 2 }),
  })
  .map(({ begin: { block, minutes, field }, length, conditions, kept, ...asked }) => {
    const from = new Date(block + minutes * MINUTE);
    const span = Math.round(length * LONGEST[asked.interval] * DAY);
    const isShort = asked.interval === "HOUR" || asked.interval === "DAY";
    // Without a beginning, the range begins with the first job, in March.
    const base = field === "none" && isShort ? (BLOCKS[0] ?? 0) : from.getTime();
    const filter = {
      ...Object.fromEntries(Object.entries(conditions).filter((_, i) => kept.includes(i))),
      ...((field === "effectiveFrom" || field === "both") && { effectiveFrom: from }),
      ...(field === "createdFrom" && { createdFrom: from }),
      ...(field === "both" && { createdFrom: new Date(from.getTime() - DAY) }),
      ...((isShort || length < 0.8) && { effectiveBefore: new Date(base + span) }),
    };
    return { ...asked, filter };
  });

describe("A trend of random jobs", () => {
  it("is the one that is found by going through them one by one", async () => {
    let intervals = 0;
    await fc.assert(
      fc.asyncProperty(question, async (asked) => {
        const answer = await trendWithTotals(service, asked);
        intervals += answer.reduce((count, { totals }) => count + totals.length, 0);
        expect(shortened(answer)).toEqual(shortened(naiveTrend(jobs, asked)));
      }),
      { numRuns: TRENDS },
    );
    expect(intervals).toBeGreaterThan(10 * TRENDS);
  }, 300_000);
});

describe("The last total of a trend", () => {
  it("is that of the current jobs at the end of the range, found by going through all jobs", async () => {
    const ordered = jobs.filter(({ isExcluded }) => !isExcluded).toSorted(inOrder);
    const nameOf = (name: string | undefined) => name ?? "(none)";
    await fc.assert(
      fc.asyncProperty(question, moment, async ({ groupBy: anyGroup, ...asked }, at) => {
        const groupBy = anyGroup === "BRANCH" ? "BRANCH" : "PROJECT";
        const { createdFrom: _, ...conditions } = asked.filter;
        const filter = { ...conditions, effectiveFrom: at, effectiveBefore: new Date(at.getTime() + 1) };
        const answer = await trendWithTotals(service, { ...asked, filter, groupBy, first: 100 });
        const found = answer.flatMap(({ currency, key, totals }) => {
          const last = totals.at(-1);
          return last === undefined || last.total === null ? [] : [[`${currency} ${key}`, last] as const];
        });
        const current = currentJobs(ordered, at, { ...asked, filter, groupBy });
        const expected = Map.groupBy(
          current,
          ({ currency, project, branch }) => `${currency} ${nameOf(groupBy === "BRANCH" ? branch : project)}`,
        );
        expect(new Map(found.map(([key, { total, jobCount }]) => [key, { total, jobCount }]))).toEqual(
          new Map(
            [...expected].map(([key, ofKey]) => [
              key,
              { total: sum(ofKey.map(({ total }) => total)), jobCount: ofKey.length },
            ]),
          ),
        );
      }),
      { numRuns: Math.ceil(TRENDS / 2) },
    );
  }, 120_000);
});
