import { Client } from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { until } from "../database/embedded/server-process.ts";
import { startService, type TestService } from "../support/service.ts";

const small = startService({ RUNNING_LIMIT: "2" });
const dear = startService({ QUERY_COST_LIMIT: "1000" });
const hasty = startService({ REQUEST_TIMEOUT_S: "1" });

/** Locks the table of jobs, so that every query of it waits. */
async function lockJobs(databaseUrl: string): Promise<Client> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query("begin; lock table jobs in access exclusive mode");
  return client;
}

function ask(url: string, path = "/graphql"): Promise<Response> {
  return path === "/graphql" ? query(url, "{ jobs { nodes { id } } }") : fetch(url + path);
}

function query(url: string, text: string): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return fetch(`${url}/graphql`, { method: "POST", headers, body: JSON.stringify({ query: text }) });
}

/** Waits until this number of sessions waits for a lock. */
async function whenWaiting({ sql }: TestService, count: number): Promise<void> {
  const waiting =
    "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
  while ((await sql(waiting)).length !== count) await new Promise(setImmediate);
}

describe("A server that runs as many requests as it may", () => {
  let lock: Client;
  beforeEach(async () => {
    lock = await lockJobs(small.databaseUrl);
  });
  afterEach(() => lock.end());

  it("refuses the next at once, answers those that run, and then others again", async () => {
    const running = [ask(small.url), ask(small.url, "/api/v1/jobs")];
    await whenWaiting(small, 2);
    for (const path of ["/graphql", "/api/v1/jobs"]) {
      const refused = await ask(small.url, path);
      expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
      expect(await refused.text()).toContain("SERVICE_UNAVAILABLE");
    }
    expect((await fetch(`${small.url}/health/live`)).status).toBe(200);
    await lock.query("rollback");
    expect((await Promise.all(running)).map(({ status }) => status)).toEqual([200, 200]);
    await Promise.all(running.map(async (answer) => (await answer).text()));
    expect((await ask(small.url)).status).toBe(200);
  });

  it("keeps a quarter as many places for exports, beside those of the others", async () => {
    const exportPath = "/api/v1/jobs/00000000-0000-4000-8000-000000000000/resources.csv";
    const sent = ask(small.url, exportPath);
    await whenWaiting(small, 1);
    const refused = await ask(small.url, exportPath);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await refused.text()).toContain("sends 1 other export at the moment");
    const others = [ask(small.url), ask(small.url, "/api/v1/jobs")];
    await whenWaiting(small, 3);
    await lock.query("rollback");
    expect((await sent).status).toBe(404);
    expect((await Promise.all(others)).map(({ status }) => status)).toEqual([200, 200]);
    await Promise.all(others.map(async (answer) => (await answer).text()));
    expect((await ask(small.url, exportPath)).status).toBe(404);
  });
});

describe("Queries that cost most of what one may", () => {
  it("run three at a time, the next is refused, and cheap ones are answered", async () => {
    const heavy = "{ jobs(first: 100) { nodes { id project branch userId currency profile commitSha } } }";
    const lock = await lockJobs(dear.databaseUrl);
    const running = [1, 2, 3].map(() => query(dear.url, heavy));
    await whenWaiting(dear, 3);
    const refused = await query(dear.url, heavy);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: "SERVICE_UNAVAILABLE" } }] });
    expect((await query(dear.url, "{ __typename }")).status).toBe(200);
    await lock.end();
    expect((await Promise.all(running)).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await query(dear.url, heavy)).status).toBe(200);
  });
});

describe("An answer that takes too long", () => {
  it.each(["/graphql", "/api/v1/jobs"])("is given up, and the next is given: %s", async (path) => {
    const lock = await lockJobs(hasty.databaseUrl);
    const late = await ask(hasty.url, path);
    expect([late.status, late.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(await late.text()).toContain("The request took longer than 1 s");
    await lock.end();
    // On a busy machine the next request may time out too.
    await until(async () => (await ask(hasty.url, path)).status === 200);
  });
});
