import { CompiledQuery, Kysely, PostgresDialect, type PostgresPool, sql } from "kysely";
import { Client, Pool, type PoolClient } from "pg";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createOrm } from "../../src/database/connect.ts";
import { Database } from "../../src/database/database.ts";
import { databaseFault } from "../../src/database/faults.ts";
import { cancelledBy, type Guard, guardPool } from "../../src/database/guarded-pool.ts";
import { rows } from "../../src/database/sql.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { until } from "./embedded/server-process.ts";

let database: TestDatabase;
let outside: Client;
let end: () => Promise<unknown> = async () => {};

beforeAll(async () => {
  database = await createTestDatabase();
  outside = new Client({ connectionString: database.url });
  await outside.connect();
});
afterEach(() => end());
afterAll(async () => {
  await outside.end();
  await database.drop();
});

/** A pool of one connection, which a single leak exhausts. */
function poolOfOne(): Pool {
  const pool = new Pool({
    connectionString: database.url,
    application_name: "pool of one",
    max: 1,
    connectionTimeoutMillis: 1_000,
  });
  pool.on("error", () => undefined);
  pool.on("connect", (client) => client.on("error", () => undefined));
  return pool;
}

function guarded(guard: Partial<Guard> = {}): PostgresPool {
  const pool = guardPool(poolOfOne(), { silenceMs: undefined, onSilence: () => undefined, ...guard });
  end = pool.end;
  return pool;
}

/** Ends the pool's connection from outside, as PostgreSQL's death does, and waits until it is gone. */
async function terminate(): Promise<void> {
  await outside.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'pool of one'",
  );
  await until(async () => (await backends()).length === 0);
}

/** What PostgreSQL is doing for the pool, connection by connection. */
async function backends(): Promise<string[]> {
  const { rows } = await outside.query<{ doing: string }>(
    "select state || ': ' || query as doing from pg_stat_activity where application_name = 'pool of one'",
  );
  return rows.map(({ doing }) => doing);
}

const one = CompiledQuery.raw("select 1 as one");

async function failAtBegin(pool: PostgresPool): Promise<Kysely<unknown>> {
  let terminated = false;
  const onReserveConnection = async () => {
    if (!terminated) await terminate();
    terminated = true;
  };
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool, onReserveConnection }) });
  await expect(db.startTransaction().execute()).rejects.toThrow();
  return db;
}

async function failAtRollback(pool: PostgresPool): Promise<Kysely<unknown>> {
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  const transaction = await db.startTransaction().execute();
  await transaction.executeQuery(one);
  await terminate();
  await expect(transaction.rollback().execute()).rejects.toThrow();
  return db;
}

describe("A connection that breaks", () => {
  it("goes back to the pool when BEGIN fails on it", async () => {
    const db = await failAtBegin(guarded());
    expect((await db.executeQuery(one)).rows).toEqual([{ one: 1 }]);
  });

  it("goes back to the pool when ROLLBACK fails on it", async () => {
    const db = await failAtRollback(guarded());
    expect((await db.executeQuery(one)).rows).toEqual([{ one: 1 }]);
  });

  it("may still be released by who has it", async () => {
    const pool = guarded();
    const client = (await pool.connect()) as PoolClient;
    const ended = new Promise((resolve) => client.once("end", resolve));
    await terminate();
    await ended;
    client.release();
    const next = await pool.connect();
    expect((await next.query("select 1 as one", [])).rows).toEqual([{ one: 1 }]);
    next.release();
  });
});

describe("A connection on which PostgreSQL says nothing", () => {
  it("is closed after a time limit, reported, and replaced", async () => {
    const silences: number[] = [];
    const pool = guarded({ silenceMs: 500, onSilence: (ms) => silences.push(ms) });
    const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
    const failure = await sql`select pg_sleep(60)`.execute(db).catch((error: unknown) => error);
    expect(databaseFault(failure)).toContain("cannot be reached");
    expect(silences).toHaveLength(1);
    expect((await db.executeQuery(one)).rows).toEqual([{ one: 1 }]);
    // PostgreSQL may need a moment to end the statement.
    await until(async () => (await backends()).join() === "idle: select 1 as one", 30_000);
  });
});

describe("A statement whose user is cancelled", () => {
  it("is stopped in PostgreSQL too, and fails with the reason", async () => {
    const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: guarded() }) });
    const cancel = new AbortController();
    const running = cancelledBy(cancel.signal, () => sql`select pg_sleep(60)`.execute(db));
    await until(async () => (await backends()).includes("active: select pg_sleep(60)"));
    cancel.abort(new Error("enough"));
    await expect(running).rejects.toThrow("enough");
    await until(async () => (await backends()).length === 0);
    expect((await db.executeQuery(one)).rows).toEqual([{ one: 1 }]);
  });

  it("is not begun when it was cancelled before", async () => {
    const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: guarded() }) });
    const running = cancelledBy(AbortSignal.abort(new Error("too late")), () => db.executeQuery(one));
    await expect(running).rejects.toThrow("too late");
  });
});

it("A guarded pool ends though a statement that nobody ends is running", async () => {
  const pool = guarded();
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  const running = sql`select pg_sleep(60)`.execute(db).catch((error: unknown) => error);
  await until(async () => (await backends()).includes("active: select pg_sleep(60)"));
  end = async () => {};
  await pool.end();
  expect(await running).toBeInstanceOf(Error);
});

describe("A connection that is being opened while the pool ends", () => {
  it("fails a statement of the ORM as an unreachable database does", async () => {
    const orm = await createOrm({ url: database.url, poolSize: 1, log: pino({ level: "silent" }) });
    const failure = rows(new Database(orm.em.fork()), { name: "test" }, sql`select 1 as one`).catch(
      (error: unknown) => error,
    );
    await orm.close();
    expect(databaseFault(await failure)).toContain("cannot be reached");
  });
});
