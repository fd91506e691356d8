import { describe, expect, it } from "vitest";
import { estimate, resource, store } from "../../support/estimates.ts";
import { removeJobsOf } from "../../support/past-triggers.ts";
import { startService } from "../../support/service.ts";
import { observed, statementsOf } from "../../support/statements.ts";

const service = startService({ CORS_ORIGINS: "https://dashboard.example,https://other.example" });
const uncached = startService({ CACHE_MB: "0" });

const DASHBOARD = `query Dashboard($project: String) {
  jobs(first: 5, filter: { project: $project }) {
    nodes { id services { service totalMonthlyCost } resources { nodes { resourceId } } }
  }
}`;
const DETAIL = "query ($id: ID!) { job(id: $id) { id totalMonthlyCost resources { nodes { resourceId } } } }";

/** Sends a query, and returns the response and the executed statements. */
async function ask(query: string, variables: object = {}) {
  const { answer, statements } = await observed(() => service.query(query, variables));
  return { ...answer, statements };
}

describe("A repeated query", () => {
  it("has the same response, after a check of its jobs", async () => {
    await store(service, { project: "same" });
    const first = await ask(DASHBOARD, { project: "same" });
    const second = await ask(DASHBOARD, { project: "same" });
    expect(second.data).toEqual(first.data);
    expect([first.statements, second.statements]).toEqual([["jobs.list"], ["jobs.again"]]);
  });

  it("is executed again when a new job belongs in the response", async () => {
    const older = await store(service, { project: "grows" });
    await ask(DASHBOARD, { project: "grows" });
    const newer = await store(service, { project: "grows" });
    const { data } = await ask(DASHBOARD, { project: "grows" });
    expect(data.jobs.nodes.map(({ id }: { id: string }) => id)).toEqual([newer, older]);
  });

  it("is answered from the cache when a new job does not belong in the response", async () => {
    await store(service, { project: "quiet" });
    await ask(DASHBOARD, { project: "quiet" });
    await store(service, { project: "busy" });
    expect((await ask(DASHBOARD, { project: "quiet" })).statements).toEqual(["jobs.again"]);
  });

  it("is executed again when a job is deleted", async () => {
    const id = await store(service, { userId: "retired" });
    await ask(DETAIL, { id });
    await removeJobsOf(service, "retired");
    expect((await ask(DETAIL, { id })).data).toEqual({ job: null });
  });

  it("of a missing job is executed again when the job exists", async () => {
    const [kept, moved] = [await store(service), await store(service, { userId: "moving" })];
    const both = `query ($a: ID!, $b: ID!) { a: job(id: $a) { id } b: job(id: $b) { id } }`;
    await removeJobsOf(service, "moving");
    await ask(both, { a: kept, b: moved });
    expect((await ask(both, { a: kept, b: moved })).data).toEqual({ a: { id: kept }, b: null });
  });

  it("differs from the same query with other variables, and from another operation of the same document", async () => {
    const [a, b] = [await store(service), await store(service)];
    expect((await ask(DETAIL, { id: a })).data.job.id).toBe(a);
    expect((await ask(DETAIL, { id: b })).data.job.id).toBe(b);
    const document = `query A { job(id: "${a}") { id } } query B { job(id: "${b}") { id } }`;
    const operation = async (operationName: string) =>
      (await service.post(JSON.stringify({ query: document, operationName }))).data.job.id;
    expect([await operation("A"), await operation("B"), await operation("A")]).toEqual([a, b, a]);
  });

  it("differs from the same query with a digit that a double would lose", async () => {
    await store(service, { project: "exact", estimate: estimate({ totalMonthlyCost: "9007199254740993" }) });
    const least = (amount: string) =>
      service.post(
        `{"query": "query ($d: Decimal) { jobs(filter: { project: \\"exact\\", minTotalMonthlyCost: $d }) { nodes { id } } }", "variables": {"d": ${amount}}}`,
      );
    expect((await least("9007199254740993")).data.jobs.nodes).toHaveLength(1);
    expect((await least("9007199254740994")).data.jobs.nodes).toHaveLength(0);
  });

  it("of two jobs is answered without another comparison", async () => {
    const base = await store(service);
    const target = await store(service, { estimate: estimate({ byResource: [resource({ region: "x" })] }) });
    const compare = `query ($base: ID!, $target: ID!) {
      compareJobs(baseJobId: $base, targetJobId: $target) { delta summary { unchanged { resourceCount } } regions { key } }
    }`;
    const first = await ask(compare, { base, target });
    expect(first.statements).toContain("comparison.changes");
    const second = await ask(compare, { base, target });
    expect([second.data, second.statements]).toEqual([first.data, ["jobs.again"]]);
  });

  it.each([
    ["a count", "{ jobs(first: 1) { totalCount } }"],
    ["a trend", "{ costTrend { series { key } } }"],
    ["the most expensive resources", "{ topResources { resourceId } }"],
    ["what is out of line", "{ costAnomalies { reason } }"],
  ])("is executed again when any store may change it: %s", async (_what, query) => {
    const first = await ask(query);
    expect((await ask(query)).statements).toEqual(first.statements);
  });

  it("fails again with the same message", async () => {
    const [first, second] = [
      await ask("{ jobs(first: 0) { nodes { id } } }"),
      await ask("{ jobs(first: 0) { nodes { id } } }"),
    ];
    expect(first.errors).toEqual(second.errors);
    expect(first.errors?.[0]?.extensions.code).toBe("BAD_USER_INPUT");
  });

  it("fails with the path of the field when the database fails during the check", async () => {
    await store(service, { project: "fails" });
    await ask(DASHBOARD, { project: "fails" });
    await service.sql("alter table jobs rename to gone");
    const { status, errors } = await ask(DASHBOARD, { project: "fails" });
    await service.sql("alter table gone rename to jobs");
    expect(status).toBe(200);
    expect(errors).toMatchObject([{ path: ["jobs"], extensions: { code: "INTERNAL_SERVER_ERROR" } }]);
  });

  it("is executed again when the cache is disabled", async () => {
    await store(uncached);
    const statements = () => statementsOf(() => uncached.query("{ jobs { nodes { id } } }"));
    expect([await statements(), await statements()]).toEqual([["jobs.list"], ["jobs.list"]]);
  });
});

