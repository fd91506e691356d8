import type { MikroORM } from "@mikro-orm/postgresql";
import { Client } from "pg";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createOrm } from "../../src/database/connect.ts";
import { Database } from "../../src/database/database.ts";
import { databaseFault } from "../../src/database/faults.ts";
import { firstRow, rows, sql } from "../../src/database/sql.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;
let orm: MikroORM;

beforeAll(async () => {
  database = await createTestDatabase();
  orm = await createOrm({
    url: database.url,
    poolSize: 2,
    role: "results_storage_server",
    timeouts: { connectMs: 5_000, statementMs: 300, lockMs: 100, idleInTransactionMs: 200 },
    log: pino({ level: "silent" }),
  });
});
afterAll(async () => {
  await orm.close();
  await database.drop();
});

const TOO_LONG = expect.stringContaining("exceeded its time limit");

describe("A session of the server", () => {
  it("has the timeouts beside the role", async () => {
    const settings = await firstRow(
      new Database(orm.em.fork()),
      { name: "test" },
      sql`select current_user as role, current_setting('statement_timeout') as statement,
        current_setting('lock_timeout') as lock, current_setting('idle_in_transaction_session_timeout') as idle`,
    );
    expect(settings).toEqual({
      role: "results_storage_server",
      statement: "300ms",
      lock: "100ms",
      idle: "200ms",
    });
  });

  it("gives up a statement that takes too long", async () => {
    const failure = await rows(new Database(orm.em.fork()), { name: "test" }, sql`select pg_sleep(10)`).catch(
      (error: unknown) => error,
    );
    expect(databaseFault(failure)).toEqual(TOO_LONG);
  });

  it("gives up waiting for a lock", async () => {
    const blocker = new Client({ connectionString: database.url });
    await blocker.connect();
    await blocker.query("begin; lock table jobs in access exclusive mode");
    const failure = await rows(new Database(orm.em.fork()), { name: "test" }, sql`select from jobs`).catch(
      (error: unknown) => error,
    );
    await blocker.end();
    expect(databaseFault(failure)).toEqual(TOO_LONG);
  });

  it("loses a transaction in which nothing goes on, and its connection is replaced", async () => {
    const idle = new Database(orm.em.fork()).transactional(async (em) => {
      await rows(em, { name: "test" }, sql`select 1`);
      await new Promise((resolve) => setTimeout(resolve, 600));
      await rows(em, { name: "test" }, sql`select 1`);
    });
    const failure = await idle.catch((error: unknown) => error);
    expect(databaseFault(failure)).toEqual(expect.stringContaining("cannot be reached"));
    expect(
      await Promise.all(
        [1, 2, 3].map((n) => rows(new Database(orm.em.fork()), { name: "test" }, sql`select ${n}::int as n`)),
      ),
    ).toEqual([[{ n: 1 }], [{ n: 2 }], [{ n: 3 }]]);
  });
});
