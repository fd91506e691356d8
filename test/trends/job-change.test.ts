import { describe, expect, it } from "vitest";
import { pastTriggers } from "../support/past-triggers.ts";
import { startService } from "../support/service.ts";
import { statementsOf } from "../support/statements.ts";
import { storeSeries } from "./store-at.ts";

const service = startService();

async function changes(project: string): Promise<unknown[]> {
  const { data, errors } = await service.query(
    "query ($project: String) { jobs(first: 100, filter: { project: $project }) { nodes { change { delta percentageChange } } } }",
    { project },
  );
  if (errors) throw new Error(JSON.stringify(errors));
  return data.jobs.nodes.map(({ change }: { change: unknown }) => change);
}

describe("A job's change", () => {
  it("is its total against the job before it in its series; the first has none", async () => {
    await storeSeries(service, "shop", ["100", "150.25", "150.25", "0", "7"]);
    expect(await changes("shop")).toEqual([
      { delta: "7", percentageChange: null },
      { delta: "-150.25", percentageChange: -100 },
      { delta: "0.00", percentageChange: 0 },
      { delta: "50.25", percentageChange: 50.25 },
      null,
    ]);
  });

  it("is not against a job of another series", async () => {
    await storeSeries(service, "blog", ["1"], { currency: "EUR" });
    await storeSeries(service, "blog", ["2"]);
    expect(await changes("blog")).toEqual([null, null]);
  });

  it("of a job without a project does not exist", async () => {
    const { data } = await service.query(
      'mutation { storeEstimate(input: { estimate: { totalMonthlyCost: "1", byResource: [] } }) { job { change { delta } } } }',
    );
    expect(data.storeEstimate.job).toEqual({ change: null });
  });

  it("is against the last member before it: not an incomplete or an excluded job, which have no change", async () => {
    const ids = await storeSeries(service, "members", ["100", "0", "900", "110"]);
    await pastTriggers(service, `update jobs set stated_complete = false where id = '${ids[1]}'`);
    await service.sql(
      `insert into job_exclusions (job_id, number, is_excluded, reason) values ('${ids[2]}', 1, true, 'wrong plan')`,
    );
    expect(await changes("members")).toEqual([{ delta: "10", percentageChange: 10 }, null, null, null]);
  });

  it("is against the estimate before it, also if that one was stored later", async () => {
    const ids = await storeSeries(service, "backfill", ["100", "120", "110"]);
    await pastTriggers(
      service,
      `update jobs set created_at = '2026-02-01', estimated_at = '2026-01-01T00:30Z' where id = '${ids[2]}'`,
    );
    // The list goes by createdAt: 110, which was stored last, is between the other two in the series.
    expect(await changes("backfill")).toEqual([
      { delta: "10", percentageChange: 10 },
      { delta: "10", percentageChange: 9.090909090909092 },
      null,
    ]);
  });

  it.each([2, 5])("of %i jobs takes one SQL statement, which `previous` shares", async (first) => {
    await storeSeries(service, `counted ${first}`, ["1", "2", "3", "4", "5"]);
    const query = `{ jobs(first: ${first}) { nodes { change { delta } previous { id } } } }`;
    expect(await statementsOf(() => service.query(query))).toEqual(["jobs.list", "jobs.previous"]);
  });
});
