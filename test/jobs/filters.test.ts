import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { StoreEstimateInput } from "../../src/client/generated.ts";
import { createToken, withToken } from "../access/tokens.ts";
import { estimate, store } from "../support/estimates.ts";
import { exclude, include } from "../support/exclusions.ts";
import { startService, type TestService } from "../support/service.ts";

let all: TestService;
let bound: TestService;
let below: TestService;
let admin: TestService;

const service = startService(
  { AUTH: "tokens" },
  {
    prepare: async (url) => {
      all = withToken(service, await createToken(url));
      admin = withToken(service, await createToken(url, { scope: "admin" }));
      bound = withToken(service, await createToken(url, { projects: ["shop/api"] }));
      below = withToken(service, await createToken(url, { projects: ["shop/*", "50%_off"] }));
    },
  },
);

const PULL_REQUEST = `https://example.com/${"ä".repeat(2_000)}/pull/7`;

/** The stored jobs by name; each name is the user of its job. */
const JOBS: Record<string, Partial<StoreEstimateInput>> = {
  api: { project: "shop/api", commitSha: "c1", runId: "run-1", pullRequestUrl: PULL_REQUEST },
  apiLater: { project: "shop/api", commitSha: "c2", runId: "run-1", isDefaultBranch: true, branch: "live" },
  web: { project: "shop/web", commitSha: "c1", runId: "run-1", pullRequestUrl: `${PULL_REQUEST}/1` },
  shop: { project: "shop", branch: "main", runId: "run-2" },
  Shop: { project: "Shop/api", branch: "feature" },
  percent: { project: "50%_off" },
  digits: { project: "50xyoff" },
  last: { project: "\u{10ffff}" },
  beforeSurrogates: { project: "a\ud7ff1" },
  failed: { project: "shop/api", estimate: estimate({ isComplete: false }) },
  old: { project: "shop/api", estimate: estimate({ estimatedAt: "2020-05-01T10:00:00.000Z" }) },
  older: { project: "shop/web", estimate: estimate({ estimatedAt: "2020-04-01T10:00:00.000Z" }) },
  none: {},
};
const NAMES = Object.keys(JOBS);

const LABELS = {
  number: { n: 1, zone: "a" },
  text: { n: "1", zone: "b" },
  nothing: { n: null },
  yes: { n: true },
  fraction: { n: 1.5 },
  object: { n: { b: [1, "x"], a: "%_" } },
  largerObject: { n: { b: [1, "x"], a: "%_", c: 0 } },
  list: { n: [1, 2] },
  empty: { n: "" },
  quoted: { n: '"1"' },
  noLabels: {},
};

const ids: Record<string, string> = {};

beforeAll(async () => {
  for (const [name, input] of Object.entries(JOBS))
    ids[name] = await store(all, { userId: "jobs", ...input });
  for (const [name, labels] of Object.entries(LABELS)) {
    ids[name] = await store(all, { userId: "labels", project: "labels", labels });
  }
  // The last record of a job applies.
  const { web = "", shop = "", old = "" } = ids;
  await exclude(admin, web);
  await exclude(admin, shop);
  await include(admin, shop);
  await exclude(admin, old);
  await include(admin, old);
  await exclude(admin, old);
});

const LIST = `query ($filter: JobFilter, $orderBy: JobOrder) {
  jobs(first: 100, filter: $filter, orderBy: $orderBy) { totalCount nodes { id } }
}`;

/** The names of the jobs that match, in the order of their storage. */
async function list(filter: object, as = all, orderBy = "CREATED_AT_ASC"): Promise<(string | undefined)[]> {
  const { data, errors } = await as.query(LIST, { filter, orderBy });
  if (errors) throw new Error(JSON.stringify(errors));
  const { nodes, totalCount } = data.jobs;
  expect(totalCount).toBe(nodes.length);
  return nodes.map(({ id }: { id: string }) => Object.keys(ids).find((name) => ids[name] === id));
}

