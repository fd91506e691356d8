import { readFile } from "node:fs/promises";
import type { MikroORM } from "@mikro-orm/postgresql";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectOrm } from "../../src/database/connect.ts";
import { Database } from "../../src/database/database.ts";
import { migrateDown, migrateUp, migrationStatus } from "../../src/database/migrate.ts";
import { migrations } from "../../src/database/migrations.ts";
import { firstRow, rows, sql } from "../../src/database/sql.ts";
import { migrationListFile, migrationListText } from "../../tools/migration-list.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

const names = migrations.map(({ name }) => name);

let database: TestDatabase;
let orm: MikroORM;

const connect = () => connectOrm({ url: database.url, poolSize: 2, log: pino({ level: "silent" }) });

beforeEach(async () => {
  database = await createTestDatabase();
  orm = await connect();
});
afterEach(async () => {
  await orm.close();
  await database.drop();
});

async function tables(): Promise<string[]> {
  const found = await rows(
    new Database(orm.em.fork()),
    { name: "test" },
    sql<{ name: string }>`select table_name as name from information_schema.tables
      where table_schema = 'public' and table_name <> 'schema_migrations'`,
  );
  return found.map(({ name }) => name);
}

async function emptyDatabase(): Promise<void> {
  await rows(new Database(orm.em.fork()), { name: "test" }, sql`drop schema public cascade`);
  await rows(new Database(orm.em.fork()), { name: "test" }, sql`create schema public`);
}

describe("The migrations", () => {
  it("leave no difference to the entities", async () => {
    expect(await orm.schema.getUpdateSchemaSQL()).toBe("");
  });

  it("have a snapshot that is no different from the entities either", async () => {
    expect(await orm.migrator.checkSchema()).toBe(false);
  });

  it("are all in the generated list (npm run migration)", async () => {
    expect(await readFile(migrationListFile, "utf8")).toBe(await migrationListText());
  });

  it("go down until nothing is left, and up again to the same", async () => {
    const before = await tables();
    expect(before.length).toBeGreaterThan(0);
    const undone: (string | undefined)[] = [];
    for (const _ of names) undone.push(await migrateDown(orm));
    expect(undone).toEqual(names.toReversed());
    expect(await tables()).toEqual([]);
    expect((await migrationStatus(orm)).map(({ executedAt }) => executedAt)).toEqual(
      names.map(() => undefined),
    );
    expect(await migrateDown(orm)).toBeUndefined();

    expect(await migrateUp(orm)).toEqual(names);
    expect((await tables()).toSorted()).toEqual(before.toSorted());
    expect(await orm.schema.getUpdateSchemaSQL()).toBe("");
    expect((await migrationStatus(orm)).every(({ executedAt }) => executedAt instanceof Date)).toBe(true);
    expect(await migrateUp(orm)).toEqual([]);
  });

  it("run once when five servers start at the same moment on an empty database", async () => {
    await emptyDatabase();
    const servers = await Promise.all(Array.from({ length: 5 }, connect));
    const ran = await Promise.all(servers.map(migrateUp));
    await Promise.all(servers.map((server) => server.close()));
    expect(ran.flat()).toEqual(names);
  });

  it("leave nothing behind when one of them fails, not even the lock", async () => {
    await emptyDatabase();
    await rows(
      new Database(orm.em.fork()),
      { name: "test" },
      sql`create table region_costs (in_the_way int)`,
    );
    const server = await connect();
    await expect(migrateUp(server)).rejects.toThrow("region_costs");
    await server.close();
    expect(await tables()).toEqual(["region_costs"]);
    const locks = sql<{ count: number }>`select count(*) from pg_locks where locktype = 'advisory'
      and database = (select oid from pg_database where datname = current_database())`;
    expect(await firstRow(new Database(orm.em.fork()), { name: "test" }, locks)).toEqual({ count: 0 });
  });
});
