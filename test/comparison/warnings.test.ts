import { describe, expect, it } from "vitest";
import type { StoreEstimateInput } from "../../src/client/generated.ts";
import { estimate, resource, store } from "../support/estimates.ts";
import { exclude } from "../support/exclusions.ts";
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
    ...["USAGE_UNKNOWN", "PRICE_NOT_FOUND"].map((code): [string, object, object, string] => [
      code,
      {},
      { estimate: estimate({ warnings: [{ code, message: "One cost is unknown." }] }) },
      "The target was stored with this warning: One cost is unknown.",
    ]),
    [
      "COVERAGE_DIFFERS",
      { estimate: estimate({ unsupportedResourceCount: 1 }) },
      { estimate: estimate({ unsupportedResourceCount: 3 }) },
      "The base has 1 resource that the estimator does not support, the target 3.",
    ],
    [
      "COVERAGE_DIFFERS",
      {},
      { estimate: estimate({ unsupportedResourceCount: 3 }) },
      "The base has an unknown number of resources that the estimator does not support, the target 3.",
    ],
    [
      "INCOMPLETE_JOB",
      { estimate: estimate({ isComplete: false }) },
      {},
      "The base is incomplete: the estimator reported an error, and the total is partial.",
    ],
    [
      "INCOMPLETE_JOB",
      {},
      { estimate: estimate({ isComplete: false }) },
      "The target is incomplete: the estimator reported an error, and the total is partial.",
    ],
  ])("says %s", async (code, base, target, message) => {
    expect(await warningsOf(base, target)).toEqual([{ code, message }]);
  });

  it.each([
    ["states none", { estimate: estimate({ unsupportedResourceCount: 0 }) }],
    ["states nothing", {}],
  ])(
    "with a job that says nothing of unsupported resources has no warning if the other %s",
    async (_what, target) => {
      expect(await warningsOf({}, target)).toEqual([]);
    },
  );

  it("says both causes of a difference in coverage in one warning", async () => {
    const unknown = estimate({
      totalMonthlyCost: "0",
      byResource: [resource({ totalMonthlyCost: null, computeCost: "0" })],
      unsupportedResourceCount: 2,
    });
    const [warning, ...others] = await warningsOf({}, { estimate: unknown });
    expect(others).toEqual([]);
    expect(warning.code).toBe("COVERAGE_DIFFERS");
    expect(warning.message).toMatch(
      /^The base has 0 of 1 resource .*; added or removed .*: 0\. The base has an unknown number/,
    );
  });

  it("says that a failed job is incomplete, and why", async () => {
    const failed = estimate({ warnings: [{ code: "PROJECT_ERROR", message: "The total is partial." }] });
    expect(await warningsOf({ estimate: failed }, {})).toEqual([
      {
        code: "INCOMPLETE_JOB",
        message: "The base is incomplete: the estimator reported an error, and the total is partial.",
      },
      { code: "PROJECT_ERROR", message: "The base was stored with this warning: The total is partial." },
    ]);
  });

  it.each(["base", "target"] as const)("says that the %s is excluded, and why", async (side) => {
    const jobs = { base: await store(service), target: await store(service) };
    await exclude(service, jobs[side], "A trial.");
    const { data } = await service.query(
      "query ($base: ID!, $target: ID!) { compareJobs(baseJobId: $base, targetJobId: $target) { warnings { code message } } }",
      jobs,
    );
    expect(data.compareJobs.warnings).toEqual([
      { code: "EXCLUDED_JOB", message: `The ${side} is excluded from its series: A trial.` },
    ]);
  });
});
