import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from "../../../src/database/embedded/embedded-postgres.ts";
import { EmbeddedPostgresError, unprivilegedUser } from "../../../src/database/embedded/system.ts";
import { killPostgres, query, removeFolder, temporaryFolder, until } from "./server-process.ts";

const messages: string[] = [];
const log = (message: string) => messages.push(message);

describe("the embedded PostgreSQL", () => {
  let dataDir: string;
  let database: EmbeddedPostgres;

  beforeAll(async () => {
    dataDir = await temporaryFolder();
  });
  afterAll(() => removeFolder(dataDir));

  beforeEach(async () => {
    messages.length = 0;
    database = await startEmbeddedPostgres(dataDir, log);
  });
  afterEach(() => database.stop());

  test("is one that only this machine reaches, with a password", async () => {
    expect(database.url).toMatch(
      /^postgresql:\/\/results_storage:[\w-]{32}@127\.0\.0\.1:\d+\/results_storage\?sslmode=disable$/,
    );
    expect(await query(database.url, "SHOW listen_addresses")).toEqual([{ listen_addresses: "127.0.0.1" }]);
    expect(await query(database.url, "SHOW unix_socket_directories")).toEqual([
      { unix_socket_directories: "" },
    ]);
    const wrong = database.url.replace(/:[\w-]{32}@/, ":wrong@");
    await expect(query(wrong, "SELECT 1")).rejects.toMatchObject({ code: "28P01" });
    expect((await stat(join(dataDir, "postgresql", "password"))).mode & 0o777).toBe(0o600);
  });

  test.runIf(process.getuid?.() === 0)("runs as another account when root starts it", async () => {
    const user = await unprivilegedUser();
    expect(await stat(join(dataDir, "postgresql", "data"))).toMatchObject({ uid: user?.uid, gid: user?.gid });
  });

  test("sorts text the same on every machine, and knows letters beyond ASCII", async () => {
    const sql =
      "SELECT datlocprovider, datlocale, upper('é') FROM pg_database WHERE datname = current_database()";
    expect(await query(database.url, sql)).toEqual([
      { datlocprovider: "b", datlocale: "C.UTF-8", upper: "É" },
    ]);
    expect(await query(database.url, "SHOW server_encoding")).toEqual([{ server_encoding: "UTF8" }]);
  });

  test("writes what is acknowledged to the disk, and a log into the data folder", async () => {
    const sql =
      "SELECT bool_and(setting = 'on') AS durable FROM pg_settings WHERE name = ANY($$" +
      "{fsync,synchronous_commit,full_page_writes}$$)";
    expect(await query(database.url, sql)).toEqual([{ durable: true }]);
    expect(await readFile(join(dataDir, "postgresql", "postgresql.log"), "utf8")).toContain(
      "ready to accept",
    );
  });

  test("keeps its data when it is stopped and started, and may be stopped twice", async () => {
    await query(database.url, "CREATE TABLE kept AS SELECT 42 AS answer");
    await Promise.all([database.stop(), database.stop()]);
    await database.stop();
    await expect(query(database.url, "SELECT 1")).rejects.toThrow();

    database = await startEmbeddedPostgres(dataDir, log);
    expect(await query(database.url, "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
  });

  test("is taken again when its connection breaks", async () => {
    await query(
      database.url,
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%holder%'",
    );
    await until(async () => messages.includes("The embedded PostgreSQL is connected again."));
    const locks = "SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory' AND granted";
    expect(await query(database.url, locks)).toEqual([{ count: 1 }]);
  });

  test("comes back at the same port with its data when it is killed under us", async () => {
    await query(database.url, "CREATE TABLE survivor AS SELECT 7 AS answer");
    await killPostgres(dataDir);
    await until(async () => messages.includes("The embedded PostgreSQL is connected again."));
    expect(await query(database.url, "SELECT answer FROM survivor")).toEqual([{ answer: 7 }]);
  });
});

test("a folder whose name the shell would misread is refused", async () => {
  const parent = await temporaryFolder();
  const start = startEmbeddedPostgres(join(parent, "$(date)"), log);
  await expect(start).rejects.toThrow(/must not contain/);
  await removeFolder(parent);
});

test("a data folder that cannot be created is reported", async () => {
  const start = startEmbeddedPostgres("/dev/null/data", log);
  await expect(start).rejects.toThrow(EmbeddedPostgresError);
  await expect(start).rejects.toThrow(/\/dev\/null\/data cannot be created/);
});
