import { generateKeyPairSync } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { Database } from "../../src/database/database.ts";
import { makeCheckpoint } from "../../src/integrity/checkpoint.ts";
import { insertOldJobs } from "../retention/old-jobs.ts";
import { purgeOlderThan, startRetention } from "../retention/purging.ts";
import { insertJobsOf } from "../support/copied-jobs.ts";
import { pastTriggers } from "../support/past-triggers.ts";
import { startService } from "../support/service.ts";
import { startChain } from "./chain.ts";

const service = startService();
const chain = startChain(service);

const retention = startRetention(service);
beforeEach(() => pastTriggers(service, "truncate jobs, seals, purges cascade"));

const purge = (olderThanDays: number) => purgeOlderThan(retention(), olderThanDays);

const entries = () => service.sql("select position, kind, job_id from seals order by position");

describe("A purge", () => {
  it("leaves the seal and adds a tombstone, and the chain still fits, also a checkpoint from before", async () => {
    const [old, young] = await insertOldJobs(service, [{ daysAgo: 9 }, { daysAgo: 5 }]);
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const signed = await makeCheckpoint(new Database(chain.orm.em.fork()), privateKey);
    if (signed === undefined) throw new Error("There is no chain.");
    await purge(7);
    expect(await entries()).toEqual([
      { position: 1, kind: "SEALED", job_id: old },
      { position: 2, kind: "SEALED", job_id: young },
      { position: 3, kind: "PURGED", job_id: old },
    ]);
    expect(await chain.verify({ checkpoint: { signed, publicKey, maxAge: 86_400_000 } })).toMatchObject({
      problemCount: 0,
      jobs: 1,
      purged: 1,
    });
  });

  it("of jobs that are not sealed leaves nothing in the chain", async () => {
    await insertOldJobs(service, [{ daysAgo: 9 }]);
    await purge(7);
    expect(await entries()).toEqual([]);
    expect(await chain.verify()).toMatchObject({ problemCount: 0, entries: 0 });
  });

  it("beside sealing, of many jobs, leaves a chain that fits", async () => {
    await insertOldJobs(
      service,
      Array.from({ length: 350 }, (_, i) => ({ daysAgo: 5 + (i % 5) })),
    );
    await Promise.all([purge(7), chain.seal(), purge(7)]);
    await chain.seal();
    expect(await chain.verify()).toMatchObject({ problemCount: 0, jobs: 140, unsealed: 0 });
  });

  it("does not cover up a job that comes back", async () => {
    const [old] = await insertOldJobs(service, [{ daysAgo: 9 }]);
    await service.sql("create table kept as table jobs");
    await chain.seal();
    await purge(7);
    await pastTriggers(service, insertJobsOf("kept"));
    expect(await chain.problems()).toEqual([["RETURNED", old, 1]]);
  });
});