describe("A GET of immutable data", () => {
  const get = (query: string, headers: Record<string, string> = {}) =>
    fetch(`${service.url}/graphql?query=${encodeURIComponent(query)}`, {
      headers,
    });

  it("is immutable, the first time and the second", async () => {
    const id = await store(service);
    for (const _ of [1, 2]) {
      const answer = await get(`{ job(id: "${id}") { id totalMonthlyCost } }`);
      expect(answer.headers.get("cache-control")).toBe("max-age=31536000, immutable");
      expect(answer.headers.get("etag")).toMatch(/^W\/"[\w-]+"$/);
    }
  });

  it("is answered with 304 and no body when the client has it", async () => {
    const query = `{ job(id: "${await store(service)}") { id } }`;
    const etag = (await get(query)).headers.get("etag") ?? "";
    for (const known of [etag, etag.slice("W/".length), `"another", ${etag}`, "*"]) {
      const answer = await get(query, { "if-none-match": known });
      expect([answer.status, await answer.text()]).toEqual([304, ""]);
    }
    expect((await get(query, { "if-none-match": '"another"' })).status).toBe(200);
  });

  it("varies by token, accepted types and origin", async () => {
    const answer = await get(`{ job(id: "${await store(service)}") { id } }`, {
      origin: "https://dashboard.example",
    });
    const varies = answer.headers.get("vary")?.toLowerCase().split(", ").sort();
    expect(varies).toEqual(["accept", "accept-encoding", "authorization", "origin"]);
  });

  it.each([
    ["a list", () => "{ jobs { nodes { id } } }"],
    ["a job that is not there", () => `{ job(id: "${crypto.randomUUID()}") { id } }`],
    ["a job's place among others", (id: string) => `{ job(id: "${id}") { previous { id } } }`],
    ["nothing stored", () => "{ __typename }"],
  ])("does not include %s, which no cache may store", async (_what, query) => {
    const answer = await get(query(await store(service, { project: "places" })));
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([200, "no-store"]);
  });
});
