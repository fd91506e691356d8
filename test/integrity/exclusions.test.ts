import { generateKeyPairSync } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { Database } from "../../src/database/database.ts";
import { appendEntries, lockChainEnd } from "../../src/integrity/chain.sql.ts";
import { makeCheckpoint } from "../../src/integrity/checkpoint.ts";
import { recordHashes } from "../../src/integrity/exclusion-seals.sql.ts";
import { sealBatch } from "../../src/integrity/seal-jobs.ts";
import { insertOldJobs } from "../retention/old-jobs.ts";
import { purgeOlderThan, startRetention } from "../retention/purging.ts";
import { run } from "../support/command-line.ts";
import { store } from "../support/estimates.ts";
import { exclude, include, tryToExclude } from "../support/exclusions.ts";
import { pastTriggers } from "../support/past-triggers.ts";
import { startService } from "../support/service.ts";
import { sqlAs } from "../support/sql-as.ts";
import { startChain } from "./chain.ts";

const service = startService();
const chain = startChain(service);

let jobs: string[];

beforeEach(async () => {
  await pastTriggers(service, "truncate jobs, seals, job_exclusions, purges cascade");
  jobs = [await store(service), await store(service), await store(service)];
});

/** The changes of a superuser without the service. J is the second of three jobs. */
const tamper = (statements: string) => pastTriggers(service, statements.replaceAll("J", `'${jobs[1]}'`));

const entries = () =>
  service.sql(`select kind, job_id, number, job_created_at, newest_created_at from seals order by position`);

/** Excludes the second job, ends the exclusion, and seals everything: entries 4 and 5. */
async function sealTwoRecords(): Promise<void> {
  const id = jobs[1] ?? "";
  await exclude(service, id, "one");
  await include(service, id);
  expect(await chain.seal()).toBe(5);
}

