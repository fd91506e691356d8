import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { compareAnswers, type StoredJob, storeJobs } from "../support/compared-answers.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import {
  installedPgBouncer,
  type PgBouncer,
  type PgBouncerSettings,
  startPgBouncer,
} from "../support/pgbouncer.ts";
import { type Served, said, serve, stop, urlOf, warningsOf } from "../support/served.ts";

const version = await installedPgBouncer();
/** Where it has to be installed, its absence is a failure. */
const skipped = version === undefined && !process.env.CI;
const title = skipped
  ? "PgBouncer is not installed (apt-get install pgbouncer): not tested"
  : `PgBouncer ${version}`;

let database: TestDatabase;
let jobs: StoredJob[];
let pgBouncer: PgBouncer | undefined;

beforeAll(async () => {
  database = await createTestDatabase();
  jobs = await storeJobs(await urlOf(serve({ DATABASE_URL: database.url })));
});
afterEach(async () => {
  await pgBouncer?.stop();
  pgBouncer = undefined;
});
afterAll(() => database.drop());

/** Starts a number of servers behind PgBouncer. */
async function serveBehind<Count extends 1 | 2>(settings: PgBouncerSettings, count: Count) {
  pgBouncer = await startPgBouncer(database.url, settings);
  const { url } = pgBouncer;
  const servers = Array.from({ length: count }, () => serve({ DATABASE_URL: url, CACHE_MB: "0" }));
  return servers as { 1: [Served]; 2: [Served, Served] }[Count];
}

describe.skipIf(skipped)(title, () => {
  it("in transaction mode: two servers with different filters answer with the jobs of their own", async () => {
    const servers = await serveBehind({ pool_mode: "transaction", default_pool_size: 4 }, 2);
    const compared = await compareAnswers(await Promise.all(servers.map(urlOf)), jobs, {
      requests: 600,
      clients: 8,
    });
    expect(compared).toEqual({ right: 600, others: [] });
  });

  it("in transaction mode: a server answers 24 clients over 4 connections", async () => {
    const servers = await serveBehind({ pool_mode: "transaction", default_pool_size: 4 }, 1);
    const compared = await compareAnswers(await Promise.all(servers.map(urlOf)), jobs, {
      requests: 600,
      clients: 24,
    });
    expect(compared).toEqual({ right: 600, others: [] });
  });

  it("in session mode: a server answers 8 clients", async () => {
    const servers = await serveBehind({ pool_mode: "session", default_pool_size: 20 }, 1);
    const compared = await compareAnswers(await Promise.all(servers.map(urlOf)), jobs, {
      requests: 200,
      clients: 8,
    });
    expect(compared).toEqual({ right: 200, others: [] });
  });

  it("that is set up as docs/operations/deploy.md says gives a server no reason to warn as it starts", async () => {
    const [server] = await serveBehind({ pool_mode: "transaction" }, 1);
    await urlOf(server);
    await stop(server);
    expect(warningsOf(server)).toEqual([]);
  });

  it("in statement mode: a server waits, and says which mode it needs", async () => {
    const [server] = await serveBehind({ pool_mode: "statement" }, 1);
    const warning = await said(server, () =>
      warningsOf(server).find((message) => message.startsWith("Waiting")),
    );
    expect(warning).toContain(
      "transaction blocks not allowed in statement pooling mode. The service needs transactions: set pool_mode = " +
        "transaction or session in the pooler.",
    );
  });

  it("that refuses options: a server waits, and says what PgBouncer is to ignore", async () => {
    const [server] = await serveBehind({ pool_mode: "transaction", ignore_startup_parameters: "" }, 1);
    const warning = await said(server, () =>
      warningsOf(server).find((message) => message.startsWith("Waiting")),
    );
    expect(warning).toContain('Let the pooler ignore the startup parameter "options"');
  });
});
