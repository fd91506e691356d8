import type { MikroORM } from "@mikro-orm/postgresql";
import { CompiledQuery } from "kysely";
import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createOrm, type DatabaseOptions } from "../../src/database/connect.ts";
import { Database } from "../../src/database/database.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { createTestLog } from "../support/log-lines.ts";

let database: TestDatabase;
let orm: MikroORM;

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  await orm?.close();
  orm = await open();
});
afterAll(async () => {
  await orm.close();
  await database.drop();
});

/** A pool of one connection, whose statements can be looked at. */
function open(options: Partial<DatabaseOptions> = {}): Promise<MikroORM> {
  return createOrm({ url: database.url, poolSize: 1, log: pino({ level: "silent" }), ...options });
}

/** Runs a statement that is to be prepared. */
function runPrepared(db: Database, expression: string, parameters: readonly unknown[] = []) {
  return db.execute(
    { name: "test", prepared: true },
    CompiledQuery.raw(`select ${expression} as value`, [...parameters]),
  );
}

function runPlain(db: Database, text: string) {
  return db.execute({ name: "test" }, CompiledQuery.raw(text));
}

/** The names of the statements that the connection has prepared. */
async function namesOf(db: Database): Promise<string[]> {
  const rows = await runPlain(db, "select name from pg_prepared_statements order by prepare_time");
  return rows.map((row) => (row as { name: string }).name);
}

describe("A connection", () => {
  it("prepares a statement that says so once, under a name that PostgreSQL does not cut", async () => {
    const db = new Database(orm.em.fork());
    expect(await runPrepared(db, "$1::int", [1])).toEqual([{ value: 1 }]);
    expect(await runPrepared(db, "$1::int", [2])).toEqual([{ value: 2 }]);
    expect(await namesOf(db)).toEqual([expect.stringMatching(/^results_storage_[\w-]{43}$/)]);
  });

  it("gives the same text another name where its session has other options", async () => {
    const url = new URL(database.url);
    url.searchParams.set("options", "-c search_path=elsewhere");
    const other = await open({ url: url.href });
    const names: string[] = [];
    for (const db of [new Database(orm.em.fork()), new Database(other.em.fork())]) {
      await runPrepared(db, "1");
      names.push(...(await namesOf(db)));
    }
    await other.close();
    expect(new Set(names).size).toBe(2);
  });

  it("prepares nothing in a transaction, which its failure would end", async () => {
    await new Database(orm.em.fork()).transactional(async (tx) => {
      expect(await runPrepared(tx, "1")).toEqual([{ value: 1 }]);
      expect(await namesOf(tx)).toEqual([]);
    });
  });

  it("prepares 256 statements at most, however often these are replaced", async () => {
    const db = new Database(orm.em.fork());
    for (let count = 0; count < 200; count++) await runPrepared(db, `${count}`);
    await runPlain(db, "create table changing (value int)");
    for (let change = 0; change < 120; change++) {
      await runPlain(db, `alter table changing alter value type ${change % 2 === 0 ? "bigint" : "int"}`);
      expect(await runPrepared(db, "(select max(value) from changing)")).toEqual([{ value: null }]);
    }
    expect((await namesOf(db)).length).toBe(256);
  });

  it.each(["discard all", "deallocate all"])(
    "goes on after %s, without prepared statements",
    async (statement) => {
      const { log, texts } = createTestLog();
      await orm.close();
      orm = await open({ log });
      const db = new Database(orm.em.fork());
      await runPrepared(db, "$1::int", [1]);
      await runPlain(db, statement);
      expect(await runPrepared(db, "$1::int", [2])).toEqual([{ value: 2 }]);
      expect(await runPrepared(db, "$1::int", [3])).toEqual([{ value: 3 }]);
      expect(await namesOf(db)).toEqual([]);
      expect(texts.filter((text) => text.includes("max_prepared_statements"))).toHaveLength(1);
    },
  );

  it("fails with what is wrong with a statement, prepared or not", async () => {
    const db = new Database(orm.em.fork());
    await expect(runPrepared(db, "1 / $1::int", [0])).rejects.toThrow("division by zero");
    await expect(runPrepared(db, "missing")).rejects.toThrow('column "missing" does not exist');
    expect(await runPrepared(db, "1 / $1::int", [1])).toEqual([{ value: 1 }]);
  });
});