describe("A record of an exclusion", () => {
  it("is sealed once, after its job and in the order of the records", async () => {
    await sealTwoRecords();
    expect(await chain.seal()).toBe(0);
    expect(await entries()).toMatchObject([
      { kind: "SEALED", job_id: jobs[0], number: 0 },
      { kind: "SEALED", job_id: jobs[1], number: 0 },
      { kind: "SEALED", job_id: jobs[2], number: 0 },
      { kind: "EXCLUSION", job_id: jobs[1], number: 1 },
      { kind: "EXCLUSION", job_id: jobs[1], number: 2 },
    ]);
    expect(await chain.verify()).toMatchObject({ problemCount: 0, entries: 5, jobs: 3, unsealed: 0 });
  });

  it("that waits for its seal is counted", async () => {
    await chain.seal();
    await exclude(service, jobs[0] ?? "");
    expect(await chain.verify()).toMatchObject({ problemCount: 0, entries: 3, unsealed: 1 });
  });

  it("of a job that was sealed long ago is sealed, and is no problem", async () => {
    const [old] = await insertOldJobs(service, [{ daysAgo: 400 }]);
    await chain.seal();
    await exclude(service, old ?? "");
    expect(await chain.seal()).toBe(1);
    expect(await chain.verify()).toMatchObject({ problemCount: 0, entries: 5 });
  });

  it("leaves the integrity of its job as it is", async () => {
    await sealTwoRecords();
    const { data } = await service.query(
      "query ($id: ID!) { job(id: $id) { integrity { status position } } }",
      { id: jobs[1] },
    );
    expect(data.job.integrity).toEqual({ status: "OK", position: 2 });
  });

  it("is confirmed by a checkpoint", async () => {
    await exclude(service, jobs[1] ?? "");
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const signed = await makeCheckpoint(new Database(chain.orm.em.fork()), privateKey);
    if (signed === undefined) throw new Error("There is no chain.");
    const checkpoint = { signed, publicKey, maxAge: 86_400_000 };
    expect(signed.position).toBe(4);
    expect(await chain.verify({ checkpoint })).toMatchObject({ problemCount: 0 });
    await tamper("delete from seals where position = 4; delete from job_exclusions");
    expect(await chain.problems({ checkpoint })).toEqual([["TRUNCATED_CHAIN", null, null]]);
  });

  it.each([
    ["removed", "delete from job_exclusions where job_id = J and number = 1", [["REMOVED", 4]]],
    ["removed, the last one", "delete from job_exclusions where job_id = J and number = 2", [["REMOVED", 5]]],
    [
      "changed reason",
      "update job_exclusions set reason = 'x' where job_id = J and number = 1",
      [["ALTERED", 4]],
    ],
    [
      "changed user",
      "update job_exclusions set user_id = 'eve' where job_id = J and number = 1",
      [["ALTERED", 4]],
    ],
    [
      "changed decision",
      "update job_exclusions set is_excluded = true, reason = 'x' where job_id = J and number = 2",
      [["ALTERED", 5]],
    ],
    [
      "changed time",
      "update job_exclusions set created_at = created_at - interval '1 ms' where job_id = J and number = 1",
      [["ALTERED", 4]],
    ],
    [
      "endless time",
      "update job_exclusions set created_at = '-infinity' where job_id = J and number = 1",
      [["ALTERED", 4]],
    ],
  ])("is named when it was %s", async (_what, statement, expected) => {
    await sealTwoRecords();
    await tamper(statement);
    expect(await chain.problems()).toEqual(expected.map(([code, position]) => [code, jobs[1], position]));
  });

  it("is named when it was given to another job", async () => {
    await sealTwoRecords();
    await tamper(
      "update job_exclusions set job_id = (select id from jobs where id <> J limit 1) where job_id = J and number = 2",
    );
    expect(await chain.problems()).toContainEqual(["REMOVED", jobs[1], 5]);
  });

  it("is named with its number and its job", async () => {
    await sealTwoRecords();
    await tamper("delete from job_exclusions where job_id = J and number = 2");
    const [problem] = (await chain.verify()).problems;
    expect(problem?.message).toMatch(
      new RegExp(
        `^Record 2 of the exclusions of job ${jobs[1]} \\(entry 5, stored 20\\S+Z\\): the record is missing, and its job is stored\\.$`,
      ),
    );
  });

  it.each([
    [
      "by an hour and more",
      "insert into job_exclusions (job_id, number, is_excluded, reason, created_at) values (J, 3, true, 'x', now() - interval '2 hours')",
      3,
    ],
    [
      "without end",
      "insert into job_exclusions (job_id, number, is_excluded, reason, created_at) values (J, 3, true, 'x', '-infinity')",
      3,
    ],
  ])("that is backdated %s is named, and never sealed", async (_what, statement, number) => {
    await sealTwoRecords();
    await tamper(statement);
    for (const _ of [1, 2]) {
      const { problems } = await chain.verify();
      expect(problems).toEqual([
        {
          code: "BACKDATED",
          message: `Record ${number} of the exclusions of job ${jobs[1]} has no seal: the record or its job was backdated.`,
          jobId: jobs[1],
          position: null,
        },
      ]);
      expect(await chain.seal()).toBe(0);
    }
  });

  it.each(["now() + interval '2 hours'", "'9999-01-01'", "'infinity'"])(
    "with a future time is named, and does not wait for a seal: %s",
    async (time) => {
      await sealTwoRecords();
      await tamper(
        `insert into job_exclusions (job_id, number, is_excluded, reason, created_at) values (J, 3, true, 'x', ${time})`,
      );
      expect(await chain.seal()).toBe(0);
      expect(await chain.verify()).toMatchObject({
        unsealed: 0,
        problemCount: 1,
        problems: [
          {
            code: "POSTDATED",
            message: `Record 3 of the exclusions of job ${jobs[1]} has no seal: the record or its job has a future time of storage.`,
            jobId: jobs[1],
            position: null,
          },
        ],
      });
    },
  );

  it("of a job with a future time is named too", async () => {
    await tamper("update jobs set created_at = now() + interval '2 hours' where id = J");
    await exclude(service, jobs[1] ?? "");
    expect(await chain.seal()).toBe(2);
    expect(await chain.problems()).toEqual([
      ["POSTDATED", jobs[1], null],
      ["POSTDATED", jobs[1], null],
    ]);
  });

  it("of a backdated job, which is never sealed, is named, and does not wait for a seal", async () => {
    await chain.seal();
    const [old = ""] = await insertOldJobs(service, [{ daysAgo: 1 }]);
    await exclude(service, old);
    expect(await chain.seal()).toBe(0);
    expect(await chain.verify()).toMatchObject({
      unsealed: 0,
      problems: [
        { code: "BACKDATED", jobId: old, message: expect.stringMatching(/^Job /) },
        {
          code: "BACKDATED",
          jobId: old,
          message: `Record 1 of the exclusions of job ${old} has no seal: the record or its job was backdated.`,
        },
      ],
    });
  });

  it("with a number that the service does not assign is named, and does not stop the sealer", async () => {
    await sealTwoRecords();
    await tamper(
      `alter table job_exclusions drop constraint job_exclusions_number_positive;
       insert into job_exclusions (job_id, number, is_excluded, reason) values (J, 0, true, 'x')`,
    );
    try {
      expect(await chain.problems()).toEqual([["BACKDATED", jobs[1], null]]);
      expect(await chain.seal()).toBe(0);
    } finally {
      await tamper(
        `delete from job_exclusions where number = 0;
         alter table job_exclusions add constraint job_exclusions_number_positive check (number > 0)`,
      );
    }
  });

  it("with the number of another record, which needs a change of the key, is named", async () => {
    await sealTwoRecords();
    await tamper(
      `alter table job_exclusions drop constraint job_exclusions_pkey;
       insert into job_exclusions (job_id, number, is_excluded, reason) values (J, 2, true, 'x')`,
    );
    try {
      expect(await chain.problems()).toEqual([["ALTERED", jobs[1], 5]]);
    } finally {
      await tamper(
        `delete from job_exclusions where number = 2 and is_excluded;
         alter table job_exclusions add constraint job_exclusions_pkey primary key (job_id, number, shard_key)`,
      );
    }
  });

  it("that leaves out a number is named when it is sealed", async () => {
    await sealTwoRecords();
    await tamper("insert into job_exclusions (job_id, number, is_excluded, reason) values (J, 9, true, 'x')");
    expect(await chain.seal()).toBe(1);
    expect(await chain.problems()).toEqual([["BROKEN_CHAIN", jobs[1], 6]]);
  });

  it("of a job that does not exist is named", async () => {
    await sealTwoRecords();
    const other = "0198d2f6-0000-7000-8000-000000000000";
    await tamper(
      `insert into job_exclusions select (jsonb_populate_record(record, '{"job_id": "${other}"}')).*
       from job_exclusions as record where number = 1`,
    );
    expect(await chain.problems()).toEqual([["ALTERED", other, null]]);
    expect(await chain.seal()).toBe(0);
  });

  it("whose job was removed without a purge leaves one problem: that of the job", async () => {
    await sealTwoRecords();
    await tamper("delete from job_exclusions where job_id = J; delete from jobs where id = J");
    expect(await chain.problems()).toEqual([["REMOVED", jobs[1], 2]]);
  });

  it("is compared if it was stored in the range", async () => {
    await sealTwoRecords();
    await tamper("update job_exclusions set reason = 'x' where job_id = J and number = 1");
    const future = new Date(Date.now() + 60_000);
    expect(await chain.problems({ range: { from: future } })).toEqual([]);
    expect(await chain.problems({ range: { to: future } })).toEqual([["ALTERED", jobs[1], 4]]);
  });
});

