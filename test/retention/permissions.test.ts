import { rm } from "node:fs/promises";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { connectOrm } from "../../src/database/connect.ts";
import { startEmbeddedPostgres } from "../../src/database/embedded/embedded-postgres.ts";
import { migrateUp } from "../../src/database/migrate.ts";
import { temporaryFolder } from "../database/embedded/server-process.ts";
import { run } from "../support/command-line.ts";
import { startService } from "../support/service.ts";
import { insertOldJobs, wholeJobs } from "./old-jobs.ts";

const service = startService();

/** Purges with a login that is a member of one role, and nothing else. */
async function purgeAs(role: string) {
  const login = `login_${Math.random().toString(36).slice(2)}`;
  await service.sql(`create role ${login} login password 'secret' in role ${role}`);
  const url = new URL(service.databaseUrl);
  url.username = login;
  url.password = "secret";
  const ended = await run(["purge", "--older-than", "1w"], { env: { DATABASE_URL: url.href } });
  await service.sql(`drop role ${login}`);
  return { ...ended, login };
}

describe("results-storage purge", () => {
  it("works with a login that is only a member of the retention role, which is recorded", async () => {
    const jobs = await insertOldJobs(service, [{ daysAgo: 8 }, { daysAgo: 5 }]);
    const { code, stderr, login } = await purgeAs("results_storage_retention");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(await wholeJobs(service, jobs)).toEqual([jobs[1]]);
    expect(await service.sql("select database_login from purges")).toEqual([{ database_login: login }]);
  });

  it("refuses the server's login in a sentence", async () => {
    const jobs = await insertOldJobs(service, [{ daysAgo: 8 }]);
    const { code, stderr } = await purgeAs("results_storage_server");
    expect(stderr).toContain('permission denied to set role "results_storage_retention"');
    expect(stderr).toContain("grant results_storage_retention to the user");
    expect(code).toBe(1);
    expect(await wholeJobs(service, jobs)).toEqual(jobs);
  });

  it("works beside a server that holds the embedded database, which goes on", async () => {
    const folder = await temporaryFolder();
    const postgres = await startEmbeddedPostgres(folder, () => {});
    const orm = await connectOrm({ url: postgres.url, poolSize: 2, log: pino({ level: "silent" }) });
    await migrateUp(orm);
    const ended = await run(["purge", "--older-than", "1w"], { env: { DATA_DIR: folder } });
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout).toContain("Nothing to purge");
    expect(await orm.isConnected()).toBe(true);
    await orm.close();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  });
});
