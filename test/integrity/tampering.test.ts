import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { Database } from "../../src/database/database.ts";
import { appendEntries, lockChainEnd } from "../../src/integrity/chain.sql.ts";
import { NEWEST_FORM } from "../../src/integrity/content-hash.sql.ts";
import { copyOfJob } from "../support/copied-jobs.ts";
import { estimate, resource, store } from "../support/estimates.ts";
import { pastTriggers } from "../support/past-triggers.ts";
import { startService } from "../support/service.ts";
import { startChain } from "./chain.ts";

const service = startService();
const chain = startChain(service);

let jobs: string[];

beforeEach(async () => {
  await pastTriggers(service, "truncate jobs, seals cascade");
  jobs = [];
  for (const resourceId of ["a", "b", "c"]) {
    jobs.push(await store(service, { estimate: estimate({ byResource: [resource({ resourceId })] }) }));
  }
  expect(await chain.seal()).toBe(3);
});

/** What a superuser does behind the service's back. J is the second of three jobs. */
const tamper = (statements: string) => pastTriggers(service, statements.replaceAll("J", `'${jobs[1]}'`));

/** Adds a seal to the chain as whoever knows how could, for a job that is said to be stored now. */
async function sealAsIfNow(jobId: string): Promise<void> {
  const contentHash = Buffer.from((await chain.hashOf(jobId)) ?? "", "hex");
  const entry = {
    kind: "SEALED",
    jobId,
    number: 0,
    jobCreatedAt: new Date(),
    form: NEWEST_FORM,
    contentHash,
  } as const;
  await new Database(chain.orm.em.fork()).transactional(async (tx) =>
    appendEntries(tx, await lockChainEnd(tx), [entry]),
  );
}

describe("Verifying", () => {
  it("finds nothing wrong with what nobody has touched, and says what it looked at", async () => {
    expect(await chain.verify()).toEqual({
      problems: [],
      problemCount: 0,
      entries: 3,
      jobs: 3,
      resources: 3,
      purged: 0,
      unsealed: 0,
    });
  });

  it("finds nothing wrong with an empty database", async () => {
    await pastTriggers(service, "truncate jobs, seals cascade");
    expect(await chain.verify()).toMatchObject({ problemCount: 0, entries: 0, jobs: 0 });
  });

  it("counts jobs that wait for their seal, without a word about them", async () => {
    await store(service);
    expect(await chain.verify()).toMatchObject({ problemCount: 0, entries: 3, unsealed: 1 });
  });

  it.each([
    ["a changed job", "update jobs set total_monthly_cost = 10.01 where id = J"],
    ["a changed resource", "update cost_results set compute_cost = 9 where job_id = J"],
    ["a removed resource", "delete from cost_results where job_id = J"],
    [
      "an inserted resource",
      `insert into cost_results select (jsonb_populate_record(r, '{"cost_rank": 1}')).* from cost_results r where job_id = J`,
    ],
    ["a changed service", "update service_costs set resource_count = 2 where job_id = J"],
    ["a removed service", "delete from service_costs where job_id = J"],
    ["an inserted region", "insert into region_costs values (J, 'moon', 1, 1, 0, '[]')"],
  ])("names the job of %s", async (_what, statement) => {
    await tamper(statement);
    expect(await chain.problems()).toEqual([["ALTERED", jobs[1], 2]]);
  });

  it("names both jobs when a resource was moved from one to the other", async () => {
    await tamper(`update cost_results set cost_rank = 1, job_id = '${jobs[0]}' where job_id = J`);
    expect(await chain.problems()).toEqual([
      ["ALTERED", jobs[0], 1],
      ["ALTERED", jobs[1], 2],
    ]);
  });

  it("names a job that was removed without a purge, with what was left of it or not", async () => {
    await tamper("delete from jobs where id = J");
    expect(await chain.problems()).toEqual([["REMOVED", jobs[1], 2]]);
    await tamper("delete from cost_results where job_id = J");
    expect(await chain.problems()).toEqual([["REMOVED", jobs[1], 2]]);
  });

  it("names a job of which only rows are there", async () => {
    const id = randomUUID();
    await tamper(`update service_costs set job_id = '${id}' where job_id = J`);
    expect(await chain.problems()).toEqual([
      ["ALTERED", jobs[1], 2],
      ["ALTERED", id, null],
    ]);
  });

  it("names a job with a resource without a rank, which only who drops the key can put in", async () => {
    await tamper(
      `alter table cost_results drop constraint idx_cost_results_job;
       alter table cost_results alter cost_rank drop not null;
       insert into cost_results select (jsonb_populate_record(r, '{"cost_rank": null}')).* from cost_results r where job_id = J`,
    );
    const problems = await chain.problems();
    await tamper(
      `delete from cost_results where cost_rank is null;
       alter table cost_results add constraint idx_cost_results_job primary key (job_id, cost_rank, shard_key)`,
    );
    expect(problems).toEqual([["ALTERED", jobs[1], 2]]);
  });

  it("names a job that was put into the past, which never gets a seal", async () => {
    const id = randomUUID();
    await tamper(
      `${copyOfJob(jobs[1] ?? "", `'{"id": "${id}"}'`)};
       update jobs set created_at = created_at - interval '2 hours' where id = '${id}'`,
    );
    expect(await chain.problems()).toEqual([["BACKDATED", id, null]]);
    expect(await chain.seal()).toBe(0);
    expect(await chain.problems()).toEqual([["BACKDATED", id, null]]);
  });

  it.each(["now() + interval '2 hours'", "'9999-01-01'", "'infinity'"])(
    "names a job with a future time, which waits for its seal: %s",
    async (time) => {
      const id = randomUUID();
      await tamper(
        `${copyOfJob(jobs[1] ?? "", `'{"id": "${id}"}'`)}; update jobs set created_at = ${time} where id = '${id}'`,
      );
      expect(await chain.seal()).toBe(0);
      expect(await chain.verify()).toMatchObject({
        problemCount: 1,
        unsealed: 0,
        problems: [{ code: "POSTDATED", jobId: id, position: null }],
      });
    },
  );

  it("names no job whose time is a little ahead, as after a failover to a late clock", async () => {
    const id = randomUUID();
    await tamper(
      `${copyOfJob(jobs[1] ?? "", `'{"id": "${id}"}'`)};
       update jobs set created_at = now() + interval '30 minutes' where id = '${id}'`,
    );
    expect(await chain.verify()).toMatchObject({ problemCount: 0, unsealed: 1 });
  });

  it("names a job of the past whose well-made seal says another time", async () => {
    const id = randomUUID();
    await tamper(
      `${copyOfJob(jobs[1] ?? "", `'{"id": "${id}"}'`)};
       update jobs set created_at = created_at - interval '1 year' where id = '${id}'`,
    );
    await sealAsIfNow(id);
    expect(await chain.problems()).toEqual([["BACKDATED", id, 4]]);
  });

  it("names a job whose seal stands before the chain, where nobody would look", async () => {
    const id = randomUUID();
    await tamper(
      `${copyOfJob(jobs[1] ?? "", `'{"id": "${id}"}'`)};
       insert into seals select (jsonb_populate_record(seals, '{"job_id": "${id}", "position": -7}')).* from seals where position = 1`,
    );
    expect((await chain.problems())[0]).toEqual(["BROKEN_CHAIN", id, -7]);
  });

  it("names every job that does not fit, in the order of the chain, the first 20 of very many", async () => {
    for (let i = 0; i < 22; i++) jobs.push(await store(service));
    await chain.seal();
    await tamper("update jobs set branch = 'x'");
    const { problems, problemCount } = await chain.verify();
    expect(problemCount).toBe(25);
    expect(problems.map(({ jobId }) => jobId)).toEqual(jobs.slice(0, 20));
    expect(problems[1]?.message).toMatch(
      new RegExp(`^Job ${jobs[1]} \\(entry 2, stored 20\\S+Z\\): the stored job differs from its seal\\.$`),
    );
  });

  it("compares the contents of jobs of a range only, and still walks the whole chain", async () => {
    await tamper("update jobs set branch = 'x' where id = J");
    const [row] = await service.sql(`select created_at from jobs where id = '${jobs[1]}'`);
    const at = row?.created_at as Date;
    const after = new Date(at.getTime() + 1);
    expect(await chain.verify({ range: { from: at, to: after } })).toMatchObject({
      problemCount: 1,
      jobs: 1,
      entries: 3,
    });
    expect(await chain.verify({ range: { to: at } })).toMatchObject({ problemCount: 0, jobs: 1, entries: 3 });
    expect(await chain.verify({ range: { from: after } })).toMatchObject({
      problemCount: 0,
      jobs: 1,
      entries: 3,
    });
  });
});

