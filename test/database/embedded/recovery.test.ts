import { spawn } from "node:child_process";
import { mkdir, readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEmbeddedPostgres } from "../../../src/database/embedded/embedded-postgres.ts";
import { unprivilegedUser } from "../../../src/database/embedded/system.ts";
import {
  end,
  killPostgres,
  query,
  removeFolder,
  startServerProcess,
  temporaryFolder,
} from "./server-process.ts";

const log = () => undefined;

describe("the embedded PostgreSQL, after an accident,", () => {
  let dataDir: string;

  beforeAll(async () => {
    dataDir = await temporaryFolder();
  });
  afterAll(() => removeFolder(dataDir));

  test("starts though it was killed while it was being created, and clears up", async () => {
    await mkdir(join(dataDir, "postgresql.new-abcdef", "data", "base"), { recursive: true });
    await writeFile(join(dataDir, "postgresql.new-abcdef", "data", "PG_VERSION"), "18\n");
    const database = await startEmbeddedPostgres(dataDir, log);
    expect(await readdir(dataDir)).toEqual(["postgresql"]);
    await database.stop();
  });

  test("outlives a server process that is killed, and is found by the next one", async () => {
    const first = await startServerProcess(dataDir);
    await end(first, "SIGKILL");

    const next = await startEmbeddedPostgres(dataDir, log);
    expect(next.url).toBe(first.url);
    await next.stop();
  });

  test("starts again with its data after both were killed, as in a power cut", async () => {
    const first = await startServerProcess(dataDir);
    await query(first.url ?? "", "CREATE TABLE survivor AS SELECT 7 AS answer");
    await Promise.all([end(first, "SIGKILL"), killPostgres(dataDir)]);

    const next = await startEmbeddedPostgres(dataDir, log);
    expect(await query(next.url, "SELECT answer FROM survivor")).toEqual([{ answer: 7 }]);
    await next.stop();
  });

  test("starts though its pid file is stale: of a process that is something else now, or empty", async () => {
    await (await startEmbeddedPostgres(dataDir, log)).stop();
    const data = join(dataDir, "postgresql", "data");
    const pidFile = join(data, "postmaster.pid");
    const other = spawn("sleep", ["60"], { ...(await unprivilegedUser()) });

    await writeFile(pidFile, `${other.pid}\n${data}\n1700000000\n5432\n\n127.0.0.1\n  1 1\nready   \n`);
    await (await startEmbeddedPostgres(dataDir, log)).stop();
    expect(other.exitCode ?? other.signalCode).toBeNull();
    other.kill();

    await writeFile(pidFile, "");
    await utimes(pidFile, 0, 0);
    await (await startEmbeddedPostgres(dataDir, log)).stop();
  });
});

test("of two servers that start at the same time on an empty folder one gets it, the other is told which", async () => {
  const dataDir = await temporaryFolder();
  const servers = await Promise.all([startServerProcess(dataDir), startServerProcess(dataDir)]);
  const [winner, ...others] = servers.filter(({ url }) => url !== undefined);
  const loser = servers.find(({ url }) => url === undefined);
  expect(others).toEqual([]);
  expect(await query(winner?.url ?? "", "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  expect(loser?.name).toBe("DataDirInUse");
  expect(loser?.message).toContain(
    `${dataDir} is in use by another server process (pid ${winner?.child.pid}).`,
  );

  await Promise.all(servers.map((server) => end(server, "SIGTERM")));
  await removeFolder(dataDir);
});
