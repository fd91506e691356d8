import { beforeAll, describe, expect, it } from "vitest";
import { exclude } from "../support/exclusions.ts";
import { startService } from "../support/service.ts";
import { observed, statementsOf } from "../support/statements.ts";
import { type JobAt, storeAt } from "../trends/store-at.ts";

const service = startService();

const TOTALS = "totals { currency baseMonthlyCost targetMonthlyCost delta percentageChange }";
const PAIRS =
  "pairs { totalCount nodes { project profile currency change delta percentageChange base { id } target { id } } }";
const COMPARE = `query ($base: PortfolioInput, $target: PortfolioInput!) {
  comparePortfolios(base: $base, target: $target) { ${TOTALS} ${PAIRS} warnings { code message } }
}`;

/** A comparison of jobs whose projects begin with a prefix. */
async function compare(prefix: string, base: object | null, target: object) {
  const within = (side: { filter?: object }) => ({
    ...side,
    filter: { projectPrefix: prefix, ...side.filter },
  });
  const { data, errors } = await service.query(COMPARE, {
    base: base && within(base),
    target: within(target),
  });
  expect(errors).toBeUndefined();
  return data.comparePortfolios;
}

const day = (number: number) => `2026-01-${String(number).padStart(2, "0")}T00:00:00Z`;

describe("Two moments", () => {
  it("have added, removed, changed and unchanged projects, with totals that are their sums", async () => {
    const jobs: JobAt[] = [
      { at: day(1), project: "moments/same", total: "10.00" },
      { at: day(1), project: "moments/changed", total: "100.00" },
      { at: day(1), project: "moments/old", total: "7.5" },
      { at: day(1), project: "moments/euro", total: "3", currency: "EUR" },
      { at: day(5), project: "moments/same", total: "10" },
      { at: day(5), project: "moments/changed", total: "150.25" },
      { at: day(5), project: "moments/new", total: "20" },
    ];
    const ids = await storeAt(service, jobs);
    const { totals, pairs, warnings } = await compare(
      "moments/",
      { asOf: day(2) },
      { asOf: day(6), maxAgeDays: 3 },
    );
    const pair = { profile: null, currency: "USD" };
    expect(pairs).toEqual({
      totalCount: 5,
      nodes: [
        {
          ...pair,
          project: "moments/changed",
          change: "CHANGED",
          delta: "50.25",
          percentageChange: 50.25,
          base: { id: ids[1] },
          target: { id: ids[5] },
        },
        {
          ...pair,
          project: "moments/new",
          change: "ADDED",
          delta: "20",
          percentageChange: null,
          base: null,
          target: { id: ids[6] },
        },
        {
          ...pair,
          project: "moments/old",
          change: "REMOVED",
          delta: "-7.5",
          percentageChange: -100,
          base: { id: ids[2] },
          target: null,
        },
        {
          ...pair,
          project: "moments/euro",
          currency: "EUR",
          change: "REMOVED",
          delta: "-3",
          percentageChange: -100,
          base: { id: ids[3] },
          target: null,
        },
        {
          ...pair,
          project: "moments/same",
          change: "UNCHANGED",
          delta: "0.00",
          percentageChange: 0,
          base: { id: ids[0] },
          target: { id: ids[4] },
        },
      ],
    });
    expect(totals).toEqual([
      { currency: "EUR", baseMonthlyCost: "3", targetMonthlyCost: null, delta: "-3", percentageChange: -100 },
      {
        currency: "USD",
        baseMonthlyCost: "117.50",
        targetMonthlyCost: "180.25",
        delta: "62.75",
        percentageChange: 53.40425531914894,
      },
    ]);
    expect(warnings).toEqual([]);
  });

  it("count a job of the moment itself, and not one of a millisecond later", async () => {
    await storeAt(service, [
      { at: "2026-01-01T00:00:00.000Z", project: "instant", total: "1" },
      { at: "2026-01-01T00:00:00.001Z", project: "instant", total: "2" },
    ]);
    const asOf = (milliseconds: string) => ({ asOf: `2026-01-01T00:00:00.${milliseconds}Z` });
    expect((await compare("instant", asOf("000"), asOf("001"))).totals).toMatchObject([
      { baseMonthlyCost: "1", targetMonthlyCost: "2" },
    ]);
  });

  it("of nothing have no totals and no pairs", async () => {
    expect(await compare("nothing", {}, {})).toEqual({
      totals: [],
      pairs: { totalCount: 0, nodes: [] },
      warnings: [],
    });
  });
});

