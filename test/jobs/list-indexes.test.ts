import { beforeAll, describe, expect, it } from "vitest";
import type { JobFilter, JobOrder } from "../../src/jobs/job.graphql.ts";
import { planOf, storeForPlans } from "../support/plans.ts";
import { startService } from "../support/service.ts";

const service = startService();

beforeAll(() => storeForPlans(service));

const ORDERS: [JobOrder, string][] = [
  ["CREATED_AT_DESC", "idx_jobs_created"],
  ["CREATED_AT_ASC", "idx_jobs_created"],
  ["TOTAL_MONTHLY_COST_DESC", "idx_jobs_total"],
  ["TOTAL_MONTHLY_COST_ASC", "idx_jobs_total"],
];

/** Every filter with the index that finds its jobs, newest first. */
const FILTERS: Record<keyof JobFilter, [unknown, string]> = {
  userId: ["user-7", "idx_jobs_user"],
  project: ["project-7", "idx_jobs_project"],
  branch: ["branch-7", "idx_jobs_branch"],
  // With three profiles, every third of the newest jobs is as good.
  profile: ["PROD", "idx_jobs_(profile|created)"],
  terraformPlanHash: ["plan-7", "idx_jobs_plan"],
  currency: ["USD", "idx_jobs_(currency|created)"],
  createdFrom: ["2026-02-01T00:00:00Z", "idx_jobs_created"],
  createdBefore: ["2026-02-01T00:00:00Z", "idx_jobs_created"],
  effectiveFrom: ["2026-02-01T00:00:00Z", "idx_jobs_created"],
  effectiveBefore: ["2026-02-01T00:00:00Z", "idx_jobs_created"],
  isDefaultBranch: [true, "idx_jobs_created"],
  minTotalMonthlyCost: ["4990", "idx_jobs_created"],
  maxTotalMonthlyCost: ["10", "idx_jobs_created"],
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
      expect(plan).toMatch(/Index Cond: \(ROW\((created_at|total_monthly_cost), id\) [<>] ROW/);
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

  it("by profile, of which there are few, has an index to read as well", async () => {
    const ask = () => list({ profile: "PROD" }, "CREATED_AT_DESC");
    const plan = await planOf(service, ask, "idx_jobs_created");
    expect(plan).toMatch(/Index (Only )?Scan Backward using idx_jobs_profile on/);
  });
});
