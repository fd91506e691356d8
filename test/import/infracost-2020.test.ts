import { describe, expect, test } from "vitest";
import { importEstimates, UnreadableEstimate } from "../../src/import/import-estimates.ts";
import { component } from "./infracost-input.ts";
import { importOne, warningCodes, warningMessage } from "./samples.ts";

/** Resources as Infracost wrote them in 2020: without a type, and with numbers that it had rounded. */
const web = {
  name: "module.shop.aws_instance.web[0]",
  hourlyCost: "0.01137",
  monthlyCost: "8.3001",
  costComponents: [component({ hourlyQuantity: "1" })],
  subresources: [
    {
      name: "root_block_device",
      monthlyCost: "1.0001",
      costComponents: [component({ name: "Storage", unit: "GB-months", monthlyCost: "1.0001" })],
    },
  ],
};
const nat = { name: "aws_nat_gateway.nat", monthlyCost: "32.85", costComponents: [] };

const shapes = [
  ["whose root has resources", { resources: [web, nat] }, "resources"],
  ["whose root is a list of resources", [web, nat], ""],
] as const;

describe.each(shapes)("an Infracost file of 2020 %s", (_name, file, path) => {
  test("is one job with the exact sum of its resources' costs, and a warning", () => {
    const job = importOne(JSON.stringify(file));
    expect(job.estimate.totalMonthlyCost).toBe("41.1501");
    expect(job.estimate.byResource).toMatchObject([
      {
        resourceId: "module.shop.aws_instance.web[0]",
        resourceType: "aws_instance",
        service: "EC2",
        totalMonthlyCost: "8.3001",
        computeCost: "7.3",
        storageCost: "1.0001",
      },
      { resourceType: "aws_nat_gateway", totalMonthlyCost: "32.85" },
    ]);
    expect(warningCodes(job)).toEqual(["CURRENCY_ASSUMED", "TOTAL_ASSUMED"]);
  });

  test("names the path of a problem as it is in the file", () => {
    const broken = { ...nat, costComponents: [{}] };
    const text = JSON.stringify(Array.isArray(file) ? [broken] : { resources: [broken] });
    expect(() => importEstimates(text)).toThrow(`${path}[0].costComponents[0].name is missing`);
  });
});

test("the stated total of an Infracost file of 2020 is kept", () => {
  const job = importOne(JSON.stringify({ resources: [nat], totalMonthlyCost: "32.850000", warnings: [] }));
  expect(job.estimate.totalMonthlyCost).toBe("32.850000");
  expect(warningCodes(job)).toEqual(["CURRENCY_ASSUMED"]);
});

test("an unknown cost in an Infracost file of 2020 stays unknown", () => {
  const job = importOne(JSON.stringify({ resources: [nat, { ...web, monthlyCost: null }] }));
  expect(job.estimate.byResource[1]?.totalMonthlyCost).toBeNull();
  expect(warningMessage(job, "TOTAL_ASSUMED")).toContain("it is the sum of the known costs");
});

test("an Infracost file of 2020 without any resource costs nothing", () => {
  expect(importOne('{ "resources": [], "totalMonthlyCost": "0" }').estimate).toMatchObject({
    totalMonthlyCost: "0",
    byResource: [],
  });
});

test("a Terraform state, which has resources without costs, is not an estimate", () => {
  const state = { version: 4, lineage: "x", resources: [{ mode: "managed", type: "aws_eip", name: "ip" }] };
  expect(() => importEstimates(JSON.stringify(state))).toThrow(UnreadableEstimate);
});
