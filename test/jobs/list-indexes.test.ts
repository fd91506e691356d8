import { beforeAll, describe, expect, it } from "vitest";
import type { JobFilter, JobOrder } from "../../src/jobs/job-filter.graphql.ts";
import { planOf, storeForPlans } from "../support/plans.ts";
import { startService } from "../support/service.ts";
import { sqlOf } from "../support/statements.ts";

const service = startService();

beforeAll(() => storeForPlans(service));

const ORDERS: [JobOrder, string][] = [
  ["CREATED_AT_DESC", "idx_jobs_created"],
  ["CREATED_AT_ASC", "idx_jobs_created"],
  ["EFFECTIVE_AT_DESC", "idx_jobs_effective"],
  ["EFFECTIVE_AT_ASC", "idx_jobs_effective"],
  ["TOTAL_MONTHLY_COST_DESC", "idx_jobs_total"],
  ["TOTAL_MONTHLY_COST_ASC", "idx_jobs_total"],
];

/** The filters with an index without the order of the list: the index finds the jobs, which are then sorted. */
const SELECTED = {
  pullRequestUrl: ["pull-7", "idx_jobs_pull_request"],
  projectPrefix: ["project-7", "idx_jobs_project_prefix"],
  labels: [
    [
      { key: "n", value: "7" },
      { key: "team", value: "shop" },
    ],
    "idx_jobs_labels",
  ],
  isExcluded: [true, "jobs_pkey"],
} satisfies Partial<Record<keyof JobFilter, [unknown, string]>>;

/** Every other filter with the index that finds its jobs, newest first. */
const FILTERS: Record<Exclude<keyof JobFilter, keyof typeof SELECTED>, [unknown, string]> = {
  userId: ["user-7", "idx_jobs_user"],
  project: ["project-7", "idx_jobs_project"],
  branch: ["branch-7", "idx_jobs_branch"],
  // Of two projects, every 25th of the newest jobs is as good.
  projects: [["project-7", "project-8"], "idx_jobs_(project|created)"],
  // With three profiles and five currencies, every third or fifth of the newest jobs is as good.
  profile: ["PROD", "idx_jobs_(profile|created)"],
  terraformPlanHash: ["plan-7", "idx_jobs_plan"],
  currency: ["USD", "idx_jobs_(currency|created)"],
  createdFrom: ["2026-02-01T00:00:00Z", "idx_jobs_created"],
  createdBefore: ["2026-02-01T00:00:00Z", "idx_jobs_created"],
  minTotalMonthlyCost: ["4990", "idx_jobs_created"],
  maxTotalMonthlyCost: ["10", "idx_jobs_created"],
  effectiveFrom: ["2026-02-01T00:00:00Z", "idx_jobs_created"],
  effectiveBefore: ["2026-02-01T00:00:00Z", "idx_jobs_created"],
  commitSha: ["commit-7", "idx_jobs_commit"],
  runId: ["run-7", "idx_jobs_run"],
  isComplete: [false, "idx_jobs_incomplete"],
  isDefaultBranch: [true, "idx_jobs_default_branch"],
};

/** How PostgreSQL finds the jobs of a list. */
function planOfList(filter: object, orderBy: JobOrder, after?: string): Promise<string> {
  return planOf(service, () => list(filter, orderBy, after));
}

async function list(filter: object, orderBy: JobOrder, after?: string): Promise<string> {
  const { data, errors } = await service.query(
    `query ($filter: JobFilter, $orderBy: JobOrder, $after: String) {
      jobs(first: 10, filter: $filter, orderBy: $orderBy, after: $after) { pageInfo { endCursor } }
    }`,
    { filter, orderBy, after },
  );
  expect(errors).toBeUndefined();
  return data.jobs.pageInfo.endCursor;
}

