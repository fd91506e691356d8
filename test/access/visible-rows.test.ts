import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { createSchema } from "../../src/server/graphql/schema.ts";
import { ROUTES } from "../../src/server/rest/routes.ts";
import { estimate, resource, store, tryToStore } from "../support/estimates.ts";
import { startService, type TestService } from "../support/service.ts";
import { sqlOf } from "../support/statements.ts";
import { ASKED, askEverything } from "./questions.ts";
import { createToken, withToken } from "./tokens.ts";

const TOTALS = ["10", "10.5", "10", "10.5", "10", "10.5", "40", "41"];

let mineToken: string;
let allToken: string;
let mine: TestService;
let all: TestService;
let below: TestService;

const service = startService(
  { AUTH: "tokens" },
  {
    prepare: async (url) => {
      mineToken = await createToken(url, { projects: ["mine"] });
      mine = withToken(service, mineToken);
      allToken = await createToken(url);
      all = withToken(service, allToken);
      below = withToken(service, await createToken(url, { projects: ["acme/shop", "acme/shop/*", "other"] }));
    },
  },
);

let ids: string[];
let theirs: string[];
let alone: Record<string, unknown>;

const pair = (jobs: readonly string[]): [string, string] => [jobs.at(-2) ?? "", jobs.at(-1) ?? ""];

async function storeJobs(as: TestService, project: string | null, factor: number): Promise<string[]> {
  const stored: string[] = [];
  for (const total of TOTALS) {
    const cost = String(Number(total) * factor);
    const byResource = [
      resource({ resourceId: `web.${project}`, totalMonthlyCost: cost, computeCost: cost }),
      resource({
        resourceId: "bucket",
        service: "S3",
        region: "global",
        totalMonthlyCost: "0.5",
        computeCost: "0.5",
      }),
    ];
    const one = estimate({ totalMonthlyCost: String(Number(total) * factor + 0.5), byResource });
    stored.push(await store(as, { project, userId: "eve", estimate: one }));
  }
  return stored;
}

beforeAll(async () => {
  ids = await storeJobs(mine, "mine", 1);
  alone = await askEverything(mine, mineToken, pair(ids));
  theirs = await storeJobs(all, "theirs", 100);
  await storeJobs(all, null, 1000);
  await storeJobs(all, "mine/below", 10);
});

