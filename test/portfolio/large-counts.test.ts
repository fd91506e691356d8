import { beforeAll, describe, expect, it } from "vitest";
import { estimate, resource, store } from "../support/estimates.ts";
import { pastTriggers } from "../support/past-triggers.ts";
import { startService } from "../support/service.ts";

/** The largest Int of GraphQL. */
const MAX = 2_147_483_647;

const service = startService({ CACHE_MB: "0" });

/** Jobs of older versions, whose estimates could state any count. */
beforeAll(async () => {
  for (const profile of ["DEV", "STAGING", "PROD"] as const) {
    const byResource = [
      resource({ resourceId: "a", service: "EC2" }),
      resource({ resourceId: "b", service: "S3" }),
    ];
    await store(service, {
      project: "counts",
      estimate: estimate({ profile, unsupportedResourceCount: 1, byResource }),
    });
  }
  const tables = ["jobs", "service_costs", "region_costs"];
  const counts = `resource_count = ${MAX}, unpriced_resource_count = ${MAX}`;
  const older = tables.map((table) => `update ${table} set ${counts}`);
  await pastTriggers(service, `${older.join("; ")}; update jobs set unsupported_resource_count = ${MAX}`);
});

const COUNTS = "resourceCount unpricedResourceCount";

describe("Counts that together are more than an Int are answered as the largest Int", () => {
  it.each([
    ["TOTAL", 20],
    ["SERVICE", 20],
    ["SERVICE", 1],
    ["REGION", 20],
  ])("by portfolios by %s with %i groups", async (groupBy, first) => {
    const { data, errors } = await service.query(
      `{ portfolio(groupBy: ${groupBy}, first: ${first}) { totals { ${COUNTS} unsupportedResourceCount } groups { ${COUNTS} } } }`,
    );
    expect(errors).toBeUndefined();
    const { totals, groups } = data.portfolio;
    const counts = { resourceCount: MAX, unpricedResourceCount: MAX };
    expect(totals).toEqual([{ ...counts, unsupportedResourceCount: MAX }]);
    expect(groups).toEqual(Array(groupBy === "SERVICE" ? 2 : 1).fill(counts));
  });

  it("by the groups of a job, in which each count is its own", async () => {
    const { data, errors } = await service.query(
      `{ jobs(first: 1) { nodes { groups(groupBy: SERVICE, first: 1) { isOther ${COUNTS} } } } }`,
    );
    expect(errors).toBeUndefined();
    expect(data.jobs.nodes[0].groups).toMatchObject([
      { isOther: false, resourceCount: MAX },
      { isOther: true, resourceCount: MAX },
    ]);
  });

  it("by projects", async () => {
    const { data, errors } = await service.query(
      `{ project(name: "counts") { totals { ${COUNTS} unsupportedResourceCount jobCount } } }`,
    );
    expect(errors).toBeUndefined();
    expect(data.project.totals).toEqual([
      { resourceCount: MAX, unpricedResourceCount: MAX, unsupportedResourceCount: MAX, jobCount: 3 },
    ]);
  });

  it.each(["TOTAL", "SERVICE", "PROFILE"])("by trends by %s, also by the other groups", async (groupBy) => {
    const { data, errors } = await service.query(
      `{ costTrend(groupBy: ${groupBy}, interval: DAY, first: 1) {
        series { points { unpricedResourceCount } totals { unpricedResourceCount } }
      } }`,
    );
    expect(errors).toBeUndefined();
    const { series } = data.costTrend;
    expect(series).toHaveLength(groupBy === "TOTAL" ? 1 : 2);
    for (const one of series) {
      expect(one.points.at(-1).unpricedResourceCount).toBe(MAX);
      expect(one.totals.at(-1).unpricedResourceCount).toBe(MAX);
    }
  });

  it("by REST", async () => {
    const response = await fetch(`${service.url}/api/v1/portfolio?group_by=service`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ totals: [{ unsupported_resource_count: MAX }] });
  });
});
