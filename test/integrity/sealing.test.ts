import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { beforeEach, describe, expect, it } from "vitest";
import { Database } from "../../src/database/database.ts";
import { sealBatch } from "../../src/integrity/seal-jobs.ts";
import { start } from "../support/command-line.ts";
import { copyOfJob } from "../support/copied-jobs.ts";
import { store } from "../support/estimates.ts";
import { pastTriggers } from "../support/past-triggers.ts";
import { startService } from "../support/service.ts";
import { startChain } from "./chain.ts";
import { keyFiles } from "./key-files.ts";

const service = startService();
const chain = startChain(service);

beforeEach(() => pastTriggers(service, "truncate jobs, seals cascade"));

const copyOf = (job: string, count: number, change = "'{}'") =>
  copyOfJob(
    job,
    `jsonb_build_object('id', gen_random_uuid(), 'created_at', clock_timestamp()) || ${change}`,
    count,
  );

async function storeMany(count: number): Promise<void> {
  const job = await store(service);
  await service.sql(copyOf(job, count - 1));
}

const fits = { problemCount: 0, unsealed: 0 };

describe("Sealing", () => {
  it("goes in batches of 200 jobs, in the order in which they were stored", async () => {
    await storeMany(450);
    const batch = () => sealBatch(new Database(chain.orm.em.fork()));
    expect([await batch(), await batch(), await batch(), await batch()]).toEqual([200, 200, 50, 0]);
    expect(
      await service.sql("select from seals join jobs on id = job_id order by created_at, id"),
    ).toHaveLength(450);
    const [wrong] = await service.sql(
      `select count(*)::int from (select position, row_number() over (order by job_created_at, job_id) as n from seals) as s
       where position <> n`,
    );
    expect(wrong).toEqual({ count: 0 });
    expect(await chain.verify()).toMatchObject({ ...fits, entries: 450, jobs: 450 });
  });

  it("takes fewer jobs at once when they are large, and always one", async () => {
    const job = await store(service);
    for (const size of [3_000, 2_000, 50_000, 1]) {
      // Jobs of one millisecond are in the order of their random ids.
      await service.sql("select pg_sleep(0.002)");
      await pastTriggers(service, copyOf(job, 1, `'{"resource_count": ${size}}'`));
    }
    const batch = () => sealBatch(new Database(chain.orm.em.fork()));
    expect([await batch(), await batch(), await batch(), await batch()]).toEqual([3, 1, 1, 0]);
  });

  it("by several at once seals every job once", async () => {
    await storeMany(600);
    const sealed = await Promise.all([chain.seal(), chain.seal(), chain.seal()]);
    expect(sealed.reduce((sum, count) => sum + count, 0)).toBe(600);
    expect(await chain.verify()).toMatchObject({ ...fits, entries: 600 });
  });

  it("while jobs are stored misses none", async () => {
    const storing = (async () => {
      for (let i = 0; i < 10; i++) await Promise.all([store(service), store(service), store(service)]);
    })();
    let sealed = 0;
    let isStoring = true;
    storing.finally(() => {
      isStoring = false;
    });
    while (isStoring) sealed += await chain.seal();
    await storing;
    sealed += await chain.seal();
    expect(sealed).toBe(30);
    expect(await chain.verify()).toMatchObject({ ...fits, entries: 30 });
  });

  it("finds a job that was created before others and committed after they were sealed", async () => {
    const first = await store(service);
    const client = new Client({ connectionString: service.databaseUrl });
    await client.connect();
    const late = randomUUID();
    await client.query(`begin; ${copyOf(first, 1, `'{"id": "${late}"}'`)}`);
    await store(service);
    expect(await chain.seal()).toBe(2);
    await client.query("commit");
    await client.end();
    // Only as far back as the background looks each time.
    expect(await sealBatch(new Database(chain.orm.em.fork()), 60_000)).toBe(1);
    expect(await service.sql("select job_id from seals where position = 3")).toEqual([{ job_id: late }]);
    expect(await chain.verify()).toMatchObject({ ...fits, entries: 3 });
  });

  it("waits for a job that claims to be from the future, so that it makes no others late", async () => {
    const job = await store(service);
    await pastTriggers(service, `update jobs set created_at = now() + interval '1 day' where id = '${job}'`);
    expect(await chain.seal()).toBe(0);
    await store(service);
    expect(await chain.seal()).toBe(1);
    expect(await chain.verify()).toMatchObject({
      problems: [{ code: "POSTDATED", jobId: job }],
      problemCount: 1,
      unsealed: 0,
    });
  });
});

describe("A server", () => {
  const server = startService({ SEAL_INTERVAL_SECONDS: "1" });
  const its = startChain(server);

  const sealed = async (jobs: number) => {
    while ((await server.sql("select from seals")).length < jobs) await sleep(50);
  };

  it("seals what it stores, soon, and tries again when a batch fails in the middle", async () => {
    await store(server);
    await sealed(1);
    const unblock = await blockAppending(server);
    await store(server);
    const cancel = `select pg_cancel_backend(pid) from pg_stat_activity where ${APPENDING}`;
    while ((await server.sql(cancel)).length === 0) await sleep(50);
    await unblock();
    await store(server);
    await sealed(3);
    expect(await its.verify()).toMatchObject({ ...fits, entries: 3 });
  });
});

describe("A process that is killed while it seals", () => {
  it("leaves nothing of its batch, and the next one seals it", async () => {
    const jobs = 5;
    await storeMany(jobs);
    const unblock = await blockAppending(service);
    const { privateKey } = await keyFiles();
    const child = start(["checkpoint", "--key", privateKey], { DATABASE_URL: service.databaseUrl });
    const appending = `select from pg_stat_activity where ${APPENDING}`;
    while ((await service.sql(appending)).length === 0) {
      if (child.exitCode !== null) throw new Error("The checkpoint has ended.");
      await sleep(50);
    }
    child.kill("SIGKILL");
    await once(child, "close");
    await unblock();
    expect(await chain.seal()).toBe(jobs);
    expect(await chain.verify()).toMatchObject({ ...fits, entries: jobs });
  }, 60_000);
});

/** A session that is about to add a batch to the chain, and waits. */
const APPENDING = `datname = current_database() and query like '/* integrity.appendEntries%' and wait_event_type = 'Lock'`;

/** Lets nobody add to the chain until the function that is returned is called. */
async function blockAppending({ databaseUrl }: { databaseUrl: string }): Promise<() => Promise<void>> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query("begin; lock table seals in share mode");
  return async () => {
    await client.query("rollback");
    await client.end();
  };
}