/** All names but these, in their order. */
const without = (...left: string[]) => NAMES.filter((name) => !left.includes(name));

const OLD = "2020-05-01T10:00:00Z";

describe("The filter of jobs", () => {
  it.each<[string, unknown, string[]]>([
    ["effectiveFrom", OLD, without("older")],
    ["effectiveFrom", "2020-05-01T10:00:00.001Z", without("old", "older")],
    ["effectiveFrom", "2999-01-01T00:00:00Z", []],
    ["effectiveBefore", OLD, ["older"]],
    ["effectiveBefore", "2020-05-01T10:00:00.001Z", ["old", "older"]],
    ["effectiveBefore", "1999-01-01T00:00:00Z", []],
    ["commitSha", "c1", ["api", "web"]],
    ["commitSha", "c", []],
    ["pullRequestUrl", PULL_REQUEST, ["api"]],
    ["pullRequestUrl", "", []],
    ["runId", "run-1", ["api", "apiLater", "web"]],
    ["runId", "RUN-1", []],
    ["projects", ["shop/web", "shop", "nobody's"], ["web", "shop", "older"]],
    ["projects", [], []],
    ["projects", Array.from({ length: 1_000 }, (_, i) => `p${i}`), []],
    ["projectPrefix", "shop/", ["api", "apiLater", "web", "failed", "old", "older"]],
    ["projectPrefix", "shop", ["api", "apiLater", "web", "shop", "failed", "old", "older"]],
    ["projectPrefix", "50%_", ["percent"]],
    ["projectPrefix", "50", ["percent", "digits"]],
    ["projectPrefix", "%", []],
    ["projectPrefix", "\u{10ffff}", ["last"]],
    ["projectPrefix", "a\ud7ff", ["beforeSurrogates"]],
    ["projectPrefix", "", without("none")],
    ["isComplete", false, ["failed"]],
    ["isComplete", true, without("failed")],
    ["isDefaultBranch", false, ["api", "web", "Shop"]],
    ["isDefaultBranch", true, without("api", "web", "Shop")],
    ["isExcluded", true, ["web", "old"]],
    ["isExcluded", false, without("web", "old")],
  ])("by %s %j finds the jobs that match, and no other job", async (field, value, expected) => {
    expect(await list({ userId: "jobs", [field]: value })).toEqual(expected);
  });

  it.each([
    ...["effectiveFrom", "effectiveBefore", "commitSha", "pullRequestUrl", "runId", "projects"],
    ...["projectPrefix", "labels", "isComplete", "isDefaultBranch", "isExcluded"],
  ])("has no condition if %s is null", async (field) => {
    expect(await list({ userId: "jobs", [field]: null })).toEqual(NAMES);
  });

  it.each<[object, string[]]>([
    [{}, ["api", "apiLater", "failed", "old"]],
    [{ runId: "run-1" }, ["api", "apiLater"]],
    [{ commitSha: "c1" }, ["api"]],
    [{ pullRequestUrl: `${PULL_REQUEST}/1` }, []],
    [{ projects: ["shop/web", "shop/api"] }, ["api", "apiLater", "failed", "old"]],
    [{ projectPrefix: "shop/w" }, []],
    [{ projectPrefix: "" }, ["api", "apiLater", "failed", "old"]],
    [{ labels: [{ key: "n" }] }, []],
    [{ isExcluded: true }, ["old"]],
    [{ isExcluded: false }, ["api", "apiLater", "failed"]],
    [{ isComplete: false }, ["failed"]],
    [{ isDefaultBranch: false }, ["api"]],
    [{ effectiveBefore: "2020-06-01T00:00:00Z" }, ["old"]],
    [{ effectiveFrom: "2020-06-01T00:00:00Z" }, ["api", "apiLater", "failed"]],
  ])("%j finds only the jobs of the token's project", async (filter, expected) => {
    expect(await list(filter, bound)).toEqual(expected);
  });

  it("applies to a token for the projects below a name", async () => {
    expect(await list({ projectPrefix: "s" }, below)).toEqual([
      ...["api", "apiLater", "web", "failed", "old", "older"],
    ]);
    expect(await list({ projectPrefix: "50" }, below)).toEqual(["percent"]);
  });

  it("refuses more projects and labels than the maximum, and text that cannot be stored, by their paths", async () => {
    const { errors } = await all.query(LIST, {
      filter: {
        projects: Array.from({ length: 1_001 }, () => "p"),
        labels: Array.from({ length: 51 }, () => ({ key: "k" })),
        runId: "\0",
      },
    });
    expect(errors?.[0]?.extensions).toMatchObject({
      code: "BAD_USER_INPUT",
      problems: [
        { path: "filter.runId", message: "must not contain a NUL character or a lone surrogate" },
        { path: "filter.projects", message: "must hold at most 1000 projects" },
        { path: "filter.labels", message: "must hold at most 50 labels" },
      ],
    });
    const texts = await all.query(LIST, {
      filter: { projects: ["p", "\0"], labels: [{ key: "\ud800", value: "\0" }], projectPrefix: "\0" },
    });
    expect(texts.errors?.[0]?.extensions.problems).toMatchObject([
      { path: "filter.projectPrefix" },
      { path: "filter.projects[1]" },
      { path: "filter.labels[0].key" },
      { path: "filter.labels[0].value" },
    ]);
  });

  it("by isExcluded is not answered from the cache after an exclusion", async () => {
    const id = await store(all, { userId: "cached" });
    const query = '{ jobs(filter: { userId: "cached", isExcluded: false }) { nodes { id } } }';
    for (let i = 0; i < 3; i++) expect((await all.query(query)).data.jobs.nodes).toEqual([{ id }]);
    await exclude(admin, id);
    expect((await all.query(query)).data.jobs.nodes).toEqual([]);
  });

  it("finds a job with 50 labels by all of them", async () => {
    const labels = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`key ${i}`, i]));
    ids.many = await store(all, { userId: "many", labels });
    const filter = { labels: Object.entries(labels).map(([key, i]) => ({ key, value: String(i) })) };
    expect(await list(filter)).toEqual(["many"]);
  });
});

