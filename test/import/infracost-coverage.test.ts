import { describe, expect, test } from "vitest";
import { importEstimates } from "../../src/import/import-estimates.ts";
import { component, infracostText, project, resource, resourcesText } from "./infracost-input.ts";
import { importOne, infracostSample, warningCodes, warningMessage } from "./samples.ts";

const error = { code: 401, message: "free run quota used up", data: null, isError: true };

function completeness(projects: readonly unknown[], fields = {}): unknown[] {
  return importEstimates(infracostText(projects, fields)).map(({ estimate }) => estimate.isComplete);
}

describe("A job is incomplete", () => {
  test("when its project has an error, and the other jobs of the file are complete", () => {
    const failed = project({ name: "failed", metadata: { errors: [error] } });
    expect(completeness([project(), failed])).toEqual([true, false]);
  });

  test("when its project has the type error without a reason", () => {
    expect(completeness([project({ metadata: { type: "error" } })])).toEqual([false]);
    expect(completeness([{ name: "a", metadata: { type: "error" } }])).toEqual([false]);
  });

  test("when a warning says that it is an error", () => {
    expect(completeness([project({ metadata: { warnings: [error] } })])).toEqual([false]);
  });

  test("when the file has an error, for all projects", () => {
    expect(completeness([project(), project()], { errors: [error] })).toEqual([false, false]);
    expect(completeness([project()], { metadata: { errors: ["failed"] } })).toEqual([false]);
    expect(completeness([project()], { errors: [], metadata: { errors: null } })).toEqual([true]);
  });

  test("when one of its merged projects has an error", () => {
    expect(importOne(infracostSample("ic-07"), { merge: true }).estimate.isComplete).toBe(false);
    expect(importEstimates(infracostSample("ic-07")).map(({ estimate }) => estimate.isComplete)).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  test("in the format of 2020 too", () => {
    const file = { resources: [resource()], totalMonthlyCost: "0", errors: [error] };
    expect(importOne(JSON.stringify(file)).estimate.isComplete).toBe(false);
  });
});

describe("Unsupported resources", () => {
  const summary = (count: number | undefined, unsupportedResourceCounts?: object) => ({
    totalUnsupportedResources: count,
    unsupportedResourceCounts,
  });
  const counts = (projects: readonly unknown[], fields = {}, options = {}) =>
    importEstimates(infracostText(projects, fields), options).map(
      (job) => job.estimate.unsupportedResourceCount,
    );

  test("are counted from the summary of the project", () => {
    const job = importOne(infracostText([project({ summary: summary(8, { aws_b: 3, aws_a: 5 }) })]));
    expect(job.estimate.unsupportedResourceCount).toBe(8);
    expect(warningMessage(job, "UNSUPPORTED_RESOURCES")).toContain(
      "8 resources is unknown, because Infracost does not support the types: aws_a (5), aws_b (3)",
    );
  });

  test("are counted by type when there is no number, as in 2022", () => {
    expect(counts([project({ summary: summary(undefined, { aws_a: 2, aws_b: 1 }) })])).toEqual([3]);
  });

  test("are counted from the summary of the file when it has one project", () => {
    expect(counts([project()], { summary: summary(4) })).toEqual([4]);
    expect(counts([project(), project()], { summary: summary(4) })).toEqual([undefined, undefined]);
    expect(counts([project(), project()], { summary: summary(4) }, { merge: true })).toEqual([4]);
  });

  test("of the file are reported when their projects are unknown", () => {
    const jobs = importEstimates(infracostText([project(), project()], { summary: summary(8) }));
    expect(jobs.map((job) => job.estimate.unsupportedResourceCount)).toEqual([undefined, undefined]);
    for (const job of jobs) {
      expect(warningMessage(job, "UNSUPPORTED_RESOURCES")).toMatch(
        /8 resources of the file.*unknown.*--merge/,
      );
    }
  });

  test("are none in a project when the summary of the file leaves none for it", () => {
    expect(counts([project(), project()], { summary: summary(0) })).toEqual([0, 0]);
    const two = [project({ summary: summary(3) }), project()];
    expect(counts(two, { summary: summary(3) })).toEqual([3, 0]);
    expect(counts(two, { summary: summary(5) })).toEqual([3, undefined]);
  });

  test("of merged projects are a lower limit when one project does not state them", () => {
    const two = [project({ summary: summary(3, { aws_a: 3 }) }), project()];
    const job = importOne(infracostText(two), { merge: true });
    expect(job.estimate.unsupportedResourceCount).toBeUndefined();
    expect(warningMessage(job, "UNSUPPORTED_RESOURCES")).toContain("at least 3 resources");
  });

  test("may be counted as text", () => {
    expect(counts([project({ summary: { totalUnsupportedResources: "3" } })])).toEqual([3]);
    expect(counts([project({ summary: { unsupportedResourceCounts: { x_y: "3" } } })])).toEqual([3]);
  });

  test("are the larger number when the number and the counts by type disagree", () => {
    expect(counts([project({ summary: summary(0, { x_y: 3 }) })])).toEqual([3]);
    expect(counts([project({ summary: summary(5, { x_y: 3 }) })])).toEqual([5]);
  });

  test("are unknown, and named as not stored, when the numbers cannot be read", () => {
    const job = importOne(
      infracostText([project({ summary: { unsupportedResourceCounts: { x_y: "many" } } })]),
    );
    expect(job.estimate.unsupportedResourceCount).toBeUndefined();
    expect(warningMessage(job, "FIELDS_IGNORED")).toContain("summary.unsupportedResourceCounts");
  });

  test("of merged projects are added", () => {
    const two = [project({ summary: summary(4) }), project({ summary: summary(1) })];
    expect(counts(two, {}, { merge: true })).toEqual([5]);
  });

  test("are none when the summary says so, without a warning", () => {
    const job = importOne(infracostText([project({ summary: summary(0, {}) })]));
    expect([job.estimate.unsupportedResourceCount, warningCodes(job)]).toEqual([0, []]);
  });

  test("among the free resources are of unknown cost, and not counted again", () => {
    const freeResources = [resource({ name: "aws_new.a", resourceType: "aws_new" }), resource()];
    const breakdown = { resources: [], freeResources, totalMonthlyCost: "0" };
    const job = importOne(infracostText([project({ breakdown, summary: summary(3, { aws_new: 3 }) })]));
    expect(job.estimate.byResource.map(({ totalMonthlyCost }) => totalMonthlyCost)).toEqual([null, "0"]);
    expect(job.estimate.unsupportedResourceCount).toBe(2);
    expect(warningMessage(job, "UNSUPPORTED_RESOURCES")).toContain(
      "3 resources is unknown, because Infracost does not support the types: aws_new (3)",
    );
  });
});

describe("A price of 0", () => {
  const free = component({ price: "0", monthlyCost: "0", priceNotFound: false });
  const costOf = (fields: object, projectFields = {}) => {
    const breakdown = { resources: [resource({ costComponents: [free], ...fields })], totalMonthlyCost: "0" };
    return importOne(infracostText([project({ breakdown, ...projectFields })])).estimate.byResource[0]
      ?.totalMonthlyCost;
  };

  test("is a known cost of 0", () => {
    expect(costOf({})).toBe("0");
  });

  test.each([
    "Instance usage (Linux/UNIX, on-demand, instance_type-infracost-mock-44956be29f34)",
    "Database instance (on-demand, Single-AZ, )",
    "Instance usage (pay as you go, size-mock)",
    "Instance usage (Linux/UNIX, on-demand, <nil>)",
    "Instance usage (<nil>)",
    "Instance usage (null, on-demand)",
  ])("for the missing variable in %j is unknown", (name) => {
    expect(costOf({ costComponents: [{ ...free, name }] })).toBeNull();
  });

  test("of a resource whose attributes are missing variables is unknown", () => {
    const metadata = (attribute: string) => ({
      attributesWithUnknownKeys: [{ attribute, missingVariables: ["var.a"] }],
    });
    expect(costOf({ metadata: metadata("instance_type") })).toBeNull();
    expect(costOf({ metadata: metadata("tags") })).toBe("0");
  });

  test("of a project whose variables are missing is unknown", () => {
    const warnings = [{ code: 105, message: "Missing Terraform vars", data: ["variable.instance_type"] }];
    expect(costOf({}, { metadata: { warnings } })).toBeNull();
  });

  test("of missing variables is recognized by the code of the warning, in any language", () => {
    const warnings = [{ code: 105, message: "Werte fehlen" }];
    expect(costOf({}, { metadata: { warnings } })).toBeNull();
    expect(costOf({}, { metadata: { warnings: [{ code: "105" }] } })).toBeNull();
    expect(costOf({}, { metadata: { warnings: [{ code: 106, message: "Werte fehlen" }] } })).toBe("0");
  });

  test("beside unknown usage leaves no known part", () => {
    const unpriced = { ...free, priceNotFound: true };
    const usage = component({ monthlyQuantity: null, monthlyCost: null, usageBased: true });
    expect(costOf({ costComponents: [unpriced, usage] })).toBeNull();
  });
});

describe("Content that is not stored", () => {
  const ignored = (text: string) => warningMessage(importOne(text), "FIELDS_IGNORED");

  test("is named: actual costs, the split into baseline and usage, unknown fields", () => {
    const part = { name: "disk", actualCosts: [{}], costComponents: [component({ carbon: 5 })] };
    const breakdown = {
      resources: [resource({ actualCosts: [{}], monthlyUsageCost: "1", subresources: [part] })],
      totalMonthlyCost: "0",
      totalMonthlyUsageCost: "1",
    };
    expect(ignored(infracostText([project({ breakdown, extra: [1] })], { more: { a: 1 } }))).toBe(
      `These fields of the file are not stored: ${[
        "more",
        "projects[].breakdown.resources[].actualCosts",
        "projects[].breakdown.resources[].monthlyUsageCost",
        "projects[].breakdown.resources[].subresources[].actualCosts",
        "projects[].breakdown.resources[].subresources[].costComponents[].carbon",
        "projects[].breakdown.totalMonthlyUsageCost",
        "projects[].extra",
      ].join(", ")}`,
    );
  });

  test("is not named when it is empty or zero", () => {
    const empty = { actualCosts: [], monthlyUsageCost: "0", extra: null, other: {}, more: "" };
    expect(ignored(resourcesText([resource(empty)]))).toBeUndefined();
  });

  test("is named by its path in a file of 2020", () => {
    const resources = [resource({ actualCosts: [{}] })];
    expect(ignored(JSON.stringify({ resources }))).toContain(": resources[].actualCosts");
    expect(ignored(JSON.stringify(resources))).toContain(": [].actualCosts");
  });
});

test("warnings stay within the limits of the service", () => {
  const errors = Array.from({ length: 2_000 }, (_, index) => ({ message: `${index} ${"x".repeat(9_000)}` }));
  const warnings = importOne(infracostText([project({ metadata: { errors } })])).estimate.warnings ?? [];
  expect(warnings.length).toBe(101);
  expect(Math.max(...warnings.map(({ message }) => message.length))).toBe(4_096);
  expect(warnings.at(-1)?.message).toBe("There are 1900 more of these");
});