describe("A token that is bound to a project", () => {
  it("is asked everything that there is to ask in these tests", async () => {
    const queries = Object.keys((await createSchema()).getQueryType()?.getFields() ?? {});
    expect([...new Set(ASKED.queries)].toSorted()).toEqual(queries.toSorted());
    const routes = ROUTES.filter(({ method }) => method === "GET").map(({ path }) => path);
    expect(ASKED.routes.toSorted()).toEqual(routes.toSorted());
  });

  it("gets answers that are no different for the jobs of others", async () => {
    expect(Object.values(alone).filter((answer) => JSON.stringify(answer).includes("errors"))).toEqual([]);
    expect(JSON.stringify(alone.costAnomalies)).toContain(ids[6]);
    // Nor from the cache of a viewer who sees more.
    await askEverything(all, allToken, pair(ids));
    expect(await askEverything(mine, mineToken, pair(ids))).toEqual(alone);
  });

  it("runs no statement on a table of ours that is not restricted", async () => {
    const statements = await sqlOf(() => askEverything(mine, mineToken, pair(ids)));
    const reading = statements.filter((sql) =>
      /\b(?:jobs|\w+_costs|cost_results|job_exclusions)\b/.test(sql.replaceAll(/\/\*.*?\*\//g, "")),
    );
    expect(reading.length).toBeGreaterThan(ASKED.queries.length);
    const free = reading.filter(
      (sql) =>
        !/^(?:\/\* \S+ \*\/\s*)+with jobs as not materialized \(select \* from jobs where project = \$/.test(
          sql,
        ),
    );
    expect(free).toEqual([]);
    // What is qualified would not be the restricted one.
    expect(statements.filter((sql) => /\bpublic\.|\bxmin\b|\bctid\b/.test(sql))).toEqual([]);
  });

  it("is answered about another's job as about one that never was", async () => {
    const nothing = [randomUUID(), randomUUID()] as const;
    const plain = (answers: Record<string, unknown>, jobs: readonly string[]) =>
      jobs.reduce((text, id, i) => text.replaceAll(id, `id ${i}`), JSON.stringify(answers));
    const [a, b] = pair(theirs);
    await askEverything(all, allToken, [a, b]);
    const answered = await askEverything(mine, mineToken, [a, b]);
    expect(plain(answered, [a, b])).toBe(plain(await askEverything(mine, mineToken, nothing), nothing));
    expect(answered.job).toMatchObject({ data: { job: null } });
    expect(answered.compareJobs).toMatchObject({ errors: [{ extensions: { code: "NOT_FOUND" } }] });
    expect(answered["/jobs/{job_id}/resources.csv"]).toMatchObject({ status: 404 });
  });

  it("cannot compare a job of its own with another's", async () => {
    const query = "query ($a: ID!, $b: ID!) { compareJobs(baseJobId: $a, targetJobId: $b) { delta } }";
    const { errors } = await mine.query(query, { a: ids[0], b: theirs[0] });
    expect(errors?.[0]?.extensions.code).toBe("NOT_FOUND");
    expect(errors?.[0]?.message).toMatch(/^targetJobId must be the id of a stored job/);
  });

  it("sees only its own beyond the cursors of others, in either direction", async () => {
    const { data } = await all.query("{ jobs(first: 100) { edges { cursor node { id project } } } }");
    const mineOnly = new Set(ids);
    // One of each project, at the least: the jobs of a project were stored one after another.
    const edges = data.jobs.edges.filter((_edge: unknown, i: number) => i % 5 === 0);
    for (const { cursor } of edges) {
      for (const page of ["first: 100, after", "last: 100, before"]) {
        const seen = await mine.query(`{ jobs(${page}: "${cursor}") { totalCount nodes { id } } }`);
        expect(seen.data.jobs.totalCount).toBe(ids.length);
        for (const { id } of seen.data.jobs.nodes) expect(mineOnly).toContain(id);
      }
    }
  });

  it.each([
    ["another project", { project: "theirs" }],
    ["none", {}],
    ["one that only begins alike", { project: "mine/below" }],
    ["another spelling of another project", { project: "mine//../theirs" }],
  ])("stores nothing in %s", async (_name, input) => {
    const { errors } = await tryToStore(mine, input);
    expect(errors?.[0]?.extensions.code).toBe("FORBIDDEN");
    expect(errors?.[0]?.message).toMatch(
      /^input\.project must be one that this token is bound to \("mine"\)/,
    );
  });

  it("stores another spelling of its project in this project", async () => {
    const bound = withToken(service, await createToken(service.databaseUrl, { projects: ["spelled/shop"] }));
    const id = await store(bound, { project: "/spelled\\\\shop/" });
    const { data } = await bound.query("query ($id: ID!) { job(id: $id) { project } }", { id });
    expect(data.job).toEqual({ project: "spelled/shop" });
  });

  it("stores what is large under the same rules", async () => {
    const byResource = Array.from({ length: 600 }, (_, i) =>
      resource({ resourceId: `web[${i}].${"x".repeat(500)}`, totalMonthlyCost: "1", computeCost: "1" }),
    );
    const large = estimate({ totalMonthlyCost: "600", byResource });
    const { errors } = await tryToStore(mine, { project: "theirs", estimate: large });
    expect(errors?.[0]?.extensions.code).toBe("FORBIDDEN");
    const bound = withToken(service, await createToken(service.databaseUrl, { projects: ["large"] }));
    const id = await store(bound, { project: "large", estimate: large });
    const { data } = await bound.query("query ($id: ID!) { job(id: $id) { resourceCount } }", { id });
    expect(data.job.resourceCount).toBe(600);
    const stranger = withToken(service, undefined);
    expect((await tryToStore(stranger, { project: "large", estimate: large })).errors?.[0]).toMatchObject({
      extensions: { code: "UNAUTHENTICATED" },
    });
  }, 60_000);

  it("may be bound to several, and to all below a name", async () => {
    for (const project of ["acme/shop", "acme/shop/infra/prod", "other"]) {
      expect((await tryToStore(below, { project })).errors).toBeUndefined();
    }
    for (const project of ["acme/shopping", "acme", "other/x"]) {
      expect((await tryToStore(below, { project })).errors?.[0]?.extensions.code).toBe("FORBIDDEN");
      await store(all, { project });
    }
    const { data } = await below.query("{ jobs { totalCount nodes { project } } }");
    expect(data.jobs.totalCount).toBe(3);
    expect(data.jobs.nodes.map(({ project }: { project: string }) => project).toSorted()).toEqual([
      "acme/shop",
      "acme/shop/infra/prod",
      "other",
    ]);
  });
});

describe("The ids of jobs", () => {
  it("do not count the jobs of others that were stored in the same millisecond", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    try {
      const first = await store(mine, { project: "mine" });
      await store(all, { project: "theirs" });
      const second = await store(mine, { project: "mine" });
      expect(second.slice(0, 13)).toBe(first.slice(0, 13));
      expect(sequenceOf(second) - sequenceOf(first)).not.toBe(2);
    } finally {
      vi.useRealTimers();
    }
  });
});

/** The counter of RFC 9562, section 6.2, where a UUIDv7 has one: the 32 bits behind its time and version. */
function sequenceOf(id: string): number {
  const bits = BigInt(`0x${id.replaceAll("-", "")}`)
    .toString(2)
    .padStart(128, "0");
  return Number.parseInt(bits.slice(52, 64) + bits.slice(66, 86), 2);
}

describe("An idempotency key", () => {
  it("of another's job is free for a bound token, and tells nothing", async () => {
    const idempotencyKey = randomUUID();
    const foreign = await store(all, { project: "theirs", idempotencyKey });
    const { data, errors } = await tryToStore(mine, { project: "mine", idempotencyKey });
    expect(errors).toBeUndefined();
    expect(data.storeEstimate.created).toBe(true);
    expect(data.storeEstimate.job.id).not.toBe(foreign);
  });

  it("still makes a repetition by the same token safe, and tells a conflict", async () => {
    const idempotencyKey = randomUUID();
    const id = await store(mine, { project: "mine", idempotencyKey });
    const again = await tryToStore(mine, { project: "mine", idempotencyKey });
    expect(again.data.storeEstimate).toMatchObject({ created: false, job: { id } });
    const other = await tryToStore(mine, { project: "mine", branch: "b", idempotencyKey });
    expect(other.errors?.[0]?.extensions.code).toBe("IDEMPOTENCY_CONFLICT");
  });
});
