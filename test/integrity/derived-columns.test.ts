import { beforeEach, describe, expect, it } from "vitest";
import { estimate, store } from "../support/estimates.ts";
import { pastTriggers } from "../support/past-triggers.ts";
import { startService } from "../support/service.ts";
import { startChain } from "./chain.ts";

const service = startService();
const chain = startChain(service);

let job: string;

beforeEach(async () => {
  await pastTriggers(service, "truncate jobs, seals cascade");
  job = await store(service, {
    project: "shop",
    estimate: estimate({ estimatedAt: "2026-01-01T00:00:00Z" }),
  });
  await store(service);
  await chain.seal();
  expect(await chain.problems()).toEqual([]);
});

/** The problems while a statement is done, and after it is undone. */
async function problemsOf(done: string, undone: string) {
  await pastTriggers(service, done.replaceAll("J", `'${job}'`));
  const during = await chain.problems();
  await pastTriggers(service, undone.replaceAll("J", `'${job}'`));
  expect(await chain.problems()).toEqual([]);
  return during;
}

const ALTERED = () => [["ALTERED", job, 1]];

describe("Verifying names a job with a derived column of another value", () => {
  it.each([
    ["jobs", "id"],
    ["cost_results", "job_id"],
    ["service_costs", "job_id"],
    ["region_costs", "job_id"],
  ])("%s.shard_key", async (table, key) => {
    const change = (sign: string) =>
      `update ${table} set shard_key = (shard_key ${sign} 1)::smallint where ${key} = J`;
    expect(await problemsOf(change("-"), change("+"))).toEqual(ALTERED());
  });

  it("shard_key of all rows of the job together", async () => {
    const change = (sign: string) =>
      ["jobs", "cost_results", "service_costs", "region_costs"]
        .map(
          (table) =>
            `update ${table} set shard_key = (shard_key ${sign} 1)::smallint where ${table === "jobs" ? "id" : "job_id"} = J`,
        )
        .join(";");
    expect(await problemsOf(change("-"), change("+"))).toEqual(ALTERED());
  });
});

describe("Verifying names a job", () => {
  it("that has a second row with the same id and another shard key", async () => {
    const columns = "id, created_at, project, schema_version, currency, total_monthly_cost, resource_count";
    const copied = `insert into jobs (${columns}, unpriced_resource_count, labels, warnings, shard_key)
      select ${columns.replace("project", "'other'")}, 0, labels, warnings, 32767 from jobs where id = J`;
    expect(await problemsOf(copied, "delete from jobs where id = J and shard_key = 32767")).toEqual(
      ALTERED(),
    );
  });

  it("that has a second row of a resource with another shard key", async () => {
    const copied = `insert into cost_results
      select (jsonb_populate_record(part, '{"shard_key": 32767}')).* from cost_results as part where job_id = J`;
    expect(
      await problemsOf(copied, "delete from cost_results where job_id = J and shard_key = 32767"),
    ).toEqual(ALTERED());
  });
});

it("Job.integrity says so too", async () => {
  await pastTriggers(service, `update cost_results set shard_key = 32767 where job_id = '${job}'`);
  const { data } = await service.query(`{ job(id: "${job}") { integrity { status } } }`);
  expect(data.job.integrity.status).toBe("ALTERED");
});

describe("With columns that have lost their expressions, which only an owner can drop", () => {
  // A database of its own, because the columns do not get their expressions back.
  const service = startService();
  const chain = startChain(service);

  it("verifying names a job with another value", async () => {
    const id = await store(service, {
      project: "shop",
      estimate: estimate({ estimatedAt: "2026-01-01T00:00:00Z" }),
    });
    await chain.seal();
    const columns = {
      effective_at: ["estimated_at", "created_at"],
      is_complete: ["true", "false"],
      is_default_branch: ["true", "null"],
    };
    for (const [column, [right, wrong]] of Object.entries(columns)) {
      await service.sql(`alter table jobs alter ${column} drop expression, alter ${column} drop not null`);
      const change = (value = "") => pastTriggers(service, `update jobs set ${column} = ${value}`);
      await change(wrong);
      expect(await chain.problems()).toEqual([["ALTERED", id, 1]]);
      await change(right);
      expect(await chain.problems()).toEqual([]);
    }
  });
});
