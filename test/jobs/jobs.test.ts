import { beforeAll, describe, expect, it } from "vitest";
import { estimate, resource, store } from "../support/estimates.ts";
import { pastTriggers, removeJobsOf } from "../support/past-triggers.ts";
import { startService } from "../support/service.ts";

const service = startService();

const ORDERS = [
  ...["CREATED_AT_DESC", "CREATED_AT_ASC", "EFFECTIVE_AT_DESC", "EFFECTIVE_AT_ASC"],
  ...["TOTAL_MONTHLY_COST_DESC", "TOTAL_MONTHLY_COST_ASC"],
];

/** Twenty-five jobs, several at one moment and several at one cost, so that the ids have to break the ties. */
beforeAll(async () => {
  for (let i = 0; i < 25; i++) {
    const total = `${i % 4}.50`;
    await store(service, {
      userId: i % 2 === 0 ? "ada" : "bob",
      project: i % 5 === 0 ? "shop" : "blog",
      ...(i % 3 === 0 && { branch: "main" }),
      terraformPlanHash: `plan-${i % 6}`,
      estimate: estimate({
        totalMonthlyCost: total,
        currency: i % 7 === 0 ? "EUR" : "USD",
        profile: i % 3 === 0 ? "PROD" : "DEV",
        byResource: [resource({ totalMonthlyCost: total, computeCost: total })],
      }),
    });
  }
  // The service never changes a row; only a test, from outside, can put jobs at the same moment.
  await pastTriggers(service, "update jobs set created_at = date_trunc('second', created_at)");
});