describe("The filter by labels", () => {
  it.each<[string, object[], string[]]>([
    ["a key alone", [{ key: "n" }], Object.keys(LABELS).slice(0, -1)],
    ["a value null", [{ key: "n", value: null }], Object.keys(LABELS).slice(0, -1)],
    ["a key in other case", [{ key: "N" }], []],
    ["a number or its text", [{ key: "n", value: "1" }], ["number", "text"]],
    ["a text with quotation marks", [{ key: "n", value: '"1"' }], ["quoted"]],
    ["null or its text", [{ key: "n", value: "null" }], ["nothing"]],
    ["a boolean", [{ key: "n", value: "true" }], ["yes"]],
    ["a fraction", [{ key: "n", value: "1.5" }], ["fraction"]],
    ["another number of digits", [{ key: "n", value: "1.0" }], []],
    ["an object, in any order of keys", [{ key: "n", value: '{"a":"%_", "b": [1,"x"]}' }], ["object"]],
    ["a part of an object", [{ key: "n", value: '{"a":"%_"}' }], []],
    ["a list", [{ key: "n", value: "[1,2]" }], ["list"]],
    ["a part of a list", [{ key: "n", value: "[1]" }], []],
    ["an element of a list", [{ key: "n", value: "2" }], []],
    ["the empty text", [{ key: "n", value: "" }], ["empty"]],
    ["JSON that cannot be stored", [{ key: "n", value: '["\\u0000"]' }], []],
    ["a number that cannot be stored", [{ key: "n", value: "1e999999" }], []],
    ["JSON that is nested too deeply", [{ key: "n", value: "[".repeat(9_999) + "]".repeat(9_999) }], []],
    [
      "several labels",
      [
        { key: "n", value: "1" },
        { key: "zone", value: "b" },
      ],
      ["text"],
    ],
    [
      "two values of one key",
      [
        { key: "n", value: "1" },
        { key: "n", value: "2" },
      ],
      [],
    ],
    ["no label", [], Object.keys(LABELS)],
  ])("by %s finds the jobs that have it", async (_name, labels, expected) => {
    expect(await list({ userId: "labels", labels })).toEqual(expected);
  });
});

