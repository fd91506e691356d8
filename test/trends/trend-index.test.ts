import { beforeAll, describe, expect, it } from "vitest";
import { planOf, storeForPlans } from "../support/plans.ts";
import { startService } from "../support/service.ts";
import { trend } from "./ask-trend.ts";

const service = startService();

beforeAll(() => storeForPlans(service));

describe("The trend of one project of many", () => {
  it.each(["TOTAL", "SERVICE"])("by %s reads its jobs from an index", async (groupBy) => {
    const plan = await planOf(service, () => trend(service, { filter: { project: "project-7" }, groupBy }));
    expect(plan).toMatch(/using idx_jobs_(project|series|current)|on idx_jobs_(project|series|current)/);
    expect(plan).not.toContain("Seq Scan on jobs");
  });
});
