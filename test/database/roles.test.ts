import { once } from "node:events";
import { rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import type { MikroORM } from "@mikro-orm/postgresql";
import { Client } from "pg";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../../src/app.ts";
import { readConfig } from "../../src/config.ts";
import { connectOrm, createOrm } from "../../src/database/connect.ts";
import { Database } from "../../src/database/database.ts";
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from "../../src/database/embedded/embedded-postgres.ts";
import { migrateDown, migrateUp } from "../../src/database/migrate.ts";
import { migrations } from "../../src/database/migrations.ts";
import { firstRow, rows, sql } from "../../src/database/sql.ts";
import { requirePostgres } from "../../src/database/startup-checks.ts";
import { run } from "../support/command-line.ts";
import { temporaryFolder } from "./embedded/server-process.ts";

const log = pino({ level: "silent" });
const names = migrations.map(({ name }) => name);

const PLAIN = "plain";
const MAKER = "maker";
const MEMBER = "member";

/** A PostgreSQL without the roles, which the migrations of several databases create. */
let folder: string;
let postgres: EmbeddedPostgres;
/** What happened when an owner that may not create roles migrated, before anybody else had. */
let refusedToPlain: string;
/** What ran in the databases migrated_0 to migrated_3, at the same moment. */
let migrated: string[][];

beforeAll(async () => {
  folder = await temporaryFolder();
  postgres = await startEmbeddedPostgres(folder, () => {});
  const databases = [0, 1, 2, 3].map((n) => `migrated_${n}`);
  await administer(
    `create role ${PLAIN} login password 'secret'`,
    `create role ${MAKER} login createrole password 'secret'`,
    `create database plain owner ${PLAIN}`,
    ...[...databases, "empty", "fresh"].map((name) => `create database ${name} owner ${MAKER}`),
  );
  const env = { DATABASE_URL: urlOf(PLAIN, "plain") };
  refusedToPlain = (await run(["migrate", "up"], { env })).stderr;
  migrated = await Promise.all(databases.map((name) => withOrm(urlOf(MAKER, name), migrateUp)));
  await administer(`create role ${MEMBER} login password 'secret' in role results_storage_server`);
});
afterAll(async () => {
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Runs a statement as the superuser. */
async function administer(...statements: string[]): Promise<void> {
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

function urlOf(user: string, database: string): string {
  const url = new URL(postgres.url);
  url.username = user;
  url.password = "secret";
  url.pathname = database;
  return url.href;
}

async function withOrm<Result>(url: string, run: (orm: MikroORM) => Promise<Result>): Promise<Result> {
  const orm = await connectOrm({ url, poolSize: 2, log });
  return run(orm).finally(() => orm.close());
}

/** Starts the service, requests its jobs, and stops it. */
async function serve(environment: NodeJS.ProcessEnv): Promise<unknown> {
  const config = readConfig({ PORT: "0", AUTH: "none", ...environment });
  const app = await createApp(config, config.databaseUrl ?? postgres.url, log);
  const response = await fetch(`${app.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: "{ jobs { totalCount } }" }),
  });
  const answer = await response.json();
  await app.close();
  return answer;
}

const SERVED = { data: { jobs: { totalCount: 0 } } };

/** What a start fails with. */
function refusal(environment: NodeJS.ProcessEnv): Promise<unknown> {
  return serve(environment).catch((error: Error) => error.message);
}

describe("An owner of the tables that is no superuser", () => {
  it("and may not create roles is told what an administrator has to do", () => {
    expect(refusedToPlain).toContain(
      "The role results_storage_server does not exist, and plain may not create it. Let an administrator run: " +
        "create role results_storage_server nologin; create role results_storage_retention nologin; " +
        "grant results_storage_server, results_storage_retention to plain",
    );
    expect(refusedToPlain).not.toContain("the command needs the owner of the tables");
  });

  it("makes the roles, also when several databases of the cluster are migrated at the same moment", () => {
    expect(migrated).toEqual([names, names, names, names]);
  });

  it("serves with the server's role, with one URL for all", async () => {
    expect(await serve({ DATABASE_URL: urlOf(MAKER, "migrated_0") })).toEqual(SERVED);
  });

  it("finds the roles that others have made, and is told who has to let it take them", async () => {
    const environment = { DATABASE_URL: urlOf(PLAIN, "plain") };
    expect(await refusal(environment)).toContain(
      'permission denied to set role "results_storage_server". Let an administrator make the user of the URL a ' +
        "member of that role: grant results_storage_server to the user.",
    );
    await administer(`grant results_storage_server to ${PLAIN}`);
    expect(await serve(environment)).toEqual(SERVED);
  });

  it("takes its migrations back, and leaves other databases and the roles alone", async () => {
    await withOrm(urlOf(MAKER, "migrated_1"), async (orm) => {
      for (const name of names.toReversed()) expect(await migrateDown(orm)).toBe(name);
    });
    expect(await serve({ DATABASE_URL: urlOf(MAKER, "migrated_0") })).toEqual(SERVED);
    expect(await serve({ DATABASE_URL: urlOf(MAKER, "migrated_1") })).toEqual(SERVED);
  });
});

describe("A login that is only a member of the server's role", () => {
  it("cannot serve before the owner has migrated, and is told which migrations are missing", async () => {
    expect(await refusal({ DATABASE_URL: urlOf(MEMBER, "empty") })).toBe(
      `The database is behind this version: ${names.join(", ")} have not run. Run "results-storage migrate up" as the ` +
        "owner of the tables first, or set OWNER_DATABASE_URL for the server to do it.",
    );
  });

  it("is told when one migration is missing", async () => {
    const [first] = names;
    await withOrm(urlOf(MAKER, "migrated_3"), (orm) =>
      rows(
        new Database(orm.em.fork()),
        { name: "test" },
        sql`delete from schema_migrations where name = ${first}`,
      ),
    );
    expect(await refusal({ DATABASE_URL: urlOf(MEMBER, "migrated_3") })).toContain(
      `The database is behind this version: ${first} has not run.`,
    );
  });

  it("serves when the owner migrates at the start", async () => {
    const environment = { DATABASE_URL: urlOf(MEMBER, "fresh"), OWNER_DATABASE_URL: urlOf(MAKER, "fresh") };
    expect(await serve(environment)).toEqual(SERVED);
  });

  it("serves what the owner has migrated", async () => {
    expect(await serve({ DATABASE_URL: urlOf(MEMBER, "migrated_2") })).toEqual(SERVED);
  });

  it.each([
    "update jobs set currency = ''",
    "delete from jobs",
    "truncate jobs cascade",
    "drop table jobs",
    "create table another ()",
    "alter table jobs disable trigger all",
    "set session_replication_role = replica",
    "set role results_storage_retention",
    "set role maker",
  ])("may not %s", async (statement) => {
    const refused = withOrm(urlOf(MEMBER, "migrated_2"), (orm) =>
      rows(new Database(orm.em.fork()), { name: "test" }, sql`${sql.raw(statement)}`),
    );
    await expect(refused).rejects.toThrow(/permission denied|must be owner/);
  });
});

it("A login of no role at all is told who has to let it in", async () => {
  await administer("create role stranger login password 'secret'");
  expect(await refusal({ DATABASE_URL: urlOf("stranger", "migrated_2") })).toContain(
    "grant results_storage_server to the user",
  );
});

it("Behind a pooler that drops what a connection asks for at its start, the login itself must have the role", async () => {
  await administer("create role pooled login password 'secret' in role results_storage_server");
  const url = urlOf("pooled", "migrated_2");
  // Connects as the pooler does: without the role.
  const connect = async () => {
    const orm = await createOrm({ url, poolSize: 1, log });
    await requirePostgres(orm, url, "results_storage_server").finally(() => orm.close());
  };
  await expect(connect()).rejects.toThrow(
    "do not have the role results_storage_server: a connection pooler in front of PostgreSQL drops it. Let an administrator run: " +
      'alter role "pooled" set role = results_storage_server',
  );
  await administer('alter role "pooled" set role = results_storage_server');
  await connect();
  expect(await serve({ DATABASE_URL: url })).toEqual(SERVED);
});

it("A pooler that refuses what a connection asks for at its start is told to ignore it", async () => {
  const pooler = createServer((socket) => {
    const fields = ["SFATAL", "C08P01", "Munsupported startup parameter: options", ""].join("\0");
    const message = Buffer.from(`E....${fields}\0`);
    message.writeInt32BE(message.length - 1, 1);
    socket.on("error", () => undefined).once("data", () => socket.end(message));
  }).listen(0, "127.0.0.1");
  await once(pooler, "listening");
  const { port } = pooler.address() as AddressInfo;
  const url = `postgresql://me@127.0.0.1:${port}/costs`;
  const refused = connectOrm({ url, poolSize: 1, role: "results_storage_server", log });
  await expect(refused.finally(() => pooler.close())).rejects.toThrow(
    'unsupported startup parameter: options. Let the pooler ignore the startup parameter "options"',
  );
});

it("The server's connections take its role beside what the URL asks for", async () => {
  const url = new URL(urlOf(MEMBER, "migrated_2"));
  url.searchParams.set("options", "-c work_mem=5MB -c TimeZone=Asia/Tokyo");
  const orm = await connectOrm({ url: url.href, poolSize: 1, role: "results_storage_server", log });
  const session = await firstRow(
    new Database(orm.em.fork()),
    { name: "test" },
    sql`select current_user as role, current_setting('work_mem') as memory, current_setting('TimeZone') as zone`,
  ).finally(() => orm.close());
  expect(session).toEqual({ role: "results_storage_server", memory: "5MB", zone: "Asia/Tokyo" });
});
