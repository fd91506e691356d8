import { describe, expect, it } from "vitest";
import { startService } from "../support/service.ts";
import { type JobAt, storeAt } from "../trends/store-at.ts";

const service = startService({ CACHE_MB: "0" });

const BOTH = `query ($filter: JobFilter, $groupBy: PortfolioGroup) {
  portfolio(filter: $filter, groupBy: $groupBy) { warnings { code message } }
  comparePortfolios(base: { asOf: "1990-01-01T00:00:00Z" }, target: { filter: $filter }) { warnings { code message } }
}`;

interface Warning {
  readonly code: string;
  readonly message: string;
}

/** The codes that portfolios and comparisons warn about. */
async function codes(project: string, conditions: object): Promise<[portfolio: string[], pairs: string[]]> {
  const { data, errors } = await service.query(BOTH, { filter: { project, ...conditions } });
  expect(errors).toBeUndefined();
  const of = (warnings: readonly Warning[]) => warnings.map(({ code }) => code);
  return [of(data.portfolio.warnings), of(data.comparePortfolios.warnings)];
}

const day = (number: number) => `2026-01-0${number}T00:00:00Z`;
const TEAM = { labels: [{ key: "team", value: "core" }] };
const labels = { team: "core" };

describe("An incomplete job has the warning INCOMPLETE_JOB in portfolios and comparisons", () => {
  it.each<[string, readonly Omit<JobAt, "project">[], object]>([
    [
      "if it has no labels, and the job that counts has those of the filter",
      [
        { at: day(1), labels },
        { at: day(2), isComplete: false },
      ],
      TEAM,
    ],
    [
      "if it has the labels of the filter, and the newest complete job has not",
      [{ at: day(1) }, { at: day(2), isComplete: false, labels }],
      TEAM,
    ],
    [
      "if it has no labels and another currency, and the newest job of the project has those of the filter",
      [
        { at: day(1), currency: "THB", labels },
        { at: day(2), isComplete: false },
      ],
      TEAM,
    ],
    [
      "if it is in no series, and its run is selected",
      [{ at: day(1), isComplete: false, isDefaultBranch: false, runId: "run" }],
      { runId: "run" },
    ],
    [
      "if it is in no series, and its run has an older complete job",
      [
        { at: day(1), branch: "feature", runId: "run" },
        { at: day(2), isComplete: false, isDefaultBranch: false, runId: "run" },
      ],
      { runId: "run" },
    ],
    [
      "whatever its partial total is",
      [{ at: day(1), isComplete: false, total: "1" }],
      { minTotalMonthlyCost: "50" },
    ],
  ])("%s", async (project, jobs, conditions) => {
    await storeAt(
      service,
      jobs.map((job) => ({ project, ...job })),
    );
    expect(await codes(project, conditions)).toEqual([["INCOMPLETE_JOB"], ["INCOMPLETE_JOB"]]);
  });

  it("if its id is after that of a complete job in another currency at the same time, and only then", async () => {
    const project = "same time";
    for (let i = 0; i < 12; i++) {
      const ofRound = `${project} ${i}`;
      const [complete = "", incomplete = ""] = await storeAt(service, [
        { at: day(1), project: ofRound, currency: "THB" },
        { at: day(1), project: ofRound, currency: "USD", isComplete: false },
      ]);
      const expected = incomplete > complete ? ["INCOMPLETE_JOB"] : [];
      expect(await codes(ofRound, {})).toEqual([expected, expected]);
    }
  });
});

describe("An incomplete job has no warning", () => {
  it.each<[string, readonly Omit<JobAt, "project">[], object]>([
    ["if neither it nor another job has the labels of the filter", [{ at: day(1), isComplete: false }], TEAM],
    ["if a complete job of its key is newer", [{ at: day(1), isComplete: false }, { at: day(2) }], {}],
    [
      "if it is on another branch",
      [{ at: day(1) }, { at: day(2), branch: "feature", isComplete: false }],
      {},
    ],
  ])("%s", async (project, jobs, conditions) => {
    await storeAt(
      service,
      jobs.map((job) => ({ project, ...job })),
    );
    expect(await codes(project, conditions)).toEqual([[], []]);
  });
});

describe("A portfolio by branch", () => {
  async function warningsOf(project: string, ...jobs: readonly Omit<JobAt, "project">[]): Promise<string[]> {
    await storeAt(
      service,
      jobs.map((job) => ({ project, ...job })),
    );
    const { data } = await service.query(BOTH, { filter: { project }, groupBy: "BRANCH" });
    return data.portfolio.warnings.map(({ code }: Warning) => code);
  }

  it("does not warn about a branch because another one is older", async () => {
    const jobs = [
      { at: day(1), branch: "feature" },
      { at: day(2), branch: "main", isComplete: false },
      { at: day(3), branch: "main" },
    ];
    expect(await warningsOf("by branch", ...jobs)).toEqual([]);
  });

  it("warns about a branch without a complete job, although another one is newer", async () => {
    const jobs = [
      { at: day(1), branch: "feature", isComplete: false },
      { at: day(2), branch: "main" },
    ];
    expect(await warningsOf("failed branch", ...jobs)).toEqual(["INCOMPLETE_JOB"]);
  });
});

describe("A project that does not count", () => {
  const AND_NONE = "in no series, and do not count: ";

  it.each<[string, readonly Omit<JobAt, "project">[], object, Warning[]]>([
    [
      "has jobs on another branch",
      [{ at: day(1), branch: "feature" }],
      {},
      [
        {
          code: "NO_DEFAULT_BRANCH",
          message:
            "These projects have jobs on other branches than the default branch only, and do not count: has jobs on another branch",
        },
      ],
    ],
    [
      "has jobs on no branch",
      [{ at: day(1), isDefaultBranch: false }],
      {},
      [
        {
          code: "NO_BRANCH",
          message: `These projects have complete jobs without a branch only, which are ${AND_NONE}has jobs on no branch`,
        },
      ],
    ],
    [
      "has a run on no branch",
      [{ at: day(1) }, { at: day(2), isDefaultBranch: false, runId: "merge queue" }],
      { runId: "merge queue" },
      [
        {
          code: "NO_BRANCH",
          message: `These projects have complete jobs without a branch only, which are ${AND_NONE}has a run on no branch`,
        },
      ],
    ],
    [
      "has jobs on another branch, and on none",
      [
        { at: day(1), branch: "feature" },
        { at: day(2), isDefaultBranch: false },
      ],
      {},
      [{ code: "NO_DEFAULT_BRANCH", message: expect.any(String) }],
    ],
  ])("%s", async (project, jobs, conditions, warnings) => {
    await storeAt(
      service,
      jobs.map((job) => ({ project, ...job })),
    );
    const { data } = await service.query(BOTH, { filter: { project, ...conditions } });
    expect(data.portfolio.warnings).toEqual(warnings);
  });
});