describe("An entry of a record", () => {
  it.each([
    ["another number", "update seals set number = 7 where position = 4", 4],
    ["another job", "update seals set job_id = gen_random_uuid() where position = 4", 4],
    ["another content", "update seals set content_hash = sha256('x') where position = 4", 4],
    ["another form", "update seals set form = 9 where position = 4", 4],
    ["another time", "update seals set job_created_at = now() where position = 4", 4],
    [
      "another kind",
      "update seals set kind = 'SEALED', number = 0, job_id = gen_random_uuid() where position = 4",
      4,
    ],
    ["no place", "delete from seals where position = 4", 5],
  ])("with %s is found, and named", async (_what, statement, position) => {
    await sealTwoRecords();
    await tamper(statement);
    const [problem] = (await chain.verify()).problems.filter(({ code }) => code === "BROKEN_CHAIN");
    expect(problem).toMatchObject({ position, message: expect.stringMatching(/^Entry \d of the chain/) });
  });

  it("of a form that this version does not know says so", async () => {
    await chain.seal();
    await exclude(service, jobs[1] ?? "");
    await append({ number: 1, form: 9 });
    expect(await chain.problems()).toEqual([["UNKNOWN_FORM", jobs[1], 4]]);
  });

  it("of a record that was never stored is named", async () => {
    await sealTwoRecords();
    await append({ number: 3 });
    expect(await chain.problems()).toEqual([["REMOVED", jobs[1], 6]]);
  });

  it("with another time than the record is named", async () => {
    await chain.seal();
    await exclude(service, jobs[1] ?? "");
    const record = { jobId: jobs[1] ?? "", number: 1, createdAt: new Date() };
    const [stored] = await recordHashes(new Database(chain.orm.em.fork()), 1, [record]);
    await append({ number: 1, jobCreatedAt: new Date(Date.now() + 3_000), contentHash: stored?.hash });
    expect(await chain.problems()).toEqual([["BACKDATED", jobs[1], 4]]);
  });

  it("before the seal of its job is named", async () => {
    await append({ number: 1 });
    expect((await chain.problems())[0]).toEqual(["BROKEN_CHAIN", jobs[1], 1]);
  });

  it("does not replace the seal of its job", async () => {
    await append({ number: 1 });
    expect(await chain.verify()).toMatchObject({ unsealed: 3 });
    expect(await chain.seal()).toBe(3);
  });

  it("long before the end of the chain is named", async () => {
    await chain.seal();
    await append({ number: 1, jobCreatedAt: new Date(Date.now() - 7_200_000) });
    expect((await chain.problems()).map(([code, , position]) => [code, position])).toContainEqual([
      "BACKDATED",
      4,
    ]);
  });

  /** Adds an entry to the chain for the second job, with correct hashes. */
  async function append({
    number,
    form = 1,
    jobCreatedAt = new Date(),
    contentHash = Buffer.alloc(32),
  }: {
    number: number;
    form?: number;
    jobCreatedAt?: Date;
    contentHash?: Buffer | undefined;
  }): Promise<void> {
    const entry = {
      kind: "EXCLUSION",
      jobId: jobs[1] ?? "",
      number,
      form,
      jobCreatedAt,
      contentHash,
    } as const;
    await new Database(chain.orm.em.fork()).transactional(async (tx) =>
      appendEntries(tx, await lockChainEnd(tx), [entry]),
    );
  }
});

