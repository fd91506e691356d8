import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { PortfolioGroup } from "../../src/portfolio/portfolio.sql.ts";
import { startService } from "../support/service.ts";
import { observed } from "../support/statements.ts";
import { type NaiveJob, naiveGroups, naivePortfolio, naiveWarnings } from "./naive-portfolio.ts";
import { BEGIN, KEYS, randomMoment, storeRandomJobs } from "./random-jobs.ts";

/** The number of random jobs and questions, and the seed of the jobs. */
const JOBS = Number(process.env.RANDOM_JOBS ?? 120);
const QUESTIONS = Number(process.env.RANDOM_QUESTIONS ?? 150);
const SEED = Number(process.env.RANDOM_SEED ?? 1);

// A repeated question would be answered from the cache.
const service = startService({ CACHE_MB: "0" });
let jobs: NaiveJob[];

beforeAll(async () => {
  jobs = await storeRandomJobs(service, JOBS, SEED);
});

const AMOUNT = "key isOther currency totalMonthlyCost resourceCount unpricedResourceCount jobCount";

const PORTFOLIO = `query ($asOf: DateTime, $filter: JobFilter, $groupBy: PortfolioGroup, $key: String, $maxAgeDays: Int, $first: Int) {
  portfolio(asOf: $asOf, filter: $filter, groupBy: $groupBy, key: $key, maxAgeDays: $maxAgeDays, first: $first) {
    asOf warnings { code message } groups { ${AMOUNT} }
    totals { currency totalMonthlyCost unattributed resourceCount unpricedResourceCount unsupportedResourceCount jobCount oldestJobAt }
  }
}`;

const GROUPS: readonly PortfolioGroup[] = [
  "TOTAL",
  "PROJECT",
  "BRANCH",
  "PROFILE",
  "PROVIDER",
  "SERVICE",
  "REGION",
  "RESOURCE_TYPE",
  "MODULE",
  "TAG",
  "LABEL",
];

const grouping = fc
  .record({
    groupBy: fc.constantFrom(...GROUPS),
    key: fc.constantFrom(...KEYS),
    first: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(100)),
  })
  .map(({ key, ...others }) => ({
    ...others,
    key: others.groupBy === "TAG" || others.groupBy === "LABEL" ? key : undefined,
  }));

const filter = fc
  .record({
    conditions: fc.record({
      project: fc.constantFrom("shop", "blog"),
      projects: fc.subarray(["shop", "Blog", "ärger", "rare", "none"]),
      projectPrefix: fc.constantFrom("", "shop", "b", "z"),
      branch: fc.constantFrom("main", "feature"),
      isDefaultBranch: fc.boolean(),
      profile: fc.constantFrom("DEV"),
      currency: fc.constantFrom("USD", "EUR"),
      userId: fc.constantFrom("ann"),
      effectiveFrom: randomMoment.map((moment) => moment.toISOString()),
      effectiveBefore: randomMoment.map((moment) => moment.toISOString()),
      minTotalMonthlyCost: fc.constantFrom("0", "200"),
      labels: fc.constantFrom([{ key: "team" }], [{ key: "", value: "1" }], [{ key: "a.b", value: "null" }]),
    }),
    // Most of the questions have few conditions.
    kept: fc.array(fc.nat(11), { maxLength: 2 }),
  })
  .map(({ conditions, kept }) =>
    Object.fromEntries(Object.entries(conditions).filter((_, i) => kept.includes(i))),
  );

const question = fc
  .record({
    asOf: fc.oneof(randomMoment, fc.constant(new Date(BEGIN + 11 * 86_400_000))),
    filter,
    maxAgeDays: fc.option(fc.constantFrom(1, 2, 5, 36_500), { nil: undefined }),
    grouping,
  })
  .map(({ grouping: of, ...others }) => ({ ...others, ...of }));

