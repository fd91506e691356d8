import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { beforeEach, describe, expect, it } from "vitest";
import { purgeJobs } from "../../src/retention/purge.ts";
import { start } from "../support/command-line.ts";
import { pastTriggers } from "../support/past-triggers.ts";
import { startService } from "../support/service.ts";
import { insertOldJobs, wholeJobs } from "./old-jobs.ts";
import { startRetention } from "./purging.ts";

const service = startService();

const retention = startRetention(service);
beforeEach(() => pastTriggers(service, "truncate jobs, purges cascade"));

const manyJobs = (count: number) =>
  insertOldJobs(
    service,
    Array.from({ length: count }, (_, i) => ({ daysAgo: 10 + count - i, project: `p${i % 3}` })),
  );

/** Purges what is older than a day, and returns the jobs of each batch. */
async function purge(): Promise<string[][]> {
  const { batches } = await purgeJobs(retention(), { olderThanDays: 1 }, "test");
  const gone: string[][] = [];
  for await (const batch of batches) gone.push(batch.map(({ id }) => id));
  return gone;
}

describe("A purge", () => {
  it("goes in batches of a hundred jobs, oldest first, each of which is gone when it is handed out", async () => {
    const jobs = await manyJobs(250);
    const { batches } = await purgeJobs(retention(), { olderThanDays: 1 }, "test");
    const first = await batches.next();
    expect(first.value?.map(({ id }: { id: string }) => id)).toEqual(jobs.slice(0, 100));
    expect(await wholeJobs(service, jobs)).toEqual(jobs.slice(100));
    await batches.return(undefined);
    expect((await purge()).map((batch) => batch.length)).toEqual([100, 50]);
  });

  it("takes fewer jobs at once when they are large, and always one", async () => {
    const jobs = await manyJobs(6);
    const sizes = [12_000, 9_000, 50_000, 50_000, 1, 1];
    const values = sizes.map((size, i) => `('${jobs[i]}'::uuid, ${size})`);
    await pastTriggers(
      service,
      `update jobs set resource_count = size from (values ${values.join()}) as given (id, size) where given.id = jobs.id`,
    );
    expect(await purge()).toEqual([jobs.slice(0, 2), [jobs[2]], [jobs[3]], jobs.slice(4)]);
  });

  it("beside another one neither blocks it for good nor records a job twice", async () => {
    const jobs = await manyJobs(250);
    const gone = (await Promise.all([purge(), purge()])).flat(2);
    expect(gone.toSorted()).toEqual(jobs.toSorted());
    expect(await service.sql("select count(*)::int from purged_jobs")).toEqual([{ count: 250 }]);
  });

  it("that is killed in the middle leaves whole jobs, a record of those that went, and the rest for the next", async () => {
    const jobs = await manyJobs(250);
    const blocker = new Client({ connectionString: service.databaseUrl });
    await blocker.connect();
    // A job of the second batch, so that the purge waits with half of that batch deleted.
    await blocker.query(`begin; select from jobs where id = '${jobs[150]}' for update`);
    const child = start(["purge", "--older-than", "1d", "--json"], { DATABASE_URL: service.databaseUrl });
    await blocked(child);
    child.kill("SIGKILL");
    await once(child, "close");
    await blocker.query("rollback");
    await blocker.end();
    await idle();

    expect(await wholeJobs(service, jobs)).toEqual(jobs.slice(100));
    const records = await service.sql("select job_id from purged_jobs order by created_at");
    expect(records.map(({ job_id }) => job_id)).toEqual(jobs.slice(0, 100));
    expect((await purge()).flat()).toEqual(jobs.slice(100));
  });
});

/** Purging sessions that wait for a lock, or that are there at all. */
async function sessions(condition: string): Promise<number> {
  const found = await service.sql(
    `select from pg_stat_activity where datname = current_database() and query like '/* retention%' and ${condition}`,
  );
  return found.length;
}

async function blocked(child: ChildProcess): Promise<void> {
  while ((await sessions("wait_event_type = 'Lock'")) === 0) {
    if (child.exitCode !== null) throw new Error("The purge has ended.");
    await sleep(20);
  }
}

/** PostgreSQL notices that the client is gone when its statement ends. */
async function idle(): Promise<void> {
  while ((await sessions("state <> 'idle'")) > 0) await sleep(20);
}
