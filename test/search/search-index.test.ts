import { readFile } from "node:fs/promises";
import { Client } from "pg";
import { pino } from "pino";
import { afterAll, describe, expect, it } from "vitest";
import { connectOrm } from "../../src/database/connect.ts";
import { migrateDown, migrateUp } from "../../src/database/migrate.ts";
import { NEWEST_JOBS } from "../../src/search/jobs.sql.ts";
import { createTestDatabase } from "../support/database.ts";
import { store } from "../support/estimates.ts";
import { createTestLog } from "../support/log-lines.ts";
import { pastTriggers } from "../support/past-triggers.ts";
import { startService, type TestService } from "../support/service.ts";
import { insertNewestJobs } from "./naive-search.ts";

const SEARCH = "20261128-search";
const LIMITED = "limited_owner";

async function run(url: string, ...statements: string[]): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    let found: Record<string, unknown>[] = [];
    for (const statement of statements) found = (await client.query(statement)).rows;
    return found;
  } finally {
    await client.end();
  }
}

/** The statements of the documentation for a database without the index. */
async function documentedStatements(): Promise<string[]> {
  const text = await readFile(new URL("../../docs/operations/deploy.md", import.meta.url), "utf8");
  const [, sql = ""] = /```sql\n(create extension [^`]*)```/.exec(text) ?? [];
  return sql.split(";").filter((statement) => statement.trim() !== "");
}

const WARNING = "The database has no index of trigrams";

/** The number of jobs that a search finds by the middle of their branches. */
async function foundByPart(service: TestService): Promise<number> {
  const { data } = await service.query('{ search(text: "iddl") { ... on Job { id } } }');
  return data.search.length;
}

describe("A server without the index of trigrams", () => {
  const { log, texts } = createTestLog();
  const service = startService(
    {},
    { log, prepare: async (url) => void (await run(url, "drop extension pg_trgm cascade")) },
  );

  it("warns at its start, and uses the index from the time when an administrator has created it", async () => {
    expect(texts.filter((text) => text.includes(WARNING))).toHaveLength(1);
    await store(service, { project: "shop", branch: "the middle" });
    await pastTriggers(service, insertNewestJobs(NEWEST_JOBS).replaceAll("2026-06-01", "2999-06-01"));
    expect(await foundByPart(service)).toBe(0);
    await run(service.databaseUrl, ...(await documentedStatements()));
    expect(await foundByPart(service)).toBe(1);
  });
});

describe("A server with the index of trigrams", () => {
  const { log, texts } = createTestLog();
  const service = startService({}, { log });

  it("does not warn", async () => {
    expect(await foundByPart(service)).toBe(0);
    expect(texts.filter((text) => text.includes(WARNING))).toEqual([]);
  });
});

describe("The migration", () => {
  let drop: (() => Promise<void>) | undefined;
  afterAll(() => drop?.());

  it("goes on without pg_trgm if the owner of the tables may not create it", async () => {
    const database = await createTestDatabase();
    drop = database.drop;
    const connect = (url: string) => connectOrm({ url, poolSize: 2, log: pino({ level: "silent" }) });
    const owner = await connect(database.url);
    expect(await migrateDown(owner)).toBe(SEARCH);
    await owner.close();
    const name = new URL(database.url).pathname.slice(1);
    await run(
      database.url,
      "drop extension pg_trgm",
      `create role ${LIMITED} login password 'secret'`,
      `grant create on schema public to ${LIMITED}`,
      // Not of the database.
      `alter table jobs owner to ${LIMITED}`,
      `grant all on schema_migrations to ${LIMITED}`,
      `grant usage on all sequences in schema public to ${LIMITED}`,
      `revoke create on database ${name} from public`,
    );
    const url = new URL(database.url);
    url.username = LIMITED;
    url.password = "secret";
    const limited = await connect(url.href);
    expect(await migrateUp(limited)).toEqual([SEARCH]);
    await limited.close();
    const indexes = await run(
      database.url,
      "select indexname from pg_indexes where indexname like 'idx_jobs_search%'",
    );
    expect(indexes).toEqual([{ indexname: "idx_jobs_search_prefix" }]);
    await run(
      database.url,
      `reassign owned by ${LIMITED} to results_storage`,
      `drop owned by ${LIMITED}`,
      `drop role ${LIMITED}`,
    );
  });
});
