import { describe, expect, test } from "vitest";
import { importEstimates } from "../../src/import/import-estimates.ts";
import { infracostText, project, resource } from "./infracost-input.ts";
import { importOne, warningCodes, warningMessage } from "./samples.ts";

const cost = { base_monthly_cost: "73", usage_monthly_cost: "0", total_monthly_cost: "73" };
const component = { name: "Instance usage", unit: "hours", price: "0.1", quantity: "730", ...cost };
const web = {
  name: "aws_instance.web",
  type: "aws_instance",
  is_supported: true,
  is_free: false,
  cost_components: [component],
  subresources: [{ name: "disk", cost_components: [component] }],
};

function scan(resources: unknown, fields: object = {}, ofProject: object = {}) {
  return {
    currency: "EUR",
    projects: [{ project_name: "web", path: "w", resources, ...ofProject }],
    ...fields,
  };
}

function read(resources: unknown, fields: object = {}, ofProject: object = {}) {
  return importOne(JSON.stringify(scan(resources, fields, ofProject)));
}

function renamed(value: unknown, names: Readonly<Record<string, string>>): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, names));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [names[key] ?? key, renamed(item, names)]),
  );
}

const summary = { summary: { resources: 1, costed_resources: 1, total_monthly_cost: "146" } };

describe.each([
  ["a summary", summary],
  ["no summary", {}],
])("a scan with %s whose costs have unknown names is incomplete", (_, fields) => {
  test.each<[Readonly<Record<string, string>>]>([
    [{ resources: "resource_costs" }],
    [{ resources: "things", cost_components: "parts", subresources: "inner" }],
    [{ cost_components: "costs" }],
    [{ subresources: "nested_resources" }],
    [{ total_monthly_cost: "total_cost_per_month", base_monthly_cost: "base", usage_monthly_cost: "usage" }],
    [{ total_monthly_cost: "total", usage_monthly_cost: "usage" }],
    [{ price: "p", quantity: "q", total_monthly_cost: "t", base_monthly_cost: "b", usage_monthly_cost: "u" }],
  ])("%j", (names) => {
    const file = scan([web]);
    const job = importOne(JSON.stringify({ ...file, projects: renamed(file.projects, names), ...fields }));
    expect(job.estimate.isComplete).toBe(false);
    expect(warningMessage(job, "PROJECT_ERROR")).toMatch(/cannot be read.*Update results-storage/);
    expect(job.estimate.byResource.map((r) => r.totalMonthlyCost)).not.toContain("0");
  });
});

test("a scan whose resources are all read is complete", () => {
  expect(read([web], summary).estimate).toMatchObject({ isComplete: true, totalMonthlyCost: "146" });
});

test("a summary that states resources or a cost, of which none is found, makes the job incomplete", () => {
  expect(read([], { summary: { resources: 3 } }).estimate.isComplete).toBe(false);
  expect(read([], { summary: { total_monthly_cost: "3" } }).estimate.isComplete).toBe(false);
  expect(read([], {}, { total_monthly_cost: "3" }).estimate.isComplete).toBe(false);
  expect(read([], { summary: { resources: 0, total_monthly_cost: "0" } }).estimate.isComplete).toBe(true);
});

test("an empty project of a scan costs nothing", () => {
  expect(read(undefined).estimate).toMatchObject({ isComplete: true, totalMonthlyCost: "0", byResource: [] });
});

test("the costs of policies and of the past are not missing in an estimate", () => {
  const actual = { actual_costs: [{ cost: "5" }], finops_results: [{ savings: [{ monthly_cost: "7" }] }] };
  expect(read([{ ...web, ...actual }], {}, actual).estimate.isComplete).toBe(true);
});

test("a cost of 0 is unknown when only one part of it is stated", () => {
  const usageOnly = { ...component, base_monthly_cost: undefined, total_monthly_cost: undefined };
  const job = read([{ ...web, cost_components: [usageOnly], subresources: [] }]);
  expect(job.estimate.byResource[0]?.totalMonthlyCost).toBeNull();
  expect(job.estimate.isComplete).toBe(false);
});

test("unknown names of costs make a breakdown without a total incomplete", () => {
  const breakdown = { resources: [{ name: "aws_eip.a", costPerMonth: "5" }] };
  expect(importOne(infracostText([project({ breakdown })])).estimate.isComplete).toBe(false);
  const known = { resources: [resource({ monthlyCost: null })] };
  expect(importOne(infracostText([project({ breakdown: known })])).estimate.isComplete).toBe(true);
});

test("fields of another type that are no costs are read as far as possible", () => {
  expect(read([{ ...web, is_supported: "true", is_free: "false" }]).estimate.totalMonthlyCost).toBe("146");
  expect(read([], {}, { project_name: 5 }).project).toBe("5");
  expect(read([{ ...web, tags: [{ key: "a", value: "b" }] }]).estimate.byResource[0]?.tags).toEqual({
    a: "b",
  });
  expect(read([{ ...web, tags: [] }]).estimate.byResource[0]?.tags).toEqual({});
  const nameless = read([{ ...web, cost_components: [{ ...component, name: null }] }]);
  expect(nameless.estimate).toMatchObject({ totalMonthlyCost: "146", isComplete: true });
});

describe("A free resource with a price of 0", () => {
  const zero = { price: "0", quantity: "0", base_monthly_cost: "0", total_monthly_cost: "0" };
  const free = { ...web, is_free: true, subresources: [], cost_components: [{ ...component, ...zero }] };

  test("costs 0, without a warning", () => {
    const job = read([free]);
    expect(job.estimate.byResource[0]?.totalMonthlyCost).toBe("0");
    expect(warningCodes(job)).toEqual([]);
  });

  test("has an unknown cost when no price was found for it", () => {
    const unpriced = { ...component, ...zero, price_not_found: true };
    expect(
      read([{ ...free, cost_components: [unpriced] }]).estimate.byResource[0]?.totalMonthlyCost,
    ).toBeNull();
  });
});

test("a price of 0 is unknown when the file says that variables are missing, by its code", () => {
  const zero = { ...component, price: "0", base_monthly_cost: "0", total_monthly_cost: "0" };
  const resources = [{ ...web, subresources: [], cost_components: [zero] }];
  const diagnostics = [{ code: 105, message: "Werte fehlen", severity: "warning" }];
  const costs = [{}, { diagnostics }].map((fields) => {
    const [job] = importEstimates(JSON.stringify(scan(resources, fields)));
    return job?.estimate.byResource[0]?.totalMonthlyCost;
  });
  expect(costs).toEqual(["0", null]);
});
