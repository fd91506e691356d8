import type { MikroORM } from "@mikro-orm/postgresql";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { recordTokenUses } from "../../src/access/tokens.ts";
import { createApp } from "../../src/app.ts";
import { readConfig } from "../../src/config.ts";
import { connectOrm } from "../../src/database/connect.ts";
import { Database } from "../../src/database/database.ts";
import { firstRow, rows, sql } from "../../src/database/sql.ts";
import { until } from "../database/embedded/server-process.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { statementsOf } from "../support/statements.ts";
import { createToken } from "./tokens.ts";

const log = pino({ level: "silent" });

let database: TestDatabase;
let orm: MikroORM;

beforeAll(async () => {
  database = await createTestDatabase();
  orm = await connectOrm({ url: database.url, poolSize: 2, log });
});
afterAll(async () => {
  await orm.close();
  await database.drop();
});

interface Use {
  id: string;
  at: Date | null;
}

async function lastUseOf(name: string): Promise<Use> {
  const use = sql<Use>`select id, last_used_at as at from api_tokens where name = ${name}`;
  return (await firstRow(new Database(orm.em.fork()), { name: "test" }, use)) ?? { id: "", at: null };
}

describe("When a token was last used", () => {
  it("is written in one statement now and then, and not with each request", async () => {
    await createToken(database.url, { name: "a" });
    await createToken(database.url, { name: "b" });
    const [a, b] = [await lastUseOf("a"), await lastUseOf("b")];
    const uses = recordTokenUses(orm, log, 20);
    const names = await statementsOf(async () => {
      for (let i = 0; i < 100; i++) uses.record(i % 2 === 0 ? a.id : b.id);
      await until(async () => (await lastUseOf("b")).at !== null);
    });
    await uses.close();
    expect(names.filter((name) => name === "access.writeLastUses")).toHaveLength(1);
    expect((await lastUseOf("a")).at).toBeInstanceOf(Date);
  });

  it("is kept for later when it cannot be written", async () => {
    await createToken(database.url, { name: "kept" });
    const { id } = await lastUseOf("kept");
    await rows(new Database(orm.em.fork()), { name: "test" }, sql`alter table api_tokens rename to gone`);
    const uses = recordTokenUses(orm, log, 3_600_000);
    uses.record(id);
    await uses.close();
    await rows(new Database(orm.em.fork()), { name: "test" }, sql`alter table gone rename to api_tokens`);
    await uses.close();
    expect((await lastUseOf("kept")).at).toBeInstanceOf(Date);
  });

  it("is written when the service stops", async () => {
    const token = await createToken(database.url, { name: "stopped" });
    const config = readConfig({ PORT: "0", DATABASE_URL: database.url });
    const app = await createApp(config, database.url, log);
    const headers = { authorization: `Bearer ${token}` };
    expect((await fetch(`${app.url}/api/v1/jobs`, { headers })).status).toBe(200);
    expect((await lastUseOf("stopped")).at).toBeNull();
    await app.close();
    expect((await lastUseOf("stopped")).at).toBeInstanceOf(Date);
  });
});

describe("The server's role", () => {
  it.each([
    [
      "insert into api_tokens (id, name, hash_prefix, hash, scope) values (gen_random_uuid(), 'x', '', '', 'admin')",
    ],
    ["update api_tokens set scope = 'admin'"],
    ["update api_tokens set projects = null"],
    ["update api_tokens set expires_at = null, last_used_at = null"],
    ["update api_tokens set revoked_at = null"],
    ["delete from api_tokens"],
    ["truncate api_tokens"],
  ])("may not: %s", async (statement) => {
    const attempt = new Database(orm.em.fork()).transactional(async (em) => {
      await rows(em, { name: "test" }, sql`set local role results_storage_server`);
      await rows(em, { name: "test" }, sql.raw(statement));
    });
    await expect(attempt).rejects.toThrow("permission denied for table api_tokens");
  });

  it("may read tokens, and write when they were last used", async () => {
    await new Database(orm.em.fork()).transactional(async (em) => {
      await rows(em, { name: "test" }, sql`set local role results_storage_server`);
      await rows(em, { name: "test" }, sql`update api_tokens set last_used_at = clock_timestamp()`);
      expect(await rows(em, { name: "test" }, sql`select * from api_tokens`)).not.toEqual([]);
    });
  });
});
