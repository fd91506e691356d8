import { describe, expect, it } from "vitest";
import { estimate, resource, store } from "../support/estimates.ts";
import { startService } from "../support/service.ts";

const service = startService();

const COMPARE = `query ($base: ID!, $target: ID!) {
  compareJobs(baseJobId: $base, targetJobId: $target) { base { id } target { id } delta percentageChange }
}`;

async function compare(baseTotal: string, targetTotal: string) {
  const [base, target] = [await storeTotal(baseTotal), await storeTotal(targetTotal)];
  const { data } = await service.query(COMPARE, { base, target });
  expect(data.compareJobs).toMatchObject({ base: { id: base }, target: { id: target } });
  return { delta: data.compareJobs.delta, percentageChange: data.compareJobs.percentageChange };
}

function storeTotal(totalMonthlyCost: string): Promise<string> {
  const byResource = [resource({ totalMonthlyCost, computeCost: totalMonthlyCost })];
  return store(service, { estimate: estimate({ totalMonthlyCost, byResource }) });
}

describe("compareJobs", () => {
  it.each([
    ["40.561", "81.122", "40.561", 100],
    ["100", "75.5", "-24.5", -24.5],
    ["1361.3075", "1361.3075", "0.0000", 0],
    ["-10", "5", "15", 150],
    ["0", "742.64", "742.64", null],
    ["0.00", "0", "0.00", null],
    ["12345678901234567890.1", "12345678901234567890.2", "0.1", 8.1e-19],
  ])("from %s to %s is a delta of %s and %s per cent", async (base, target, delta, percentage) => {
    const result = await compare(base, target);
    expect(result.delta).toBe(delta);
    if (percentage === null) expect(result.percentageChange).toBeNull();
    else expect(result.percentageChange).toBeCloseTo(percentage, 12);
  });

  it("refuses jobs of different currencies", async () => {
    const base = await store(service);
    const target = await store(service, { estimate: estimate({ currency: "INR" }) });
    const { errors } = await service.query(COMPARE, { base, target });
    expect(errors?.[0]).toMatchObject({
      message: "baseJobId is in USD and targetJobId in INR; compare jobs of one currency",
      extensions: { code: "CURRENCY_MISMATCH" },
    });
  });

  it.each(["base", "target"])("says which job does not exist: %s", async (missing) => {
    const id = await store(service);
    const { errors } = await service.query(COMPARE, { base: id, target: id, [missing]: "x" });
    expect(errors?.[0]).toMatchObject({
      message: `${missing}JobId must be the id of a stored job; no job has the id "x"`,
      extensions: { code: "NOT_FOUND" },
    });
  });
});
