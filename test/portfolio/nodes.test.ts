import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { estimate, resource, store } from "../support/estimates.ts";
import { pastTriggers, removeJobsOf } from "../support/past-triggers.ts";
import { startService } from "../support/service.ts";
import { observed, statementsOf } from "../support/statements.ts";

/** The number of random names of projects. */
const NAMES = Number(process.env.RANDOM_NAMES ?? 100);

const service = startService();

const NODES = `query ($ids: [ID!]!) { nodes(ids: $ids) {
  __typename id
  ... on Job { project resources { nodes { id } } }
  ... on CostResult { resourceId job { id } }
  ... on Project { name jobCount }
} }`;

const nodes = async (ids: readonly string[]) => {
  const { data, errors } = await service.query(NODES, { ids });
  expect(errors).toBeUndefined();
  return data.nodes;
};

let id: string;
beforeAll(async () => {
  const byResource = [resource({ resourceId: "first" }), resource({ resourceId: "second" })];
  id = await store(service, {
    project: "shop",
    estimate: estimate({ totalMonthlyCost: "20.00", byResource }),
  });
});

describe("nodes", () => {
  it("returns jobs, resources and projects in the order of the ids, each as often as it is requested", async () => {
    const job = {
      __typename: "Job",
      id,
      project: "shop",
      resources: { nodes: [{ id: `${id}:0` }, { id: `${id}:1` }] },
    };
    const second = { __typename: "CostResult", id: `${id}:1`, resourceId: "second", job: { id } };
    const project = { __typename: "Project", id: "project:shop", name: "shop", jobCount: 1 };
    expect(await nodes([`${id}:1`, "project:shop", id, `${id}:1`])).toEqual([second, project, job, second]);
    expect(await nodes([])).toEqual([]);
  });

  it("has null at the place of each id that no object has", async () => {
    const unknown = [
      crypto.randomUUID(),
      `${crypto.randomUUID()}:0`,
      ...[
        `${id}:2`,
        `${id}:999999999`,
        `${id}:99999999999999999999`,
        `${id}:01`,
        `${id}:-1`,
        `${id}:`,
        `${id}:x`,
      ],
      ...[`${id}:service:EC2`, `${id}:region:eu-west-1`, `${id}:1:1`, ` ${id}`, `{${id}}`],
      ...[
        "",
        ":",
        "x",
        "\0",
        "\ud800",
        "x".repeat(100_000),
        "project",
        "project:",
        "project:none",
        "Project:shop",
      ],
      ...[
        "project:shop\0",
        "project:\ud800",
        `project:${"x".repeat(100_000)}`,
        "project:shop ",
        "PROJECT:shop",
      ],
    ];
    expect(await nodes([...unknown, id])).toEqual([
      ...unknown.map(() => null),
      expect.objectContaining({ id }),
    ]);
    for (const one of unknown) {
      const { data, errors } = await service.query("query ($id: ID!) { node(id: $id) { id } }", { id: one });
      expect([data, errors]).toEqual([{ node: null }, undefined]);
    }
  });

  it("reads the objects of one type in one statement, whatever their number", async () => {
    const jobs = [id, await store(service, { project: "blog" })];
    const ids = [...jobs, ...jobs.map((job) => `${job}:0`), "project:shop", "project:blog", "project:none"];
    const statements = await statementsOf(() =>
      service.query("query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on CostResult { job { id } } } }", {
        ids,
      }),
    );
    expect(statements.toSorted()).toEqual(["jobs.byId", "jobs.resourcesByKey", "projects.byName"]);
  });

  it("refuses more than 100 ids", async () => {
    const ids = Array.from({ length: 101 }, () => id);
    expect(await nodes(ids.slice(1))).toHaveLength(100);
    const { errors } = await service.query(NODES, { ids });
    expect(errors?.[0]).toMatchObject({
      message: "ids must hold at most 100 ids",
      path: ["nodes"],
      extensions: { code: "BAD_USER_INPUT" },
    });
  });
});

describe("The id of a project", () => {
  const name = fc
    .string({
      unit: fc.oneof(
        fc.constantFrom(..."project:/%_\\\"' \u0001é😀"),
        fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
      ),
      minLength: 1,
      maxLength: 1_024,
    })
    .map((text) =>
      Buffer.from(text.replaceAll("\0", "").toWellFormed())
        .subarray(0, 1_024)
        .toString()
        .replace(/\ufffd$/, ""),
    )
    .filter((text) => text !== "" && Buffer.byteLength(text) <= 1_024);

  it(`is found again by node, for ${NAMES} random names`, async () => {
    const names = [...new Set([...fc.sample(name, NAMES), "x".repeat(1_024), ":", "project:", `${id}:0`])];
    await pastTriggers(
      service,
      `insert into jobs (id, project, currency, schema_version, total_monthly_cost, resource_count,
         unpriced_resource_count, labels, warnings, shard_key)
       select gen_random_uuid(), project, 'USD', '1', 1, 0, 0, '{}', '[]', 0
       from json_array_elements_text('${JSON.stringify(names).replaceAll("'", "''")}') as project`,
    );
    const ids = new Set<string>();
    for (const project of names) {
      const found = await service.query("query ($name: String!) { project(name: $name) { id name } }", {
        name: project,
      });
      expect(found.data.project.name).toBe(project);
      ids.add(found.data.project.id);
    }
    expect(ids.size).toBe(names.length);
    const again: unknown[] = [];
    for (let start = 0; start < ids.size; start += 100) {
      again.push(...(await nodes([...ids].slice(start, start + 100))));
    }
    expect(again).toMatchObject(names.map((project, i) => ({ id: [...ids][i], name: project })));
  });
});