describe("A chain", () => {
  it.each([
    ["a changed content hash", "update seals set content_hash = sha256('x') where position = 2", 2],
    ["another job", "update seals set job_id = gen_random_uuid() where position = 2", 2],
    ["another time", "update seals set sealed_at = sealed_at - interval '1 day' where position = 2", 2],
    ["another time of its job", "update seals set job_created_at = now() where position = 2", 2],
    ["a later newest job", "update seals set newest_created_at = now() where position = 2", 2],
    [
      "an endless time",
      "update seals set sealed_at = 'infinity', job_created_at = '-infinity' where position = 2",
      2,
    ],
    [
      "a time that is too late for JavaScript",
      "update seals set job_created_at = '290000-01-01' where position = 2",
      2,
    ],
    ["another form", "update seals set form = 1 where position = 2", 2],
    ["another kind", "update seals set kind = 'PURGED' where position = 2", 2],
    ["a missing entry", "delete from seals where position = 2", 3],
    ["a missing beginning", "delete from seals where position = 1", 2],
    [
      "two entries in each other's place",
      "update seals set position = -position; update seals set position = case position when -1 then 1 when -2 then 3 else 2 end",
      2,
    ],
  ])("with %s is found out, and the entry named", async (_what, statement, position) => {
    await tamper(statement);
    const { problems } = await chain.verify();
    expect(problems.filter(({ code }) => code === "BROKEN_CHAIN")[0]).toMatchObject({ position });
    expect(problems.filter(({ code }) => code === "BROKEN_CHAIN")[0]?.message).toMatch(
      /^Entry \d of the chain/,
    );
  });

  it("whose entry the server's own role has made up is found out", async () => {
    await service.sql(
      `insert into seals select 4, 'PURGED', job_id, job_created_at, form, content_hash, newest_created_at, sealed_at,
       entry_hash from seals where position = 1`,
    );
    expect(await chain.problems()).toEqual([
      ["RETURNED", jobs[0], 1],
      ["BROKEN_CHAIN", jobs[0], 4],
    ]);
  });

  it("with a job of a form that this version does not know says so", async () => {
    await tamper("update seals set form = 9 where position = 3");
    expect(await chain.problems()).toEqual([
      ["BROKEN_CHAIN", jobs[2], 3],
      ["UNKNOWN_FORM", jobs[2], 3],
    ]);
  });

  it.each(["update seals set form = 1", "delete from seals", "truncate seals"])(
    "refuses to be changed, also by a superuser whose triggers are on: %s",
    async (statement) => {
      await expect(service.sql(statement)).rejects.toThrow("what is stored never changes");
    },
  );
});