describe("A pair", () => {
  it("is of one project whatever the branch: a renamed default branch is no change", async () => {
    const [before, after] = await storeAt(service, [
      { at: day(1), project: "renamed", branch: "master", total: "10" },
      { at: day(3), project: "renamed", branch: "stable", isDefaultBranch: true, total: "10" },
    ]);
    expect((await compare("renamed", { asOf: day(2) }, {})).pairs.nodes).toMatchObject([
      { change: "UNCHANGED", base: { id: before }, target: { id: after } },
    ]);
  });

  it("is of two branches", async () => {
    const [onMain, onFeature] = await storeAt(service, [
      { at: day(1), project: "branches", branch: "main", total: "10" },
      { at: day(1), project: "branches", branch: "feature", total: "12" },
    ]);
    const { pairs } = await compare("branches", {}, { filter: { branch: "feature" } });
    expect(pairs.nodes).toMatchObject([
      { change: "CHANGED", delta: "2", base: { id: onMain }, target: { id: onFeature } },
    ]);
  });

  it("of two removed labels is removed: an older job does not replace the newest one", async () => {
    await storeAt(service, [
      { at: day(1), project: "labels", total: "10", labels: { team: "a" } },
      { at: day(3), project: "labels", total: "10" },
    ]);
    const filter = { labels: [{ key: "team" }] };
    const { pairs } = await compare("labels", { asOf: day(2), filter }, { filter });
    expect(pairs.nodes).toMatchObject([{ change: "REMOVED" }]);
  });
});

/** The number of projects of the pull request below. */
const PROJECTS = 40;
const RUN = { filter: { runId: "github/acme/infra/1" } };

describe("A CI run of 40 projects, without a base,", () => {
  let mains: string[];
  let runs: string[];

  beforeAll(async () => {
    const project = (i: number) => `run/${String(i).padStart(2, "0")}`;
    const each = (job: (i: number) => JobAt) => Array.from({ length: PROJECTS }, (_, i) => job(i));
    mains = await storeAt(
      service,
      each((i) => ({ at: day(1), project: project(i), branch: "main", total: `${10 + i}` })),
    );
    runs = await storeAt(
      service,
      each((i) => ({
        at: day(2),
        project: project(i),
        branch: "feature",
        targetBranch: "main",
        pullRequestUrl: "https://git.example/acme/infra/pull/1",
        runId: RUN.filter.runId,
        total: `${10 + 2 * i}`,
      })),
    );
    // The main branch moves on, also in a project that is not in the run.
    await storeAt(
      service,
      each((i) => ({ at: day(3), project: project(i), branch: "main", total: "1000" })),
    );
    await storeAt(service, [{ at: day(1), project: "run/other", branch: "main", total: "5" }]);
  });

  it("is compared with the main branch before it, and removes nothing", async () => {
    const { totals, pairs, warnings } = await compare("run/", null, RUN);
    const delta = (PROJECTS * (PROJECTS - 1)) / 2;
    expect(totals).toMatchObject([
      { baseMonthlyCost: `${400 + delta}`, targetMonthlyCost: `${400 + 2 * delta}`, delta: `${delta}` },
    ]);
    expect(pairs.totalCount).toBe(PROJECTS);
    const inOrder = [...runs.keys()].toReversed();
    expect(pairs.nodes).toMatchObject(
      inOrder.map((i) => ({ delta: `${i}`, base: { id: mains[i] }, target: { id: runs[i] } })),
    );
    expect(warnings).toEqual([]);
  });

  it.each([1, PROJECTS])("runs a fixed number of statements for %i pairs with comparisons", async (count) => {
    const query = `query ($target: PortfolioInput!) { comparePortfolios(target: $target) {
      ${TOTALS} warnings { code }
      pairs(first: ${count}) { totalCount nodes { project base { id effectiveAt } target { id commitSha } comparison {
        delta percentageChange base { id } target { id } services { key } regions { key }
      } } }
    } }`;
    const { answer, statements } = await observed(() => service.query(query, { target: RUN }));
    expect(answer.errors).toBeUndefined();
    const { nodes } = answer.data.comparePortfolios.pairs;
    expect(nodes).toHaveLength(count);
    const last = runs.at(-1);
    expect(nodes[0].comparison).toMatchObject({ delta: `${PROJECTS - 1}`, target: { id: last } });
    expect(statements.toSorted()).toEqual([
      "jobs.byId",
      "jobs.regions",
      "jobs.services",
      "portfolio.pairWarnings",
      "portfolio.pairs",
    ]);
  });

  it("shares the statement of its pairs with the totals, and needs none for the jobs that are not requested", async () => {
    const ask = (fields: string) => () =>
      service.query(`query ($target: PortfolioInput!) { comparePortfolios(target: $target) { ${fields} } }`, {
        target: RUN,
      });
    expect(await statementsOf(ask("totals { delta } pairs { totalCount nodes { delta } }"))).toEqual([
      "portfolio.pairs",
    ]);
    expect(await statementsOf(ask("totals { delta }"))).toEqual(["portfolio.pairs"]);
    expect(await statementsOf(ask("pairs { nodes { comparison { delta } base { id } } }"))).toEqual([
      "portfolio.pairs",
      "jobs.byId",
    ]);
  });

  it("has no base for a project that is new", async () => {
    const [id] = await storeAt(service, [
      { at: day(2), project: "runs/new", branch: "feature", runId: "run 2" },
    ]);
    const { totals, pairs, warnings } = await compare("runs/", null, { filter: { runId: "run 2" } });
    expect(pairs.nodes).toMatchObject([{ change: "ADDED", base: null, target: { id } }]);
    expect(totals).toMatchObject([
      { baseMonthlyCost: null, targetMonthlyCost: "10.00", percentageChange: null },
    ]);
    expect(warnings).toEqual([]);
  });
});