/** Sends a query, and returns the response and the executed statements. */
async function ask(query: string, variables: object) {
  const { answer, statements } = await observed(() => service.query(query, variables));
  return { ...answer, statements };
}

describe("The response cache", () => {
  const NODE = "query ($id: ID!) { node(id: $id) { id ... on Project { jobCount } } }";

  it.each([
    ["a job", (job: string) => job],
    ["a resource", (job: string) => `${job}:0`],
  ])("has the response about %s until the job is deleted", async (_name, idOf) => {
    const job = await store(service, { userId: "retired" });
    const found = { node: { id: idOf(job) } };
    expect((await ask(NODE, { id: idOf(job) })).data).toEqual(found);
    const second = await ask(NODE, { id: idOf(job) });
    expect([second.data, second.statements]).toEqual([found, ["jobs.again"]]);
    await removeJobsOf(service, "retired");
    expect((await ask(NODE, { id: idOf(job) })).data).toEqual({ node: null });
  });

  it("has no response about a project: the next job changes it", async () => {
    await store(service, { project: "grows" });
    const counts: unknown[] = [];
    for (let n = 0; n < 3; n++) {
      counts.push((await ask(NODE, { id: "project:grows" })).data.node.jobCount);
      await store(service, { project: "grows" });
    }
    expect(counts).toEqual([1, 2, 3]);
  });

  it("has no response about a project that does not exist yet", async () => {
    expect((await ask(NODE, { id: "project:later" })).data).toEqual({ node: null });
    await store(service, { project: "later" });
    expect((await ask(NODE, { id: "project:later" })).data.node.jobCount).toBe(1);
  });

  it.each([
    ["a job", () => id, true],
    ["a resource", () => `${id}:0`, true],
    ["a project", () => "project:shop", false],
    ["an unknown job", () => crypto.randomUUID(), false],
    ["an unknown resource", () => `${crypto.randomUUID()}:0`, false],
    ["an id of no type", () => "x", false],
  ])("lets clients cache a GET of %s only if it never changes", async (_name, idOf, isImmutable) => {
    const search = new URLSearchParams({ query: `{ nodes(ids: ["${idOf()}"]) { id } }` });
    for (const _ of [1, 2]) {
      const response = await fetch(`${service.url}/graphql?${search}`);
      expect(((await response.json()) as { errors?: object }).errors).toBeUndefined();
      const isCacheable = /immutable|max-age=[1-9]/.test(response.headers.get("cache-control") ?? "");
      expect(isCacheable).toBe(isImmutable);
    }
  });
});

describe("A fragment on Node", () => {
  it.each([
    ["a job", "query ($id: ID!) { job(id: $id) { ...part } }", "job"],
    ["a node", "query ($id: ID!) { node(id: $id) { ...part } }", "node"],
  ])("applies to %s, and its fragments on other types do not", async (_name, query, field) => {
    const fragment = `fragment part on Node {
      __typename id
      ... on CostResult { one: confidenceScore resourceId }
      ... on Project { two: jobCount name }
      ... on Job { one: confidenceScore two: resourceCount services { ... on ServiceCost { id } } }
    }`;
    const { data, errors } = await service.query(`${query} ${fragment}`, { id });
    expect(errors).toBeUndefined();
    expect(data[field]).toEqual({
      __typename: "Job",
      id,
      one: null,
      two: 2,
      services: [{ id: `${id}:service:EC2` }],
    });
  });
});

describe("The cost of nodes", () => {
  const costOf = async (query: string, variables: object = {}) => {
    const { errors } = await service.query(query, variables);
    expect(errors?.[0]?.extensions.code).toBe("QUERY_TOO_COMPLEX");
    return errors?.[0];
  };
  const RESOURCES = "... on Job { resources(first: 1000) { nodes { id } } }";

  it("counts the fragment on the type that costs the most, once for each id", async () => {
    const ids = Array.from({ length: 60 }, () => id);
    // 60 nodes with id, resources, and 1,000 resources with an id.
    const cost = 60 * (1 + 1 + 1 + 1_000 * 2);
    const body = `{ id ... on Project { name } ${RESOURCES} }`;
    const inVariable = await costOf(`query ($ids: [ID!]!) { nodes(ids: $ids) ${body} }`, { ids });
    expect(inVariable?.extensions.cost).toBe(cost);
    const inText = await costOf(`{ nodes(ids: ${JSON.stringify(ids)}) ${body} }`);
    expect(inText?.extensions.cost).toBe(cost);
    expect(inText?.message).toContain("are for nodes.resources: request smaller pages (first or last)");
    const inFragment = await costOf(
      `query ($ids: [ID!]!) { nodes(ids: $ids) { ...f } } fragment f on Node ${body}`,
      { ids },
    );
    expect(inFragment?.extensions.cost).toBe(cost);
  });

  it("does not count a fragment on another type", async () => {
    const query = `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Project { name ... on Node { ... on Project { id } } } } }`;
    expect(
      (await service.query(query, { ids: Array.from({ length: 100 }, () => id) })).errors,
    ).toBeUndefined();
  });
});