describe("A batch of the sealer", () => {
  it("has the order of creation, so that no record of a backlog looks backdated", async () => {
    const ids = await insertOldJobs(
      service,
      Array.from({ length: 450 }, (_, i) => ({ daysAgo: 500 - i })),
    );
    // One record two hours after each third job; the times are those of the backlog.
    await pastTriggers(
      service,
      `insert into job_exclusions (job_id, number, is_excluded, reason, created_at)
       select jobs.id, n, true, 'x', created_at + make_interval(hours => 2, secs => n)
       from unnest(array['${ids.filter((_, i) => i % 3 === 0).join("','")}']::uuid[]) as wanted (id)
       join jobs using (id) cross join generate_series(1, 4) as n`,
    );
    expect(await chain.seal()).toBe(453 + 600);
    expect(await chain.verify()).toMatchObject({ problemCount: 0, entries: 1_053, unsealed: 0 });
    const times = (await entries()).map(({ job_created_at: time }) => (time as Date).getTime());
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it("runs beside exclusions, other batches and purges, and leaves a chain that fits", async () => {
    const ids = await insertOldJobs(
      service,
      Array.from({ length: 60 }, (_, i) => ({ daysAgo: 5 + (i % 5) })),
    );
    const batch = () => sealBatch(new Database(chain.orm.em.fork()));
    await Promise.all([
      ...ids.map((id, i) => tryToExclude(service, id, `reason ${i}`)),
      ...ids.slice(0, 20).map((id) => tryToExclude(service, id, "another")),
      batch(),
      batch(),
      purge(7),
      batch(),
    ]);
    await chain.seal();
    expect(await chain.verify()).toMatchObject({ problemCount: 0, unsealed: 0 });
  });
});

const retention = startRetention(service);

const purge = (olderThanDays: number) => purgeOlderThan(retention(), olderThanDays);

describe("A purge of an excluded job", () => {
  it("removes the records with the job, and the chain still fits", async () => {
    const [old] = await insertOldJobs(service, [{ daysAgo: 9 }]);
    await exclude(service, old ?? "");
    await chain.seal();
    await purge(7);
    expect(await service.sql("select from job_exclusions")).toEqual([]);
    expect((await entries()).map(({ kind }) => kind)).toEqual([
      ...["SEALED", "SEALED", "SEALED", "SEALED", "EXCLUSION"],
      "PURGED",
    ]);
    expect(await chain.verify()).toMatchObject({ problemCount: 0, purged: 1, jobs: 3 });
  });

  it("before its record is sealed leaves a chain that fits", async () => {
    const [old] = await insertOldJobs(service, [{ daysAgo: 9 }]);
    await chain.seal();
    await exclude(service, old ?? "");
    await purge(7);
    expect(await chain.seal()).toBe(0);
    expect(await chain.verify()).toMatchObject({ problemCount: 0, purged: 1 });
  });

  it("does not permit a later record of the job", async () => {
    const [old] = await insertOldJobs(service, [{ daysAgo: 9 }]);
    await exclude(service, old ?? "");
    await chain.seal();
    await service.sql("create table kept_records as table job_exclusions");
    await purge(7);
    await pastTriggers(
      service,
      `insert into job_exclusions select (jsonb_populate_record(kept, '{"number": 2}')).* from kept_records as kept;
       drop table kept_records`,
    );
    await chain.seal();
    const problems = (await chain.problems()).map(([code, jobId]) => [code, jobId]);
    expect(problems).toContainEqual(["BROKEN_CHAIN", old]);
    expect(problems).toContainEqual(["ALTERED", old]);
  });
});

describe("migrate down", () => {
  const undo = () => run(["migrate", "down"], { env: { DATABASE_URL: service.databaseUrl } });
  /** Later migrations have no condition. */
  const down = async () => {
    for (;;) {
      const undone = await undo();
      if (undone.code !== 0) return undone;
    }
  };
  const refusal = (reason: string) => ({
    code: 1,
    stderr: expect.stringMatching(
      new RegExp(
        `The migration cannot be reverted: ${reason}.* Restore a dump from before the upgrade instead`,
      ),
    ),
  });

  it("is refused while the chain has entries of exclusions", async () => {
    await sealTwoRecords();
    expect(await down()).toMatchObject(refusal("the chain has seals of this version"));
    expect(await chain.verify()).toMatchObject({ problemCount: 0, entries: 5 });
  });

  it("is refused while the chain has seals of a form that the version before does not know", async () => {
    await chain.seal();
    expect(await down()).toMatchObject(refusal("the chain has seals of this version"));
    expect(await chain.verify()).toMatchObject({ problemCount: 0, entries: 3 });
  });

  it("is refused while there are records of exclusions without a seal", async () => {
    await exclude(service, jobs[1] ?? "");
    expect(await down()).toMatchObject(refusal("it would delete the records of exclusions"));
    expect(await service.sql("select from job_exclusions")).toHaveLength(1);
  });
});

describe("The records of exclusions", () => {
  /** Inserts a record of the second job as the role of the server. */
  const insert = (number: number, createdAt: string) =>
    sqlAs(
      service.databaseUrl,
      "results_storage_server",
      `insert into job_exclusions (job_id, number, is_excluded, reason, created_at)
       values ('${jobs[1]}', ${number}, true, 'x', ${createdAt})`,
    );

  it.each([
    "'infinity'",
    "'-infinity'",
    "'9999-01-01'",
    "now() + interval '2 minutes'",
    "now() - interval '2 minutes'",
  ])("refuse another time than now: %s", async (time) => {
    await expect(insert(1, time)).rejects.toThrow(/the creation time .* of record 1 of job .* is not now/);
  });

  it.each([0, 2, 3, 2_147_483_647])("refuse another number than the next: %i is not 1", async (number) => {
    await expect(insert(number, "now()")).rejects.toThrow(/the next record of job .* has the number 1, not/);
  });

  it("refuse another number than the next: 2 follows 1", async () => {
    await insert(1, "now()");
    await expect(insert(1, "now()")).rejects.toThrow("has the number 2, not 1");
    await expect(insert(3, "now()")).rejects.toThrow("has the number 2, not 3");
    await insert(2, "now()");
  });

  it("are added after a failover to a late clock, at the time of the job or of the record before", async () => {
    await tamper("update jobs set created_at = now() + interval '10 minutes' where id = J");
    await exclude(service, jobs[1] ?? "", "one");
    await exclude(service, jobs[1] ?? "", "two");
    await tamper(
      "update job_exclusions set created_at = created_at + interval '10 minutes' where number = 2 and job_id = J",
    );
    await include(service, jobs[1] ?? "");
    const found = await service.sql(
      `select record.created_at - jobs.created_at = make_interval(mins => case number when 1 then 0 else 10 end) as fits
       from job_exclusions as record join jobs on jobs.id = job_id order by number`,
    );
    expect(found).toEqual([{ fits: true }, { fits: true }, { fits: true }]);
  });

  it.each([
    "update job_exclusions set reason = 'x'",
    "delete from job_exclusions",
    "truncate job_exclusions",
  ])("refuse a change, also by a superuser whose triggers are enabled: %s", async (statement) => {
    await exclude(service, jobs[1] ?? "");
    await expect(service.sql(statement)).rejects.toThrow("refused");
  });
});
