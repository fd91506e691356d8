import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { copyOfJob } from "../support/copied-jobs.ts";
import { estimate, resource, store } from "../support/estimates.ts";
import { pastTriggers } from "../support/past-triggers.ts";
import { startService } from "../support/service.ts";
import { statementsOf } from "../support/statements.ts";
import { startChain } from "./chain.ts";

const service = startService();
const chain = startChain(service);

beforeEach(() => pastTriggers(service, "truncate jobs, seals cascade"));

async function integrityOf(job: string) {
  const { data, errors } = await service.query(
    `{ job(id: "${job}") { integrity { status message sealedAt position contentHash } } }`,
  );
  expect(errors).toBeUndefined();
  return data.job.integrity;
}

/** A sealed job between two others. */
async function sealedJob(): Promise<string> {
  await store(service);
  const job = await store(service);
  await store(service);
  await chain.seal();
  return job;
}

describe("Job.integrity", () => {
  it("is OK for a sealed job as it was stored, and tells its seal", async () => {
    const job = await sealedJob();
    expect(await integrityOf(job)).toEqual({
      status: "OK",
      message: "The stored job matches its seal.",
      sealedAt: expect.stringMatching(/^20.*Z$/),
      position: 2,
      contentHash: await chain.hashOf(job),
    });
  });

  it("says that a job is not sealed yet", async () => {
    expect(await integrityOf(await store(service))).toEqual({
      status: "NOT_YET_SEALED",
      message: "The job has no seal yet. Jobs are sealed soon after they are stored.",
      sealedAt: null,
      position: null,
      contentHash: null,
    });
  });

  it.each([
    ["ALTERED", "update cost_results set compute_cost = 10.000 where job_id = J"],
    ["ALTERED", "delete from service_costs where job_id = J"],
    ["BROKEN_CHAIN", "update seals set sealed_at = now() where job_id = J"],
    ["BROKEN_CHAIN", "delete from seals where position = 1"],
    ["BROKEN_CHAIN", "update seals set entry_hash = sha256('x') where position = 1"],
    ["UNKNOWN_FORM", "update seals set form = 9 where job_id = J"],
    [
      "RETURNED",
      `insert into seals select (jsonb_populate_record(seals, '{"position": 4, "kind": "PURGED"}')).* from seals where job_id = J`,
    ],
  ])("is %s after: %s", async (status, statement) => {
    const job = await sealedJob();
    await pastTriggers(service, statement.replaceAll("J", `'${job}'`));
    const integrity = await integrityOf(job);
    expect(integrity).toMatchObject({ status, position: 2 });
    expect(integrity.message).toContain(job);
  });

  it("is BACKDATED for a job that was put among jobs that are sealed", async () => {
    const job = await sealedJob();
    const id = randomUUID();
    await pastTriggers(
      service,
      `${copyOfJob(job, `'{"id": "${id}"}'`)};
       update jobs set created_at = created_at - interval '2 hours' where id = '${id}'`,
    );
    expect(await integrityOf(id)).toMatchObject({ status: "BACKDATED", position: null });
  });

  it("is POSTDATED for a job with a future time, which has no seal until then", async () => {
    const job = await store(service);
    await pastTriggers(
      service,
      `update jobs set created_at = created_at + interval '2 hours' where id = '${job}'`,
    );
    expect(await integrityOf(job)).toMatchObject({ status: "POSTDATED", position: null, sealedAt: null });
  });

  it.each([5, 50])("of %i jobs takes the same SQL statements, sealed or not", async (count) => {
    for (let i = 0; i < 49; i++) {
      const byResource = [resource({ resourceId: `a.${i}` }), resource({ resourceId: `b.${i}` })];
      await store(service, { estimate: estimate({ totalMonthlyCost: "20.00", byResource }) });
    }
    await chain.seal();
    await store(service);
    const statements = await statementsOf(async () => {
      const { data } = await service.query(`{ jobs(first: ${count}) { nodes { integrity { status } } } }`);
      const statuses = data.jobs.nodes.map((job: { integrity: { status: string } }) => job.integrity.status);
      expect(statuses).toEqual(["NOT_YET_SEALED", ...Array(count - 1).fill("OK")]);
    });
    expect(statements).toEqual([
      "jobs.list",
      "integrity.ofJobs",
      "integrity.outsideOfHashes",
      "integrity.lines",
    ]);
  });
});
