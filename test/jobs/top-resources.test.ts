import { beforeAll, describe, expect, it } from "vitest";
import { estimate, resource, store } from "../support/estimates.ts";
import { exclude, include } from "../support/exclusions.ts";
import { startService } from "../support/service.ts";
import { statementsOf } from "../support/statements.ts";

const service = startService();

function storeCosts(
  project: string | undefined,
  costs: (string | null)[],
  fields: object = {},
): Promise<string> {
  const byResource = costs.map((cost, i) =>
    resource({ resourceId: `r${i}`, totalMonthlyCost: cost, computeCost: cost ?? "0" }),
  );
  return store(service, { project, estimate: estimate({ byResource }), ...fields });
}

beforeAll(async () => {
  await storeCosts("shop", ["100", "9", null]);
  await storeCosts("shop", ["90", "10.50", "10.5"]);
  await storeCosts("blog", ["50", "1"]);
  await storeCosts("shop", ["70"], { branch: "feature" });
  await storeCosts(undefined, ["60"], { userId: "ada" });
});

async function top(args: string): Promise<string[]> {
  const { data, errors } = await service.query(
    `{ topResources${args} { totalMonthlyCost job { project } } }`,
  );
  if (errors) throw new Error(JSON.stringify(errors));
  return data.topResources.map(
    (row: { totalMonthlyCost: string; job: { project: string } }) =>
      `${row.job.project} ${row.totalMonthlyCost}`,
  );
}

describe("topResources", () => {
  it("are the most expensive of the newest job of each series, without jobs that are in no series", async () => {
    expect(await top("")).toEqual(["shop 90", "shop 70", "blog 50", "shop 10.50", "shop 10.5", "blog 1"]);
  });

  it("are the most expensive of all jobs when latestOnly is false", async () => {
    expect(await top("(first: 3, latestOnly: false)")).toEqual(["shop 100", "shop 90", "shop 70"]);
  });

  it("are as many as asked for", async () => {
    expect(await top("(first: 2)")).toEqual(["shop 90", "shop 70"]);
  });

  it("follow a filter: the newest job is the newest that matches", async () => {
    expect(await top('(filter: { project: "shop", branch: "feature" })')).toEqual(["shop 70"]);
    expect(await top('(filter: { userId: "ada" })')).toEqual([]);
    expect(await top('(filter: { userId: "ada" }, latestOnly: false)')).toEqual(["null 60"]);
    expect(await top('(filter: { project: "nobody" })')).toEqual([]);
  });

  it("are of the newest member of each series by the time of the estimate", async () => {
    const at = (estimatedAt: string, cost: string) => {
      const byResource = [resource({ totalMonthlyCost: cost, computeCost: cost })];
      return { branch: "main", estimate: estimate({ estimatedAt, totalMonthlyCost: cost, byResource }) };
    };
    await store(service, { project: "order", ...at("2026-07-01T00:00:00Z", "7") });
    await store(service, { project: "order", ...at("2026-01-01T00:00:00Z", "8") });
    expect(await top('(filter: { project: "order" })')).toEqual(["order 7"]);
    expect(await top('(filter: { project: "order" }, latestOnly: false)')).toEqual(["order 8", "order 7"]);
  });

  it("leave out newest jobs that are no members, and with latestOnly: false only excluded ones", async () => {
    await storeCosts("members", ["1"]);
    const failed = estimate({
      byResource: [resource({ totalMonthlyCost: "2", computeCost: "2" })],
      isComplete: false,
    });
    await store(service, { project: "members", estimate: failed });
    await storeCosts("members", ["3"], { isDefaultBranch: false });
    const excluded = await storeCosts("members", ["4"]);
    await exclude(service, excluded);
    const members = '(filter: { project: "members" }';
    expect(await top(`${members})`)).toEqual(["members 1"]);
    expect(await top(`${members}, latestOnly: false)`)).toEqual(["members 3", "members 2", "members 1"]);
    await include(service, excluded);
    expect(await top(`${members})`)).toEqual(["members 4"]);
    expect(await top(`${members}, latestOnly: false, first: 1)`)).toEqual(["members 4"]);
  });

  it("leave out jobs without a project, and with latestOnly: false only excluded ones", async () => {
    await storeCosts(undefined, ["1"], { userId: "eve" });
    const byResource = [resource({ totalMonthlyCost: "2", computeCost: "2" })];
    await store(service, { userId: "eve", estimate: estimate({ byResource, isComplete: false }) });
    await exclude(service, await storeCosts(undefined, ["3"], { userId: "eve" }));
    expect(await top('(filter: { userId: "eve" })')).toEqual([]);
    expect(await top('(filter: { userId: "eve" }, latestOnly: false)')).toEqual(["null 2", "null 1"]);
  });

  it("run two SQL statements with their jobs", async () => {
    expect(await statementsOf(() => top(""))).toEqual(["jobs.topResources", "jobs.byId"]);
  });

  it.each([0, 101, -1])("refuse first: %i", async (first) => {
    const { errors } = await service.query(`{ topResources(first: ${first}) { id } }`);
    expect(errors?.[0]).toMatchObject({
      message: "first must be from 1 to 100",
      extensions: { code: "BAD_USER_INPUT" },
    });
  });
});
