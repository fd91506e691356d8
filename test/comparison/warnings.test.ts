import { describe, expect, it } from "vitest";
import type { StoreEstimateInput } from "../../src/client/generated.ts";
import { estimate, resource, store } from "../support/estimates.ts";
import { startService } from "../support/service.ts";

const service = startService();

async function warningsOf(base: Partial<StoreEstimateInput>, target: Partial<StoreEstimateInput>) {
  const { data } = await service.query(
    "query ($base: ID!, $target: ID!) { compareJobs(baseJobId: $base, targetJobId: $target) { warnings { code message } } }",
    { base: await store(service, base), target: await store(service, target) },
  );
  return data.compareJobs.warnings;
}

describe("A comparison", () => {
  it("of like with like has no warnings", async () => {
    const input = { project: "p", estimate: estimate({ profile: "PROD", estimator: "e 1" }) };
    expect(await warningsOf(input, input)).toEqual([]);
  });

  it.each([
    [
      "PROJECT_DIFFERS",
      { project: "a" },
      { project: "b" },
      "The project is a in the base and b in the target.",
    ],
    [
      "PROFILE_DIFFERS",
      { estimate: estimate({ profile: "DEV" }) },
      {},
      "The usage profile is DEV in the base and not stated in the target.",
    ],
    [
      "ESTIMATOR_DIFFERS",
      { estimate: estimate({ estimator: "e 1" }) },
      { estimate: estimate({ estimator: "e 2" }) },
      "The estimator is e 1 in the base and e 2 in the target.",
    ],
    [
      "COVERAGE_DIFFERS",
      {},
      {
        estimate: estimate({
          totalMonthlyCost: "0",
          byResource: [resource({ totalMonthlyCost: null, computeCost: "0" })],
        }),
      },
      "The base has 0 of 1 resource of unknown cost, the target 1 of 1. Costs that became known add 0 to the delta, costs that became unknown -10.00; added or removed resources of unknown cost: 0.",
    ],
    [
      "TOTAL_MISMATCH",
      {},
      { estimate: estimate({ totalMonthlyCost: "12.00" }) },
      "The target was stored with this warning: The total is 12.00, the resources add up to 10.00.",
    ],
    [
      "PROJECT_ERROR",
      { estimate: estimate({ warnings: [{ code: "PROJECT_ERROR", message: "The total is partial." }] }) },
      {},
      "The base was stored with this warning: The total is partial.",
    ],
  ])("says %s", async (code, base, target, message) => {
    expect(await warningsOf(base, target)).toEqual([{ code, message }]);
  });
});
