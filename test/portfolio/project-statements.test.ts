import { beforeAll, describe, expect, it } from "vitest";
import { store } from "../support/estimates.ts";
import { planOf, storeForPlans } from "../support/plans.ts";
import { startService } from "../support/service.ts";
import { sqlOf, statementsOf } from "../support/statements.ts";

const service = startService();

beforeAll(async () => {
  await storeForPlans(service);
  await store(service, { project: "project-0", branch: "main" });
});

async function ask(query: string): Promise<void> {
  expect((await service.query(query)).errors).toBeUndefined();
}

describe.each([
  ["jobCount", ["projects.jobCounts"]],
  ["firstJobAt lastJobAt", ["projects.activeTimes"]],
  ["totals { currency totalMonthlyCost jobCount }", ["projects.totals"]],
  ["latestJob { id }", ["projects.latestJobs"]],
  [
    'a: latestJob(currency: "USD") { id } b: latestJob(currency: "USD") { project } c: latestJob(profile: DEV) { id }',
    ["projects.latestJobs", "projects.latestJobs"],
  ],
  ['latestJob(branch: "branch-1") { id }', ["branches.latestJobs"]],
  [
    "latestJob { services { id } resources { nodes { id } } }",
    ["projects.latestJobs", "jobs.services", "jobs.resources"],
  ],
  ["branches { nodes { name isDefault jobCount lastJobAt } }", ["branches.list"]],
  [
    "branches(first: 2) { totalCount edges { cursor } pageInfo { hasNextPage } }",
    ["branches.list", "branches.counts"],
  ],
  ["branches { nodes { latestJob { id } } }", ["branches.list", "branches.latestJobs"]],
  [
    "branches { nodes { latestJob(profile: DEV) { id services { id } } } }",
    ["branches.list", "branches.latestJobs", "jobs.services"],
  ],
])("The projects of a page with %s", (fields, statements) => {
  it.each([2, 20])("of %i projects are read by the same statements", async (first) => {
    const run = () => ask(`{ projects(first: ${first}) { nodes { id ${fields} } } }`);
    expect((await statementsOf(run)).toSorted()).toEqual(["projects.list", ...statements].toSorted());
  });
});

describe("Projects", () => {
  it("are counted only when the count is requested", async () => {
    const query = (fields: string) => () => ask(`{ projects(first: 5) { ${fields} } }`);
    expect(await statementsOf(query("nodes { id name }"))).toEqual(["projects.list"]);
    expect((await statementsOf(query("totalCount nodes { id }"))).toSorted()).toEqual([
      "projects.count",
      "projects.list",
    ]);
  });

  it("by name are read in one statement", async () => {
    const fields = Array.from(
      { length: 40 },
      (_, n) => `p${n}: project(name: "project-${n}") { id jobCount }`,
    );
    expect(await statementsOf(() => ask(`{ ${fields.join(" ")} }`))).toEqual([
      "projects.byName",
      "projects.jobCounts",
    ]);
  });
});

/** The plan of a list of projects. */
function planOfList(args: string): Promise<string> {
  return planOf(service, () => ask(`{ projects(first: 10, ${args}) { nodes { id } } }`));
}

describe("The names of projects", () => {
  it.each(["NAME_ASC", "LAST_JOB_AT_DESC", "TOTAL_MONTHLY_COST_DESC"])(
    "in the order %s are read by steps in an index, and no statement reads all jobs",
    async (order) => {
      for (const filter of [
        "{}",
        '{ prefix: "project-1" }',
        '{ search: "7", activeSince: "2026-02-01T00:00:00Z" }',
      ]) {
        const plan = await planOfList(`orderBy: ${order}, filter: ${filter}`);
        expect(plan).toContain("Recursive Union");
        expect(plan).toContain("Index Only Scan using idx_jobs_project_prefix on jobs");
        expect(plan).not.toContain("Seq Scan on jobs");
      }
    },
  );

  it("are read backward for the last page, and from a cursor on", async () => {
    const backward = await planOf(service, () => ask("{ projects(last: 10) { nodes { id } } }"));
    expect(backward).toContain("Index Only Scan Backward using idx_jobs_project_prefix on jobs");
    const { data } = await service.query("{ projects(first: 10) { pageInfo { endCursor } } }");
    const plan = await planOfList(`after: "${data.projects.pageInfo.endCursor}"`);
    expect(plan).toMatch(/Index Cond: \(\(project IS NOT NULL\) AND \(project > /);
  });

  it("with labels are those of the current jobs, by steps in idx_jobs_current", async () => {
    for (const order of ["NAME_ASC", "LAST_JOB_AT_DESC", "TOTAL_MONTHLY_COST_DESC"]) {
      const plan = await planOfList(`orderBy: ${order}, filter: { labels: [{ key: "team" }] }`);
      expect(plan).toMatch(/using idx_jobs_current on jobs/);
      expect(plan).not.toContain("Seq Scan on jobs");
    }
  });
});

describe("The values of an order", () => {
  it("are the last entries of idx_jobs_project_effective", async () => {
    const plan = await planOfList("orderBy: LAST_JOB_AT_DESC");
    expect(plan).toContain("Index Only Scan Backward using idx_jobs_project_effective on jobs");
  });

  it("are totals of current jobs, by steps in idx_jobs_current", async () => {
    const plan = await planOfList("orderBy: TOTAL_MONTHLY_COST_DESC");
    expect(plan).toMatch(/Index Scan Backward using idx_jobs_current on jobs/);
  });
});

describe("A field of projects", () => {
  it.each([
    ["jobCount", "jobCount", "projects.jobCounts", "idx_jobs_project"],
    ["lastJobAt", "lastJobAt", "projects.activeTimes", "idx_jobs_project_effective"],
    ["totals", "totals { currency }", "projects.totals", "idx_jobs_current"],
    ["latestJob", "latestJob { id }", "projects.latestJobs", "idx_jobs_current"],
    [
      "latestJob of a branch",
      'latestJob(branch: "branch-0") { id }',
      "branches.latestJobs",
      "idx_jobs_series",
    ],
    ["branches", "branches { nodes { name } }", "branches.list", "idx_jobs_project"],
  ])("is read from an index: %s", async (_name, field, statement, index) => {
    const statements = await sqlOf(() => ask(`{ project(name: "project-0") { ${field} } }`));
    const sql = statements.find((text) => text.includes(statement));
    const rows = await service.sql(`explain (generic_plan) ${sql}`);
    const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
    expect(plan).toMatch(new RegExp(`(using|on) ${index}`));
    expect(plan).not.toContain("Seq Scan on jobs");
  });
});
