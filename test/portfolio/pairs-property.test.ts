import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { type PlainJob, plainMoment, randomJobs, storePlainJobs } from "../support/plain-jobs.ts";
import { startService } from "../support/service.ts";
import { type PlainPair, type PlainSide, plainComparison } from "./plain-pairs.ts";

const service = startService();

/** The number of random comparisons. */
const RUNS = Number(process.env.RANDOM_COMPARISONS ?? 120);

let jobs: readonly PlainJob[];

beforeAll(async () => {
  jobs = randomJobs(300, 20_261_128);
  await storePlainJobs(service, jobs);
});

const COMPARE = `query ($base: PortfolioInput, $target: PortfolioInput!, $changes: [ChangeKind!],
  $first: Int, $after: String, $last: Int, $before: String) {
  comparePortfolios(base: $base, target: $target) {
    totals { currency baseMonthlyCost targetMonthlyCost delta percentageChange }
    pairs(changes: $changes, first: $first, after: $after, last: $last, before: $before) {
      totalCount
      nodes { project profile currency change delta percentageChange base { id } target { id } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
    warnings { code message }
  }
}`;

interface Page {
  readonly totalCount: number;
  readonly nodes: readonly PlainPair[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

interface Comparison {
  readonly totals: readonly object[];
  readonly pairs: Page;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

async function compare(variables: object): Promise<Comparison> {
  const { data, errors } = await service.query(COMPARE, variables);
  expect(errors).toBeUndefined();
  return data.comparePortfolios;
}

const filter = fc
  .record({
    conditions: fc.record({
      project: fc.constantFrom("shop", "ärger"),
      projects: fc.subarray(["shop", "Blog", "𝒳", "gone"]),
      projectPrefix: fc.constantFrom("", "b", "𝒳"),
      branch: fc.constantFrom("main", "feature", "develop"),
      isDefaultBranch: fc.boolean(),
      isComplete: fc.boolean(),
      profile: fc.constantFrom("DEV" as const, "PROD" as const),
      currency: fc.constantFrom("USD", "EUR"),
      commitSha: fc.constantFrom("c0ffee", "decade"),
      runId: fc.constantFrom("run-1", "run-2"),
      createdFrom: plainMoment,
      createdBefore: plainMoment,
      effectiveFrom: plainMoment,
      effectiveBefore: plainMoment,
      minTotalMonthlyCost: fc.constantFrom("0", "10.00"),
      maxTotalMonthlyCost: fc.constantFrom("10", "50.5"),
      labels: fc.array(
        fc.record({ key: fc.constantFrom("team", "tier"), value: fc.constantFrom("a", "b") }),
        {
          maxLength: 2,
        },
      ),
    }),
    kept: fc.array(fc.nat(16), { maxLength: 2 }),
  })
  .map(({ conditions, kept }) =>
    Object.fromEntries(Object.entries(conditions).filter((_, i) => kept.includes(i))),
  );

const side: fc.Arbitrary<PlainSide> = fc.record(
  { asOf: plainMoment, maxAgeDays: fc.constantFrom(1, 3, 36_500), filter },
  { requiredKeys: ["filter"] },
);

const changes = fc.option(fc.subarray(["ADDED", "REMOVED", "CHANGED", "UNCHANGED", "MOVED"]));

/** Reads all pages of a list in one direction. */
async function walk(variables: object, size: number, backward: boolean): Promise<PlainPair[]> {
  const read: PlainPair[] = [];
  for (let cursor: string | null = null; ; ) {
    const page: object = backward ? { last: size, before: cursor } : { first: size, after: cursor };
    const { nodes, pageInfo }: Page = (await compare({ ...variables, ...page })).pairs;
    expect(backward ? pageInfo.hasNextPage : pageInfo.hasPreviousPage).toBe(cursor !== null);
    if (backward) read.unshift(...nodes);
    else read.push(...nodes);
    cursor = backward ? pageInfo.startCursor : pageInfo.endCursor;
    if (!(backward ? pageInfo.hasPreviousPage : pageInfo.hasNextPage)) return read;
  }
}

/** The text that a warning of each code ends with: the first 20 jobs, and the number of the others. */
function endings(warnings: Readonly<Record<string, readonly string[]>>): string[] {
  return Object.entries(warnings)
    .filter(([, names]) => names.length > 0)
    .map(([code, names]) => {
      const more = names.length > 20 ? [`and ${names.length - 20} more`] : [];
      return `${code}: ${[...names.slice(0, 20), ...more].join(", ")}.`;
    });
}

describe("Comparisons of random portfolios", () => {
  it(`are the ones that a recount finds, in ${RUNS} random questions`, async () => {
    let pairs = 0;
    let warnings = 0;
    await fc.assert(
      fc.asyncProperty(fc.option(side), side, async (base, target) => {
        const found = await compare({ base, target, first: 1_000 });
        const expected = plainComparison(jobs, base, target);
        expect(found.pairs.nodes).toEqual(expected.pairs);
        expect(found.pairs.totalCount).toBe(expected.pairs.length);
        expect(found.totals).toEqual(expected.totals);
        expect(
          found.warnings.map(({ code, message }) => `${code}: ${message.replace(/^[^:]*: /, "")}`),
        ).toEqual(endings(expected.warnings));
        pairs += expected.pairs.filter(({ change }) => change === "CHANGED").length;
        warnings += found.warnings.length;
      }),
      { numRuns: RUNS, seed: 17 },
    );
    expect(pairs).toBeGreaterThan(RUNS / 2);
    expect(warnings).toBeGreaterThan(RUNS / 4);
  }, 600_000);

  it("have the same pairs on pages from the start and from the end", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.option(side),
        side,
        changes,
        fc.integer({ min: 1, max: 12 }),
        fc.boolean(),
        async (base, target, kinds, size, backward) => {
          const whole = plainComparison(jobs, base, target).pairs;
          const listed = kinds === null ? whole : whole.filter(({ change }) => kinds.includes(change));
          expect(await walk({ base, target, changes: kinds }, size, backward)).toEqual(listed);
        },
      ),
      { numRuns: Math.ceil(RUNS / 4), seed: 17 },
    );
  }, 600_000);
});