describe("A list of jobs", () => {
  it.each(ORDERS)("in the order %s is read from %s, and is not sorted", async (order, index) => {
    const plan = await planOfList({}, order);
    expect(plan).toMatch(new RegExp(`Index (Only )?Scan (Backward )?using ${index} on`));
    expect(plan).not.toContain("Sort");
  });

  it.each(ORDERS)(
    "in the order %s goes on after a cursor in %s, without what came before",
    async (order, index) => {
      const plan = await planOfList({}, order, await list({}, order));
      expect(plan).toMatch(new RegExp(`using ${index} on`));
      expect(plan).toMatch(/Index Cond: \(ROW\((created_at|effective_at|total_monthly_cost), id\) [<>] ROW/);
      expect(plan).not.toContain("Sort");
    },
  );

  it.each(Object.entries(FILTERS))(
    "by %s is read from an index, newest first, and is not sorted",
    async (field, [value, index]) => {
      const plan = await planOfList({ [field]: value }, "CREATED_AT_DESC");
      expect(plan).toMatch(new RegExp(`Index (Only )?Scan Backward using ${index} on`));
      expect(plan).not.toContain("Sort");
    },
  );

  it.each(Object.entries(SELECTED))(
    "by %s is read from an index: its jobs are sorted, and no other job is read",
    async (field, [value, index]) => {
      const plan = await planOfList({ [field]: value }, "CREATED_AT_DESC");
      expect(plan).toMatch(new RegExp(`Index (Only )?Scan (using|on) ${index}`));
      expect(plan).not.toContain("Seq Scan on jobs");
    },
  );

  it("of one project in the order of series is read from an index, and is not sorted", async () => {
    const plan = await planOfList({ project: "project-7" }, "EFFECTIVE_AT_DESC");
    expect(plan).toMatch(/Index (Only )?Scan Backward using idx_jobs_project_effective on/);
    expect(plan).not.toContain("Sort");
  });

  it.each(["effectiveFrom", "effectiveBefore"])(
    "by %s in the order of series is read from its index",
    async (field) => {
      const plan = await planOfList({ [field]: "2026-02-01T00:00:00Z" }, "EFFECTIVE_AT_DESC");
      expect(plan).toMatch(/Index (Only )?Scan Backward using idx_jobs_effective on/);
      expect(plan).toMatch(/Index Cond: \(effective_at (>=|<) /);
    },
  );

  it.each([
    ["profile", "PROD", "Scan Backward using idx_jobs_profile"],
    ["currency", "USD", "Scan Backward using idx_jobs_currency"],
    ["projects", ["project-7", "project-8"], "Scan on idx_jobs_project"],
  ])("by %s, of which there are few, has an index to read as well", async (field, value, scan) => {
    const ask = () => list({ [field]: value }, "CREATED_AT_DESC");
    expect(await planOf(service, ask, "idx_jobs_created")).toContain(scan);
  });
});

describe("The baselines of jobs", () => {
  it.each([
    ["by default", "", ["Backward using idx_jobs_series on", "Backward using idx_jobs_current on"]],
    ["of a branch", '(branch: "branch-7")', ["Backward using idx_jobs_series on"]],
    ["of a commit", '(commitSha: "commit-7")', ["on idx_jobs_commit"]],
    ["of a commit and a branch", '(commitSha: "commit-7", branch: "branch-7")', ["on idx_jobs_commit"]],
  ])("%s are read from indexes, and no history is read", async (_, args, indexes) => {
    const statements = await sqlOf(() =>
      service.query(`{ jobs(first: 50) { nodes { baseline${args} { id } } } }`),
    );
    const statement = statements.find((sql) => sql.includes("jobs.baselines"));
    const rows = await service.sql(`explain (generic_plan) ${statement}`);
    const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
    for (const index of indexes) expect(plan).toContain(index);
    expect(plan).not.toContain("Seq Scan on jobs");
    expect(
      plan.match(/Scan (Backward )?using idx_jobs_(series|current) .*\n *Index Cond: .*/g) ?? [],
    ).toSatisfy((scans: string[]) => scans.every((scan) => scan.includes("project = measured.project")));
  });

  it.each(["", ', branch: "branch-7"'])("of a commit%s read the jobs of the commit once", async (branch) => {
    const query = `{ jobs(first: 49) { nodes { baseline(commitSha: "commit-7"${branch}) { id } } } }`;
    const statements = await sqlOf(() => service.query(query));
    const statement = statements.find((sql) => sql.includes("jobs.baselines"));
    const rows = await service.sql(`explain (generic_plan) ${statement}`);
    const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
    const [ofCommit = "", others = ""] = plan.split("CTE baselines");
    expect(ofCommit).toContain("idx_jobs_commit");
    expect(others).not.toMatch(/commit_sha|idx_jobs_commit/);
  });
});