const PAGE = `query ($first: Int, $after: String, $last: Int, $before: String, $orderBy: JobOrder, $filter: JobFilter) {
  jobs(first: $first, after: $after, last: $last, before: $before, orderBy: $orderBy, filter: $filter) {
    edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

const STORED = `query ($userId: String) {
  jobs(first: 100, filter: { userId: $userId }) { nodes { id createdAt } }
}`;

describe("The order of series", () => {
  it("begins with the latest or the earliest effectiveAt, whatever the time of storage", async () => {
    const filter = { userId: "jobs", project: "shop/web" };
    expect(await list(filter, all, "EFFECTIVE_AT_ASC")).toEqual(["older", "web"]);
    expect(await list(filter, all, "EFFECTIVE_AT_DESC")).toEqual(["web", "older"]);
    expect(await list(filter, all, "CREATED_AT_DESC")).toEqual(["older", "web"]);
  });

  it("has every job once on pages of any size, in both directions", async () => {
    const times = ["2021-01-01T00:00:00Z", "2021-01-01T00:00:00.001Z", "2020-12-31T23:59:59.999Z", undefined];
    const day = fc.constantFrom(...times);
    await fc.assert(
      fc.asyncProperty(
        fc.array(day, { minLength: 1, maxLength: 9 }),
        fc.integer({ min: 1, max: 5 }),
        fc.constantFrom("EFFECTIVE_AT_DESC", "EFFECTIVE_AT_ASC"),
        fc.boolean(),
        fc.uuid(),
        async (estimatedAts, size, orderBy, forward, userId) => {
          const estimatedAtOf = new Map<string, string | undefined>();
          for (const estimatedAt of estimatedAts) {
            const fields = estimatedAt === undefined ? {} : { estimatedAt };
            const id = await store(all, { userId, estimate: estimate(fields) });
            estimatedAtOf.set(id, estimatedAt);
          }
          const stored = await all.query(STORED, { userId });
          const expected = stored.data.jobs.nodes
            .map(({ id, createdAt }: { id: string; createdAt: string }) => {
              const at = new Date(estimatedAtOf.get(id) ?? createdAt).toISOString();
              return `${at} ${id}`;
            })
            .toSorted();
          if (orderBy.endsWith("DESC")) expected.reverse();

          const read: string[] = [];
          let cursor: string | undefined;
          for (;;) {
            const page = forward ? { first: size, after: cursor } : { last: size, before: cursor };
            const { data } = await all.query(PAGE, { ...page, orderBy, filter: { userId } });
            const { edges, pageInfo } = data.jobs;
            const found = edges.map(({ node }: { node: { id: string } }) => node.id);
            if (forward) read.push(...found);
            else read.unshift(...found);
            cursor = forward ? pageInfo.endCursor : pageInfo.startCursor;
            if (!(forward ? pageInfo.hasNextPage : pageInfo.hasPreviousPage)) break;
          }
          expect(read).toEqual(expected.map((key: string) => key.split(" ")[1]));
        },
      ),
      { numRuns: 25 },
    );
  });

  it.each(["CREATED_AT_DESC", "EFFECTIVE_AT_ASC"])("refuses a cursor of the order %s", async (orderBy) => {
    const { data } = await all.query(PAGE, { first: 1, orderBy });
    const { errors } = await all.query(PAGE, {
      after: data.jobs.pageInfo.endCursor,
      orderBy: "EFFECTIVE_AT_DESC",
    });
    expect(errors?.[0]).toMatchObject({
      message: expect.stringContaining("after must be a cursor of this list in this order"),
      extensions: { code: "BAD_USER_INPUT" },
    });
  });
});
