import { beforeAll, describe, expect, it } from "vitest";
import { estimate, resource, store } from "../support/estimates.ts";
import { startService } from "../support/service.ts";

const service = startService();
let id: string;

/** Costs with ties, zeros, a credit and unknown ones, in no order. */
const COSTS = ["1.5", null, "20", "0", "1.50", "-3", null, "100.000000000000000001", "100", "7", "0"];

beforeAll(async () => {
  const byResource = COSTS.map((totalMonthlyCost, i) =>
    resource({
      resourceId: `module.m[${i}].aws_thing.T${i}`,
      resourceType: i % 2 === 0 ? "aws_even" : "aws_odd",
      service: i < 4 ? "S3" : "EC2",
      region: i < 6 ? "eu-west-1" : "us-east-1",
      totalMonthlyCost,
      computeCost: "0",
    }),
  );
  id = await store(service, { estimate: estimate({ byResource }) });
});

const PAGE = `query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String, $filter: ResourceFilter) {
  job(id: $id) {
    resources(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
      totalCount
      nodes { resourceId totalMonthlyCost }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}`;

async function page(variables: object = {}) {
  const { data, errors } = await service.query(PAGE, { id, ...variables });
  if (errors) throw new Error(JSON.stringify(errors));
  return data.job.resources;
}

const costs = (nodes: { totalMonthlyCost: string | null }[]) => nodes.map((node) => node.totalMonthlyCost);

describe("A job's resources", () => {
  it("come highest cost first, ties as they were sent, unknown costs last", async () => {
    const { nodes, totalCount } = await page();
    expect(costs(nodes)).toEqual([
      "100.000000000000000001",
      "100",
      "20",
      "7",
      "1.5",
      "1.50",
      "0",
      "0",
      "-3",
      null,
      null,
    ]);
    expect(totalCount).toBe(11);
  });

  it.each([1, 3, 5])("are each on one page of %i, forwards and backwards", async (size) => {
    const whole = (await page()).nodes;
    const forwards = [];
    for (let after: string | null = null; ; ) {
      const { nodes, pageInfo } = await page({ first: size, after });
      forwards.push(...nodes);
      if (!pageInfo.hasNextPage) break;
      after = pageInfo.endCursor;
    }
    const backwards = [];
    for (let before: string | null = null; ; ) {
      const { nodes, pageInfo } = await page({ last: size, before });
      backwards.unshift(...nodes);
      if (!pageInfo.hasPreviousPage) break;
      before = pageInfo.startCursor;
    }
    expect(forwards).toEqual(whole);
    expect(backwards).toEqual(whole);
  });

  it.each([
    [{ service: "S3" }, 4],
    [{ region: "us-east-1" }, 5],
    [{ resourceType: "aws_even" }, 6],
    [{ minMonthlyCost: "1.5" }, 6],
    [{ minMonthlyCost: "0" }, 8],
    [{ search: "AWS_THING.t1" }, 2],
    [{ search: "%" }, 0],
    [{ service: "S3", region: "us-east-1" }, 0],
    [{ service: "" }, 0],
  ])("under the filter %j are %i", async (filter, count) => {
    const { nodes, totalCount } = await page({ filter });
    expect(nodes).toHaveLength(count);
    expect(totalCount).toBe(count);
  });

  it("under a filter page on from a cursor", async () => {
    const filter = { region: "us-east-1" };
    const whole = (await page({ filter })).nodes;
    const first = await page({ filter, first: 2 });
    const rest = await page({ filter, first: 10, after: first.pageInfo.endCursor });
    expect([...first.nodes, ...rest.nodes]).toEqual(whole);
  });

  it.each([
    [{ first: 1001 }, "first must be from 1 to 1000"],
    [{ first: 0 }, "first must be from 1 to 1000"],
    [{ after: "x" }, "after must be a cursor"],
    [{ filter: { search: "\ud800" } }, "filter.search must not contain"],
  ])("refuse %j", async (variables, message) => {
    const { errors } = await service.query(PAGE, { id, ...variables });
    expect(errors?.[0]).toMatchObject({
      message: expect.stringContaining(message),
      extensions: { code: "BAD_USER_INPUT" },
    });
  });
});
