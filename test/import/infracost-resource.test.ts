import { expect, test } from "vitest";
import type { ResourceCostInput } from "../../src/client/generated.ts";
import { component, infracostText, project, resource, resourcesText } from "./infracost-input.ts";
import { importOne, infracostSample, warningCodes, warningMessage } from "./samples.ts";

function importResource(fields: Readonly<Record<string, unknown>>): ResourceCostInput | undefined {
  return importOne(resourcesText([resource(fields)])).estimate.byResource[0];
}

const unpriced = component({ price: "0", monthlyCost: "0", priceNotFound: true });

test("components of subresources are cost drivers, with their path as name", () => {
  const [instance] = importOne(infracostSample("ic-01")).estimate.byResource;
  expect(instance?.costDrivers).toContainEqual({
    name: "ebs_block_device[0] / Provisioned IOPS",
    category: "storage",
    unit: "IOPS",
    monthlyQuantity: "800",
    price: "0.065",
    monthlyCost: "52",
  });
});

test("a component that depends on usage is marked, and its unknown cost stays null", () => {
  const [repository] = importOne(infracostSample("ic-38")).estimate.byResource;
  expect(repository?.costDrivers).toEqual([
    expect.objectContaining({ name: "Storage", monthlyQuantity: null, monthlyCost: null, usageBased: true }),
  ]);
});

test("a cost is divided into compute and storage", () => {
  expect(importOne(infracostSample("ic-01")).estimate.byResource[0]).toMatchObject({
    totalMonthlyCost: "742.64",
    computeCost: "560.64",
    storageCost: "182",
    networkCost: "0",
    otherCost: "0",
  });
});

test("the cost of a resource without any price is unknown", () => {
  const imported = importResource({
    monthlyCost: "0",
    costComponents: [unpriced],
    subresources: [{ name: "disk", costComponents: [unpriced] }],
  });
  expect(imported?.totalMonthlyCost).toBeNull();
});

test("a resource without the price of some component keeps its cost, with a warning", () => {
  const partly = resource({ monthlyCost: "7.3", costComponents: [component(), unpriced] });
  const job = importOne(resourcesText([partly], "7.3"));
  expect(job.estimate.byResource[0]?.totalMonthlyCost).toBe("7.3");
  expect(warningMessage(job, "PRICE_NOT_FOUND")).toMatch(/: aws_instance\.web$/);
});

test("a resource with all prices has no warning", () => {
  const priced = resource({ monthlyCost: "7.3", costComponents: [component({ priceNotFound: false })] });
  expect(warningCodes(importOne(resourcesText([priced], "7.3")))).toEqual([]);
});

test("free resources are kept and cost 0", () => {
  const { byResource } = importOne(infracostSample("cm-05")).estimate;
  expect(byResource).toContainEqual(
    expect.objectContaining({ resourceType: "aws_iam_role", totalMonthlyCost: "0", costDrivers: [] }),
  );
  expect(byResource).toHaveLength(11);
});

test("own tags override default tags", () => {
  const tags = importResource({ tags: { team: "shop" }, defaultTags: { team: "all", env: "prod" } })?.tags;
  expect(tags).toEqual({ team: "shop", env: "prod" });
});

test("a file without types, as in 2022, has the types of the addresses", () => {
  const types = importOne(infracostSample("ic-27")).estimate.byResource.map((r) => r.resourceType);
  expect(new Set(types)).toEqual(new Set(["aws_instance", "aws_db_instance"]));
});

test("unknown types are listed once in a warning", () => {
  const names = ["acme_rocket.a", "acme_rocket.b", "acme_anvil.c", "aws_instance.web"];
  const job = importOne(resourcesText(names.map((name) => resource({ name, resourceType: undefined }))));
  expect(job.estimate.byResource.map((r) => r.service)).toEqual(["unknown", "unknown", "unknown", "EC2"]);
  expect(job.estimate.warnings).toEqual([
    { code: "UNKNOWN_SERVICE", message: "The service of these types is unknown: acme_anvil, acme_rocket" },
  ]);
});

test("a price and a quantity that are not decimals are stored as sent", () => {
  const imported = importResource({ costComponents: [component({ price: "abc", monthlyQuantity: "~5" })] });
  expect(imported?.costDrivers).toMatchObject([{ price: "abc", monthlyQuantity: "~5", monthlyCost: "7.3" }]);
});

test("subresources may be nested a hundred levels deep", () => {
  let part: Record<string, unknown> = { name: "innermost", costComponents: [component()] };
  for (let depth = 1; depth < 100; depth++) part = { name: "part", subresources: [part] };
  const text = infracostText([
    project({ breakdown: { resources: [resource({ monthlyCost: "7.3", subresources: [part] })] } }),
  ]);
  expect(importOne(text).estimate.byResource[0]?.computeCost).toBe("7.3");
});
