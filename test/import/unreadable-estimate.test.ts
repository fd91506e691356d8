import { describe, expect, test } from "vitest";
import { importEstimates, UnreadableEstimate } from "../../src/import/import-estimates.ts";
import { infracostText, project, resource, resourcesText } from "./infracost-input.ts";

function refusal(text: string, plan?: string): string {
  try {
    importEstimates(text, { plan });
  } catch (error) {
    if (error instanceof UnreadableEstimate) return error.message;
    throw error;
  }
  throw new Error("The text was read");
}

const nativeResource = { resource_type: "t", service: "s", region: "r" };

test.each(["", "{", "{,}", "Error: no credentials"])("%j is not JSON", (text) => {
  expect(refusal(text)).toMatch(/^The estimate is not JSON \(.*Give the file as its tool wrote it\.$/);
});

test.each(["5", "null", "[]", "{}", '{"resources": []}'])("%s has an unknown format", (text) => {
  expect(refusal(text)).toMatch(/unknown format.*Give the output of `infracost breakdown --format json`/);
});

test.each([
  ['{"data": {"id": "ce-1", "type": "cost-estimates", "attributes": {}}}', "HCP Terraform"],
  ['{"data": [{"id": "ce-1", "type": "cost-estimates"}]}', "HCP Terraform"],
  ['{"code": 200, "data": [{"ns-a": {"name": "ns-a", "cpuCost": 1.25, "totalCost": 1.75}}]}', "OpenCost"],
  ['{"code": 200, "data": {"ns-a": {"name": "ns-a", "totalCost": 1.75}}}', "OpenCost"],
  ['{"format_version": "1.2", "planned_values": {}}', "Terraform plan"],
])("%s is refused by the name of its format, with advice", (text, format) => {
  expect(refusal(text)).toMatch(new RegExp(`^The file is an? .*${format}.*\\. .*infracost scan --json`));
});

test("a byte order mark before the JSON is ignored", () => {
  expect(importEstimates(`\uFEFF${resourcesText([])}`)).toHaveLength(1);
});

test("a file nested deeper than 500 levels is refused", () => {
  const nested = `${"[".repeat(600)}${"]".repeat(600)}`;
  expect(refusal(`{"projects": ${nested}}`)).toMatch(/^The estimate is nested deeper than 500 levels/);
});

test("a file so deep that the parser overflows is refused as well", () => {
  const nested = `${"[".repeat(1e6)}${"]".repeat(1e6)}`;
  expect(refusal(nested)).toMatch(/nested deeper than 500 levels/);
});

describe("a problem of a native estimate has the path in the spelling of the file", () => {
  test.each([
    [{ estimate: { total_monthly_cost: "1" } }, "estimate.by_resource is missing, it must be a list"],
    [{ total_monthly_cost: "1" }, "by_resource is missing, it must be a list"],
    [{ estimate: { totalMonthlyCost: "1" } }, "estimate.byResource is missing, it must be a list"],
    [
      { estimate: { total_monthly_cost: "1", by_resource: {} } },
      "estimate.by_resource must be a list, it is an object",
    ],
    [{ by_resource: [] }, "total_monthly_cost is missing, it must be an amount"],
    [{ total_monthly_cost: null, by_resource: [] }, "total_monthly_cost must be an amount, it is null"],
    [
      { total_monthly_cost: "1", by_resource: [nativeResource] },
      "by_resource[0].resource_id is missing, it must be text",
    ],
    [{ total_monthly_cost: "1", by_resource: [7] }, "by_resource[0] must be an object, it is a number"],
    [
      { total_monthly_cost: "1", by_resource: [], by_service: [{ service: "a", total_cost: {} }] },
      "by_service[0].total_cost must be a decimal",
    ],
    [
      { total_monthly_cost: "1", totalMonthlyCost: "2", by_resource: [] },
      "total_monthly_cost is given twice, once as totalMonthlyCost",
    ],
    [{ total_monthly_cost: "1", by_resource: [], profile: "qa" }, "profile must be dev, staging or prod"],
    [{ estimate: [] }, "estimate must be an object, it is a list"],
  ])("%j", (file, problem) => {
    expect(refusal(JSON.stringify(file))).toContain(problem);
  });
});

describe("a problem of an Infracost file has its path", () => {
  test.each([
    ['{"projects": {}}', "projects must be a list, it is an object"],
    ['{"projects": []}', "projects is empty"],
    [infracostText([5]), "projects[0] must be an object, it is a number"],
    [infracostText([{ name: "a" }]), "projects[0].breakdown is missing"],
    [
      infracostText([project({ breakdown: { resources: {} } })]),
      "projects[0].breakdown.resources must be a list, it is an object",
    ],
    [
      resourcesText([resource(), resource({ name: undefined })]),
      "projects[0].breakdown.resources[1].name is missing, it must be text",
    ],
    [
      resourcesText([resource({ name: 5 })]),
      "projects[0].breakdown.resources[0].name must be text, it is a number",
    ],
    [
      resourcesText([resource({ monthlyCost: "much" })]),
      "projects[0].breakdown.resources[0].monthlyCost must be a decimal",
    ],
    [resourcesText([resource({ tags: [] })]), "projects[0].breakdown.resources[0].tags must be an object"],
    [
      resourcesText([resource({ subresources: [{ name: "a", costComponents: [null] }] })]),
      "resources[0].subresources[0].costComponents[0] must be an object, it is null",
    ],
  ])("%s", (text, problem) => {
    expect(refusal(text)).toContain(problem);
  });

  test("lists the first twenty of many problems", () => {
    expect(refusal(resourcesText(Array(50).fill(0)))).toMatch(/resources\[19\] .*; and 30 more\./);
  });
});

describe("a plan", () => {
  test.each([
    ["nonsense", "The plan is not JSON"],
    ["{}", "Give the output of `terraform show -json`"],
    [
      '{"planned_values": {"root_module": {"resources": [{}]}}}',
      "The plan cannot be read: planned_values.root_module.resources[0].address is missing",
    ],
  ])("%s is refused", (plan, problem) => {
    expect(refusal(resourcesText([]), plan)).toContain(problem);
  });
});
