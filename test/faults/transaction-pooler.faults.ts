import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compareAnswers, type StoredJob, storeJobs } from "../support/compared-answers.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { type Served, serve, stop, urlOf, warningsOf } from "../support/served.ts";
import { sqlAs } from "../support/sql-as.ts";
import { type TransactionPooler, transactionPooler } from "../support/transaction-pooler.ts";

let database: TestDatabase;
let pooler: TransactionPooler;
let jobs: StoredJob[];

beforeAll(async () => {
  database = await createTestDatabase();
  pooler = await transactionPooler(database.url);
  jobs = await storeJobs(await urlOf(serve({ DATABASE_URL: database.url })));
});
afterAll(async () => {
  await pooler.close();
  await database.drop();
});

/** Each request is a transaction of PostgreSQL's: nothing is kept, and nothing sealed beside. */
function serveBehindPooler(environment: Readonly<Record<string, string>> = {}): Served {
  return serve({ DATABASE_URL: pooler.url, SEAL_INTERVAL_SECONDS: "0", CACHE_MB: "0", ...environment });
}

/** How many statements are prepared on the pooler's connections, which take turns. */
async function preparedStatements(): Promise<number> {
  const client = new Client({ connectionString: pooler.url });
  await client.connect();
  let count = 0;
  for (let turn = 0; turn < 2; turn++) {
    const { rows } = await client.query("select count(*)::int as count from pg_prepared_statements");
    count += rows[0].count;
  }
  await client.end();
  return count;
}

/** How many jobs are stored with a key of their own. */
async function storedWithKeys(): Promise<unknown> {
  const [counts] = await sqlAs(
    database.url,
    undefined,
    "select count(*)::int as jobs, count(distinct key)::int as keys from jobs join idempotency_keys on job_id = jobs.id",
  );
  return counts;
}

describe("Behind a pooler that hands each transaction to the next of two connections", () => {
  it("servers with filters of their own answer with the jobs of these, and store each estimate once", async () => {
    const urls = await Promise.all([urlOf(serveBehindPooler()), urlOf(serveBehindPooler())]);
    const compared = await compareAnswers(urls, jobs, { requests: 200, clients: 4 });
    expect(compared).toEqual({ right: 200, others: [] });
    expect(await storedWithKeys()).toEqual({ jobs: 20, keys: 20 });
  });

  it("a server answers 24 clients at the same time", async () => {
    const url = await urlOf(serveBehindPooler());
    const compared = await compareAnswers([url], jobs, { requests: 200, clients: 24 });
    expect(compared).toEqual({ right: 200, others: [] });
  });

  it("a server says once that the pooler loses prepared statements, and what to do", async () => {
    const server = serveBehindPooler();
    await compareAnswers([await urlOf(server)], jobs, { requests: 50, clients: 4 });
    await stop(server);
    expect(warningsOf(server).filter((message) => message.includes("prepared"))).toEqual([
      expect.stringContaining("Use PgBouncer 1.21 or later with max_prepared_statements"),
    ]);
  });

  it("a server says that the pooler drops its timeouts, and who can set them", async () => {
    const server = serveBehindPooler({ DATABASE_LOCK_TIMEOUT_S: "3" });
    await urlOf(server);
    await stop(server);
    expect(warningsOf(server)).toEqual([
      "A connection pooler in front of PostgreSQL ignores the timeouts that the connections of the server set. Let an " +
        "administrator run: alter role results_storage set idle_in_transaction_session_timeout = '30000ms'; " +
        "alter role results_storage set lock_timeout = '3000ms'; " +
        "alter role results_storage set statement_timeout = '30000ms'",
    ]);
  });

  it("DATABASE_PREPARED_STATEMENTS=off prepares none, and warns of none", async () => {
    const before = await preparedStatements();
    const server = serveBehindPooler({ DATABASE_PREPARED_STATEMENTS: "off" });
    const compared = await compareAnswers([await urlOf(server)], jobs, { requests: 50, clients: 4 });
    await stop(server);
    expect(compared).toEqual({ right: 50, others: [] });
    expect(await preparedStatements()).toBe(before);
    expect(warningsOf(server).filter((message) => message.includes("prepared"))).toEqual([]);
  });
});