const PAGE = `query ($first: Int, $after: String, $last: Int, $before: String, $orderBy: JobOrder, $filter: JobFilter) {
  jobs(first: $first, after: $after, last: $last, before: $before, orderBy: $orderBy, filter: $filter) {
    totalCount
    nodes { id createdAt totalMonthlyCost userId project branch profile currency terraformPlanHash }
    edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

async function page(variables: object) {
  const { data, errors } = await service.query(PAGE, variables);
  if (errors) throw new Error(JSON.stringify(errors));
  return data.jobs;
}

type Listed = { id: string; createdAt: string; totalMonthlyCost: string };

async function readAll(direction: "forward" | "backward", size: number, orderBy: string): Promise<Listed[]> {
  const read: Listed[] = [];
  let cursor: string | undefined;
  for (;;) {
    const forward = direction === "forward";
    const { nodes, pageInfo } = await page({
      orderBy,
      ...(forward ? { first: size, after: cursor } : { last: size, before: cursor }),
    });
    if (forward) read.push(...nodes);
    else read.unshift(...nodes);
    if (!(forward ? pageInfo.hasNextPage : pageInfo.hasPreviousPage)) return read;
    cursor = forward ? pageInfo.endCursor : pageInfo.startCursor;
  }
}

describe("The list of jobs", () => {
  it.each(ORDERS)(
    "in the order %s shows every job once, whatever the page size and direction",
    async (orderBy) => {
      const whole = (await page({ first: 100, orderBy })).nodes.map(({ id }: Listed) => id);
      expect(new Set(whole).size).toBe(25);
      for (const size of [1, 4, 7]) {
        expect((await readAll("forward", size, orderBy)).map(({ id }) => id)).toEqual(whole);
        expect((await readAll("backward", size, orderBy)).map(({ id }) => id)).toEqual(whole);
      }
    },
  );

  it.each(ORDERS)("in the order %s is sorted, and ties by id in the same direction", async (orderBy) => {
    const { nodes } = await page({ first: 100, orderBy });
    const key = ({ createdAt, totalMonthlyCost, id }: Listed) =>
      `${orderBy.startsWith("TOTAL") ? totalMonthlyCost : createdAt} ${id}`;
    const keys = nodes.map(key);
    const sorted = keys.toSorted();
    expect(keys).toEqual(orderBy.endsWith("DESC") ? sorted.reverse() : sorted);
  });

  it("stays where it is while new jobs arrive", async () => {
    const before = await page({ first: 5 });
    const newcomer = await store(service, { userId: "newcomer" });
    const next = await page({ first: 100, after: before.pageInfo.endCursor });
    const ids = [...before.nodes, ...next.nodes].map(({ id }: Listed) => id);
    expect(ids).toHaveLength(25);
    expect(ids).not.toContain(newcomer);
    await removeJobsOf(service, "newcomer");
  });

  it("between two cursors has what lies between them", async () => {
    const { edges } = await page({ first: 100 });
    const between = await page({ first: 100, after: edges[3].cursor, before: edges[8].cursor });
    const expected = edges.slice(4, 8).map(({ node }: { node: Listed }) => node.id);
    expect(between.nodes.map(({ id }: Listed) => id)).toEqual(expected);
  });

  it("has 20 jobs a page unless asked otherwise", async () => {
    expect((await page({})).nodes).toHaveLength(20);
  });

  it("of nothing has no cursors and no further page", async () => {
    const { nodes, pageInfo, totalCount } = await page({ filter: { project: "nobody's" } });
    expect({ nodes, pageInfo, totalCount }).toEqual({
      nodes: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
      totalCount: 0,
    });
  });
});

describe("The filter of jobs", () => {
  const all = async () => (await page({ first: 100 })).nodes;

  it.each([
    ["userId", "ada"],
    ["project", "shop"],
    ["branch", "main"],
    ["profile", "PROD"],
    ["terraformPlanHash", "plan-2"],
    ["currency", "EUR"],
  ])("by %s keeps the jobs that have it, and counts them", async (field, value) => {
    const expected = (await all()).filter((job: Record<string, string>) => job[field] === value);
    const { nodes, totalCount } = await page({ first: 100, filter: { [field]: value } });
    expect(nodes).toEqual(expected);
    expect(totalCount).toBe(expected.length);
    expect(expected.length).toBeGreaterThan(0);
  });

  it("by cost includes both ends", async () => {
    const { nodes } = await page({
      first: 100,
      filter: { minTotalMonthlyCost: "1.50", maxTotalMonthlyCost: 2.5 },
    });
    expect(new Set(nodes.map(({ totalMonthlyCost }: Listed) => totalMonthlyCost))).toEqual(
      new Set(["1.50", "2.50"]),
    );
  });

  it("by time includes createdFrom and leaves createdBefore out", async () => {
    const moment = (await all())[0].createdAt;
    const from = await page({ filter: { createdFrom: moment } });
    const before = await page({ first: 100, filter: { createdBefore: moment } });
    expect(from.totalCount + before.totalCount).toBe(25);
    expect(from.nodes.map(({ createdAt }: Listed) => createdAt)).toContain(moment);
  });

  it("with an empty text finds nothing: it is not the same as no filter", async () => {
    expect((await page({ filter: { project: "" } })).totalCount).toBe(0);
  });

  it("refuses a NUL character by its path", async () => {
    const { errors } = await service.query(PAGE, { filter: { project: "a\0b" } });
    expect(errors?.[0]).toMatchObject({
      message: expect.stringContaining("filter.project must not contain a NUL"),
      extensions: { code: "BAD_USER_INPUT" },
    });
  });
});

describe("The page of a list", () => {
  it.each([
    [{ first: 0 }, "first must be from 1 to 100"],
    [{ first: 101 }, "first must be from 1 to 100"],
    [{ last: -1 }, "last must be from 1 to 100"],
    [{ first: 1, last: 1 }, "last must not be given together with first"],
    [{ after: "x" }, "after must be a cursor of this list"],
    [{ before: "" }, "before must be a cursor of this list"],
    [{ after: Buffer.from('["CREATED_AT_DESC","now","1"]').toString("base64url") }, "after must be a cursor"],
  ])("refuses %j", async (variables, message) => {
    const { errors } = await service.query(PAGE, variables);
    expect(errors?.[0]).toMatchObject({
      message: expect.stringContaining(message),
      extensions: { code: "BAD_USER_INPUT" },
    });
  });

  it("refuses the cursor of another order", async () => {
    const { pageInfo } = await page({ first: 1, orderBy: "CREATED_AT_ASC" });
    const { errors } = await service.query(PAGE, { after: pageInfo.endCursor, orderBy: "CREATED_AT_DESC" });
    expect(errors?.[0]?.extensions.code).toBe("BAD_USER_INPUT");
  });
});

describe("A job", () => {
  it("that does not exist is null", async () => {
    const { data } = await service.query('{ job(id: "01890000-0000-7000-8000-000000000000") { id } }');
    expect(data).toEqual({ job: null });
  });

  it.each(["", "x", "'; drop table jobs", "a\\u0000b"])("with the impossible id %j is null", async (id) => {
    expect((await service.query(`{ job(id: "${id}") { id } }`)).data).toEqual({ job: null });
  });

  it("is found by its id in capitals as well", async () => {
    const id = await store(service, { userId: "capitals" });
    const { data } = await service.query("query ($id: ID!) { job(id: $id) { id } }", {
      id: id.toUpperCase(),
    });
    expect(data.job.id).toBe(id);
    await removeJobsOf(service, "capitals");
  });
});