describe("A portfolio of random jobs", () => {
  it("is the one that is found by going through them one by one", async () => {
    let groups = 0;
    const codes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(question, async (asked) => {
        const { data, errors } = await service.query(PORTFOLIO, asked);
        expect(errors).toBeUndefined();
        const { warnings, ...portfolio } = data.portfolio;
        expect(portfolio).toEqual(naivePortfolio(jobs, asked));
        const found = warnings.map(({ code, message }: { code: string; message: string }) => {
          codes.add(code);
          return [code, message.slice(message.lastIndexOf(": ") + 2)];
        });
        expect(Object.fromEntries(found)).toEqual(naiveWarnings(jobs, asked));
        groups += portfolio.groups.length;
      }),
      { numRuns: QUESTIONS, seed: SEED },
    );
    expect(groups).toBeGreaterThan(QUESTIONS);
    expect([...codes].toSorted()).toEqual([
      "INCOMPLETE_JOB",
      "NO_BRANCH",
      "NO_DEFAULT_BRANCH",
      "NO_PROJECT",
      "SEVERAL_CURRENCIES",
      "SEVERAL_PROFILES",
    ]);
  });

  it("has the totals of a trend at the same moment", async () => {
    const trend = `query ($filter: JobFilter, $groupBy: TrendGroup, $maxAgeDays: Int) {
      costTrend(filter: $filter, groupBy: $groupBy, maxAgeDays: $maxAgeDays, interval: DAY, first: 100) {
        series { key currency totals { total jobCount unpricedResourceCount } }
      }
    }`;
    const groupBy = fc.constantFrom("TOTAL", "PROJECT", "BRANCH", "PROFILE", "SERVICE", "REGION");
    await fc.assert(
      fc.asyncProperty(question, groupBy, async (asked, group) => {
        const { effectiveFrom: _from, effectiveBefore: _before, ...conditions } = asked.filter;
        const of = { groupBy: group, maxAgeDays: asked.maxAgeDays };
        const { data } = await service.query(PORTFOLIO, {
          ...of,
          asOf: asked.asOf,
          filter: conditions,
          first: 100,
        });
        const range = {
          effectiveFrom: asked.asOf,
          effectiveBefore: new Date(asked.asOf.getTime() + 1),
        };
        const { data: trends } = await service.query(trend, { ...of, filter: { ...conditions, ...range } });
        const expected = trends.costTrend.series.flatMap(
          ({
            key,
            currency,
            totals,
          }: {
            key: string;
            currency: string;
            totals: { total: string | null; jobCount: number; unpricedResourceCount: number }[];
          }) => {
            const last = totals.at(-1);
            // A group that no current job has is in a trend if a job of the range has it.
            return last === undefined || last.jobCount === 0
              ? []
              : [`${currency} ${key} ${last.total} ${last.jobCount} ${last.unpricedResourceCount}`];
          },
        );
        const found = data.portfolio.groups.map(
          (one: {
            key: string | null;
            currency: string;
            totalMonthlyCost: string;
            jobCount: number;
            unpricedResourceCount: number;
          }) =>
            `${one.currency} ${one.key ?? "(none)"} ${one.totalMonthlyCost} ${one.jobCount} ${one.unpricedResourceCount}`,
        );
        expect(found.toSorted()).toEqual(expected.toSorted());
      }),
      { numRuns: Math.ceil(QUESTIONS / 3), seed: SEED },
    );
  });
});

describe("The groups of a job", () => {
  it("are those of its resources, whether it is a member or not, in one statement for all jobs", async () => {
    await fc.assert(
      fc.asyncProperty(grouping, async ({ groupBy, key, first }) => {
        const { answer, statements } = await observed(() =>
          service.query(
            `query ($key: String) { jobs(first: 100) { nodes { id groups(groupBy: ${groupBy}, key: $key, first: ${first}) { ${AMOUNT} } } } }`,
            { key },
          ),
        );
        expect(statements).toEqual(["jobs.list", "portfolio.groupsOfJobs"]);
        for (const { id, groups } of answer.data.jobs.nodes) {
          const job = jobs.filter((one) => one.id === id);
          expect(groups).toEqual(naiveGroups(job, { groupBy, key, first }));
        }
      }),
      { numRuns: Math.ceil(QUESTIONS / 5), seed: SEED },
    );
  });
});
