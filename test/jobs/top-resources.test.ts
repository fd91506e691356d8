import { beforeAll, describe, expect, it } from "vitest";
import { estimate, resource, store } from "../support/estimates.ts";
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
  it("are the most expensive of the newest job of each series, and of jobs without a series", async () => {
    expect(await top("")).toEqual([
      "shop 90",
      "shop 70",
      "null 60",
      "blog 50",
      "shop 10.50",
      "shop 10.5",
      "blog 1",
    ]);
  });

  it("are the most expensive of all jobs when latestOnly is false", async () => {
    expect(await top("(first: 3, latestOnly: false)")).toEqual(["shop 100", "shop 90", "shop 70"]);
  });

  it("are as many as asked for", async () => {
    expect(await top("(first: 2)")).toEqual(["shop 90", "shop 70"]);
  });

  it("follow a filter: the newest job is the newest that matches", async () => {
    expect(await top('(filter: { project: "shop", branch: "feature" })')).toEqual(["shop 70"]);
    expect(await top('(filter: { userId: "ada" })')).toEqual(["null 60"]);
    expect(await top('(filter: { project: "nobody" })')).toEqual([]);
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
