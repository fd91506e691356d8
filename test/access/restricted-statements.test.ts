import { glob, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { MikroORM } from "@mikro-orm/postgresql";
import { CompiledQuery } from "kysely";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectOrm } from "../../src/database/connect.ts";
import { Database, restrictedTo } from "../../src/database/database.ts";
import { rows, sql } from "../../src/database/sql.ts";
import { store } from "../support/estimates.ts";
import { startService } from "../support/service.ts";

const service = startService();
let orm: MikroORM;
let mine: string;

beforeAll(async () => {
  mine = await store(service, { project: "mine" });
  await store(service, { project: "theirs" });
  await store(service, {});
  orm = await connectOrm({
    url: service.databaseUrl,
    poolSize: 2,
    role: "results_storage_server",
    log: pino({ level: "silent" }),
  });
});
afterAll(() => orm.close());

/** A Database with these visible projects. */
const seeing = (...projects: string[]) => new Database(orm.em.fork(), projects);

describe("A statement of a bound viewer", () => {
  it.each([
    ["without a condition", "select id from jobs"],
    ["with a comment", "/* jobs.some */\n      select id from jobs"],
    ["with an alias", "select everything.id from jobs as everything"],
    ["with WITH", "with few as (select id from jobs) select id from few"],
    ["with WITH on a line of its own", "\n      WITH few as (select id from jobs) table few"],
    ["with another inside", "select again.id from (/* jobs.some */ select id from jobs) as again"],
    ["on parts", "select distinct job_id as id from cost_results"],
    [
      "on parts of named jobs",
      "select job_id as id from unnest(array(select id from jobs)) as jobs (id) cross join lateral (select job_id from service_costs where job_id = jobs.id) as part group by job_id",
    ],
  ])("%s reads its own", async (_name, text) => {
    expect(await rows(seeing("mine"), { name: "test" }, sql.raw(text))).toEqual([{ id: mine }]);
    expect(await rows(seeing("mine"), { name: "test", prepared: true }, sql.raw(text))).toEqual([
      { id: mine },
    ]);
    expect(await rows(seeing("theirs"), { name: "test" }, sql.raw(text))).not.toContainEqual({ id: mine });
    expect(await rows(seeing("mine", "theirs"), { name: "test" }, sql.raw(text))).toHaveLength(2);
    expect(await rows(new Database(orm.em.fork()), { name: "test" }, sql.raw(text))).toHaveLength(3);
  });

  it("reads its own in a transaction, too", async () => {
    const read = seeing("mine").transactional((tx) => rows(tx, { name: "test" }, sql`select id from jobs`));
    expect(await read).toEqual([{ id: mine }]);
  });

  it.each([
    ["that calls something else jobs", "with jobs as (select 1 as id) select id from jobs"],
    ["with a comment in front of WITH", "/* some */ with few as (select id from jobs) table few"],
    ["that is recursive", "with recursive few as (select id from jobs) select id from few"],
  ])("%s does not run at all", async (_name, text) => {
    await expect(rows(seeing("mine"), { name: "test" }, sql.raw(text))).rejects.toThrow(/jobs|syntax/);
  });
});

/**
 * Tables without estimates: a bound viewer has its own keys; it reads purged jobs by its keys; and seals, which
 * are one chain for all, by the jobs that it sees.
 */
const NOT_RESTRICTED = ["idempotency_keys", "purged_jobs", "seals"];

describe("Every table with rows of jobs, also of a later migration,", () => {
  it("is empty for a viewer who may see nothing, unless it is named here", async () => {
    const tables = await service.sql(
      `select relname as name from pg_class
       where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace
         and (relname = 'jobs' or exists (
           select from pg_attribute where attrelid = pg_class.oid and attname = 'job_id'))
       order by relname`,
    );
    const names = tables.map(({ name }) => String(name)).filter((name) => !NOT_RESTRICTED.includes(name));
    expect(names.length).toBeGreaterThanOrEqual(4);
    const explain = (name: string) =>
      service.sql(`explain ${restrictedTo([], CompiledQuery.raw(`select * from ${name}`)).sql}`);
    // PostgreSQL sees before it runs such a statement that it can find nothing.
    for (const name of names) expect(JSON.stringify(await explain(name))).toContain("One-Time Filter: false");
  });
});

describe("The sources", () => {
  it("run SQL in one place, which restricts it", async () => {
    const source = fileURLToPath(new URL("../../src", import.meta.url));
    const running: string[] = [];
    for await (const file of glob("**/*.ts", { cwd: source })) {
      const text = await readFile(`${source}/${file}`, "utf8");
      if (/\.(?:getKysely|executeQuery|getConnection|createQueryBuilder|qb)\(/.test(text)) running.push(file);
    }
    expect(running).toEqual(["database/database.ts"]);
  });
});