describe("The warnings", () => {
  const codes = (warnings: readonly { code: string }[]) => warnings.map(({ code }) => code);

  it("name the projects whose newest job in the run is incomplete", async () => {
    const run = { runId: "run 3", branch: "feature", targetBranch: "main" };
    await storeAt(service, [
      { at: day(1), project: "failed/a", branch: "main" },
      { at: day(2), project: "failed/a", ...run, isComplete: false },
      { at: day(2), project: "failed/b", ...run, isComplete: false },
      { at: day(3), project: "failed/b", ...run },
    ]);
    const { pairs, warnings } = await compare("failed/", null, { filter: { runId: "run 3" } });
    expect(pairs.nodes).toMatchObject([{ project: "failed/b" }]);
    expect(warnings).toEqual([
      {
        code: "INCOMPLETE_JOB",
        message: "1 newest job of the target is incomplete and not compared: failed/a (no profile, USD).",
      },
    ]);
  });

  it("do not name an incomplete job that is excluded", async () => {
    const [id = ""] = await storeAt(service, [
      { at: day(1), project: "failed and excluded", isComplete: false },
    ]);
    expect(codes((await compare("failed and", {}, {})).warnings)).toEqual(["INCOMPLETE_JOB"]);
    await exclude(service, id);
    expect((await compare("failed and", {}, {})).warnings).toEqual([]);
  });

  it.each([
    ["currency", "CURRENCY_DIFFERS", { currency: "EUR" }],
    ["profile", "PROFILE_DIFFERS", { profile: "PROD" } as const],
  ])("name the pairs whose project has another %s in the base", async (which, code, other) => {
    const project = `other ${which}`;
    await storeAt(service, [
      { at: day(1), project, branch: "main" },
      { at: day(3), project, branch: "feature", targetBranch: "main", runId: project, ...other },
    ]);
    const run = { filter: { runId: project } };
    expect(codes((await compare(project, null, run)).warnings)).toEqual([code]);
    expect(codes((await compare(project, {}, run)).warnings)).toEqual([code]);
    // An earlier base does not have the project.
    expect(codes((await compare(project, { asOf: "2025-01-01T00:00:00Z" }, run)).warnings)).toEqual([]);
  });

  it("name 20 jobs and the number of the others", async () => {
    const jobs = Array.from({ length: 23 }, (_, i) => ({
      at: day(1),
      project: `many/${String(i).padStart(2, "0")}`,
      isComplete: false,
    }));
    await storeAt(service, jobs);
    const { warnings } = await compare("many/", {}, {});
    expect(warnings).toHaveLength(1);
    expect(warnings[0].message).toMatch(
      /^23 newest jobs of the target are incomplete .*: many\/00 \(.*many\/19 \(no profile, USD\), and 3 more\.$/,
    );
  });
});

describe("The pages of pairs", () => {
  const LISTED = `query ($base: PortfolioInput, $target: PortfolioInput!, $changes: [ChangeKind!],
    $first: Int, $after: String, $last: Int, $before: String) {
    comparePortfolios(base: $base, target: $target) {
      pairs(changes: $changes, first: $first, after: $after, last: $last, before: $before) {
        edges { cursor node { project } } pageInfo { hasNextPage endCursor }
      }
    }
  }`;
  const target = { filter: { projectPrefix: "pages/" } };

  beforeAll(async () => {
    const projects = ["ä", "a", "Z", "b"].map((name) => `pages/${name}`);
    await storeAt(
      service,
      projects.map((project) => ({ at: day(1), project, total: "10" })),
    );
  });

  async function names(variables: object): Promise<string[]> {
    const { data, errors } = await service.query(LISTED, {
      base: { asOf: "2025-01-01T00:00:00Z" },
      target,
      ...variables,
    });
    expect(errors).toBeUndefined();
    return data.comparePortfolios.pairs.edges.map(({ node }: { node: { project: string } }) => node.project);
  }

  it("have equal deltas in the order of the bytes of their projects", async () => {
    expect(await names({})).toEqual(["pages/Z", "pages/a", "pages/b", "pages/ä"]);
    expect(await names({ last: 2 })).toEqual(["pages/b", "pages/ä"]);
  });

  async function cursor(): Promise<string> {
    const variables = { base: { asOf: "2025-01-01T00:00:00Z" }, target, first: 1 };
    const { data } = await service.query(LISTED, variables);
    return data.comparePortfolios.pairs.pageInfo.endCursor;
  }

  it("go on behind a cursor when pairs have been added since", async () => {
    const after = await cursor();
    await storeAt(service, [
      { at: day(1), project: "pages/0", total: "10" },
      { at: day(1), project: "pages/c", total: "10" },
    ]);
    expect(await names({ after })).toEqual(["pages/a", "pages/b", "pages/c", "pages/ä"]);
    expect(await names({ after, first: 1 })).toEqual(["pages/a"]);
  });

  it.each<[string, object]>([
    ["other kinds", { changes: ["ADDED"] }],
    ["another base", { base: null }],
    ["another target", { target: { filter: { projectPrefix: "page" } } }],
    ["another moment", { target: { ...target, asOf: day(2) } }],
  ])("take no cursor of a list of %s", async (_, other) => {
    const variables = { base: { asOf: "2025-01-01T00:00:00Z" }, target, after: await cursor(), ...other };
    const { errors } = await service.query(LISTED, variables);
    expect(errors?.[0]).toMatchObject({
      message: expect.stringContaining("after must be a cursor of this list"),
      extensions: { code: "BAD_USER_INPUT" },
    });
  });

  it.each<[string, object, RegExp]>([
    ["more than 1,000 pairs", { first: 1_001 }, /^first must be from 1 to 1000/],
    ["no pair", { first: 0 }, /^first must be from 1 to 1000/],
    ["both ends", { first: 2, last: 2 }, /^last must not be given together with first/],
    ["another text than a cursor", { before: "x" }, /^before must be a cursor of this list/],
    ["an age of zero", { target: { maxAgeDays: 0 } }, /^target\.maxAgeDays must be from 1 to 36500/],
    [
      "a NUL character",
      { base: { filter: { branch: "\0" } } },
      /^base\.filter\.branch must not contain a NUL/,
    ],
    [
      "problems of both sides",
      { base: { maxAgeDays: 36_501 }, target: { filter: { projects: Array(1_001).fill("a") } } },
      /^base\.maxAgeDays must be from 1 to 36500; target\.filter\.projects must hold at most 1000 projects/,
    ],
  ])("are refused for %s", async (_, variables, message) => {
    const { errors } = await service.query(LISTED, { target, ...variables });
    expect(errors?.[0]).toMatchObject({
      message: expect.stringMatching(message),
      extensions: { code: "BAD_USER_INPUT" },
    });
  });
});
