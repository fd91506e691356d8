import { describe, expect, test } from "vitest";
import { importEstimates } from "../../src/import/import-estimates.ts";
import { importOne, sample, warningCodes, warningMessage } from "./samples.ts";

const text = sample("infracost-v2.json");
const file = JSON.parse(text);

/** A component of a scan. */
function component(fields: Readonly<Record<string, unknown>> = {}) {
  return { name: "Instance usage", unit: "hours", price: "0.1", quantity: "730", ...cost("73"), ...fields };
}

function cost(total: string, usage = "0") {
  return { base_monthly_cost: total, usage_monthly_cost: usage, total_monthly_cost: total };
}

const unknownUsage = component({ name: "Storage", price: "0.023", quantity: "0", ...cost("0") });

function resource(fields: Readonly<Record<string, unknown>> = {}) {
  return {
    name: "aws_instance.web",
    type: "aws_instance",
    is_supported: true,
    is_free: false,
    metadata: {},
    ...fields,
  };
}

function scanText(resources: readonly unknown[] | null, fields: Readonly<Record<string, unknown>> = {}) {
  return JSON.stringify({
    currency: "EUR",
    projects: [{ project_name: "web", path: "infra/web", finops_results: [], resources }],
    ...fields,
  });
}

function costOf(fields: Readonly<Record<string, unknown>>): string | null | undefined {
  return importOne(scanText([resource(fields)])).estimate.byResource[0]?.totalMonthlyCost;
}

/** The same value with other keys. */
function withKeys(value: unknown, spell: (key: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => withKeys(item, spell));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [spell(key), withKeys(item, spell)]));
}

function camelCase(key: string): string {
  return key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

test("own tags of a scan override default tags", () => {
  const tagged = resource({ tags: { team: "shop" }, default_tags: { team: "all", env: "prod" } });
  expect(importOne(scanText([tagged])).estimate.byResource[0]?.tags).toEqual({ team: "shop", env: "prod" });
});

describe("A scan", () => {
  const jobs = importEstimates(text);

  test("is one job for each project, in the currency of the scan", () => {
    expect(jobs).toMatchObject([
      { project: "web", estimate: { totalMonthlyCost: "78.5", currency: "EUR", isComplete: true } },
      { project: "api", estimate: { totalMonthlyCost: "49", currency: "EUR", isComplete: false } },
    ]);
  });

  test("has resources of known, unknown and no cost", () => {
    expect(jobs[0]?.estimate.byResource.map((r) => [r.resourceId, r.service, r.totalMonthlyCost])).toEqual([
      ["aws_instance.web", "EC2", "78.5"],
      ["aws_s3_bucket.logs", "S3", null],
      ["aws_iam_role.r", "IAM", "0"],
      ["aws_new_thing.x", "unknown", null],
    ]);
  });

  test("has the costs of subresources, whatever they say of their support", () => {
    expect(jobs[0]?.estimate.byResource[0]).toMatchObject({ computeCost: "73", storageCost: "5.5" });
  });

  test("names what is unsupported, failed and not stored in warnings", () => {
    const warnings = jobs.map((job) => (job.estimate.warnings ?? []).map(({ code }) => code));
    expect(warnings).toEqual([
      ["UNSUPPORTED_RESOURCES", "UNKNOWN_SERVICE"],
      ["PROJECT_ERROR", "FIELDS_IGNORED"],
    ]);
  });

  test("does not count unsupported resources again that are among the resources", () => {
    expect(jobs[0]?.estimate.unsupportedResourceCount).toBeUndefined();
    expect(jobs[0] && warningMessage(jobs[0], "UNSUPPORTED_RESOURCES")).toContain("aws_new_thing (1)");
  });

  test("is one incomplete job when it is merged", () => {
    expect(importOne(text, { merge: true }).estimate).toMatchObject({
      totalMonthlyCost: "127.5",
      isComplete: false,
    });
  });

  test("without version, time and branch has none", () => {
    expect(jobs[0]).toMatchObject({ estimate: { estimator: "infracost" } });
    expect([jobs[0]?.branch, jobs[0]?.estimate.estimatedAt]).toEqual([undefined, undefined]);
  });

  test("of a later version may state time, branch and commit", () => {
    const later = scanText([], { time: "2026-05-01T10:00:00Z", branch: "feat", commit: "abc", version: "3" });
    expect(importOne(later)).toMatchObject({
      branch: "feat",
      commitSha: "abc",
      estimate: { estimatedAt: "2026-05-01T10:00:00Z" },
    });
    expect(warningCodes(importOne(later))).toEqual([]);
  });

  test.each<[string, (key: string) => string]>([
    ["camel case", camelCase],
    ["the name of the project", (key) => (key === "project_name" ? "name" : key)],
    ["resource_type", (key) => (key === "type" ? "resource_type" : key)],
    ["monthly_cost", (key) => (key === "total_monthly_cost" ? "monthly_cost" : key)],
    ["monthly_quantity", (key) => (key === "quantity" ? "monthly_quantity" : key)],
    ["components", (key) => (key === "cost_components" ? "components" : key)],
    ["child_resources", (key) => (key === "subresources" ? "child_resources" : key)],
  ])("with renamed fields has the same content: %s", (_, spell) => {
    const renamed = importEstimates(JSON.stringify(withKeys(file, spell)));
    const content = (list: typeof jobs) =>
      list.map(({ project, estimate: { warnings: __, ...estimate } }) => ({ project, estimate }));
    expect(content(renamed)).toEqual(content(jobs));
  });

  test("may have numbers as amounts, and null for lists", () => {
    const numbers = text.replace(/"(-?\d+(?:\.\d+)?)"/g, "$1");
    expect(importEstimates(numbers).map((job) => job.estimate.totalMonthlyCost)).toEqual(["78.5", "49"]);
    const empty = importOne(scanText([resource({ cost_components: null, subresources: null, tags: null })]));
    expect(empty.estimate.byResource[0]?.totalMonthlyCost).toBeNull();
    expect(importOne(scanText(null)).estimate.byResource).toEqual([]);
  });

  test("names the path of a problem as it is in the file", () => {
    const broken = scanText([resource({ cost_components: [component({ total_monthly_cost: "much" })] })]);
    expect(() => importEstimates(broken)).toThrow(
      "projects[0].resources[0].cost_components[0].total_monthly_cost must be a decimal",
    );
    expect(() => importEstimates(scanText([resource({ name: undefined })]))).toThrow(
      "projects[0].resources[0].name is missing",
    );
  });
});

describe("A total", () => {
  const thirds = [0.1, 0.2].map((amount, index) =>
    resource({ name: `a.b${index}`, cost_components: [component(cost(String(amount)))] }),
  );

  test("that differs from the exact sum as doubles do is replaced by the exact sum", () => {
    const job = importOne(scanText(thirds, { summary: { total_monthly_cost: String(0.1 + 0.2) } }));
    expect(String(0.1 + 0.2)).toBe("0.30000000000000004");
    expect(job.estimate.totalMonthlyCost).toBe("0.3");
    expect(warningCodes(job)).toEqual([]);
  });

  test.each(["0.31", "0.3000001", "999"])("of %s, which is another amount, is kept and reported", (total) => {
    const job = importOne(scanText(thirds, { summary: { total_monthly_cost: total } }));
    expect(job.estimate.totalMonthlyCost).toBe(total);
    expect(warningCodes(job)).toEqual(["PROJECT_TOTALS_DISAGREE"]);
  });

  test("of several projects does not replace theirs", () => {
    const totals = importEstimates(
      JSON.stringify({ ...file, summary: { total_monthly_cost: "127.50000000000001" } }),
    ).map(({ estimate }) => estimate.totalMonthlyCost);
    expect(totals).toEqual(["78.5", "49"]);
  });

  test("may have more digits than an amount: a small double is rounded", () => {
    const tiny = "0.0000000000000000000123456789012345678";
    expect(costOf({ cost_components: [component(cost(tiny))] })).toBe("0.000000000000000000012345678901");
  });
});

describe("The cost of a resource", () => {
  test("is unknown when all its usage is unknown", () => {
    expect(costOf({ cost_components: [unknownUsage] })).toBeNull();
  });

  test("is the sum of the known parts when some usage is unknown, with a warning", () => {
    const job = importOne(scanText([resource({ cost_components: [component(), unknownUsage] })]));
    expect(job.estimate.totalMonthlyCost).toBe("73");
    expect(job.estimate.byResource[0]?.costDrivers).toMatchObject([
      { monthlyCost: "73" },
      { monthlyCost: null, monthlyQuantity: null, price: "0.023", usageBased: true },
    ]);
    expect(warningMessage(job, "USAGE_UNKNOWN")).toContain("aws_instance.web");
  });

  test("is unknown without a price, which is written as 0 with the quantity 0", () => {
    const unpriced = component({ price: "0", quantity: "0", ...cost("0") });
    expect(costOf({ cost_components: [unpriced] })).toBeNull();
    const job = importOne(scanText([resource({ cost_components: [component(), unpriced] })]));
    expect(warningCodes(job)).toEqual(["PRICE_NOT_FOUND"]);
  });

  test("has an unknown usage, and not an unknown price, with a price below the smallest double", () => {
    const small = component({ price: "1e-400", quantity: "0", ...cost("0") });
    const job = importOne(scanText([resource({ cost_components: [component(), small] })]));
    expect(warningCodes(job)).toEqual(["USAGE_UNKNOWN"]);
  });

  test("is 0 for a price of 0 with a quantity, and for a component that says it has no usage", () => {
    expect(costOf({ cost_components: [component({ price: "0", ...cost("0") })] })).toBe("0");
    expect(costOf({ cost_components: [{ ...unknownUsage, usage_based: false }] })).toBe("0");
  });

  test("is unknown for a price of 0 of a mock value", () => {
    const mock = "Instance usage (on-demand, instance_type-infracost-mock-44956be29f34)";
    expect(costOf({ cost_components: [component({ name: mock, price: "0", ...cost("0") })] })).toBeNull();
  });

  test("is 0 when it is free, and unknown when it is unsupported or has no components", () => {
    expect(costOf({ is_free: true })).toBe("0");
    expect(costOf({ is_supported: false })).toBeNull();
    expect(costOf({})).toBeNull();
  });

  test("is known for an unsupported resource with prices", () => {
    expect(costOf({ is_supported: false, cost_components: [component()] })).toBe("73");
  });
});

test("critical diagnostics are errors, the others are warnings", () => {
  const diagnostics = [
    { message: "a", severity: "warning" },
    { message: "b", severity: "info" },
    { message: "c", severity: "critical" },
    { message: "d", severity: "ERROR" },
  ];
  const job = importOne(scanText([], { projects: [{ project_name: "web", resources: [], diagnostics }] }));
  expect(warningCodes(job).toSorted()).toEqual([
    "PROJECT_ERROR",
    "PROJECT_ERROR",
    "PROJECT_WARNING",
    "PROJECT_WARNING",
  ]);
  expect(job.estimate.isComplete).toBe(false);
});

test("a failed project may have no list of resources", () => {
  const projects = [{ project_name: "web", diagnostics: [{ message: "a", severity: "critical" }] }];
  expect(importOne(scanText([], { projects })).estimate).toMatchObject({
    isComplete: false,
    totalMonthlyCost: "0",
  });
});

test("results of policies are named as not stored, if there are any", () => {
  const projects = [{ ...file.projects[0], finops_results: [{ policy_id: "p" }] }];
  const job = importOne(
    scanText([], { projects, guardrail_results: [{ triggered: true }], budget_results: [] }),
  );
  expect(warningMessage(job, "FIELDS_IGNORED")).toBe(
    "These fields of the file are not stored: guardrail_results, projects[].finops_results",
  );
});

test.each([
  [{ path: "infra/web" }, "infra/web"],
  [{ project_name: ".", path: "/work/infra" }, "infra"],
  [{ path: "." }, undefined],
  [{ project_name: "work", path: "/work" }, undefined],
  [{ project_name: "main", path: "/work" }, "main"],
])("the name of the project %j is %j", (named, name) => {
  expect(importOne(scanText([], { projects: [{ resources: [], ...named }] })).project).toBe(name);
});

describe("A file of Infracost 2 that is not a scan of projects is refused by its name", () => {
  test.each([
    ['{"projects": 2, "project_details": [], "resources": 5, "monthly_cost": "127.5"}', "inspect --json"],
    ['{"currency": "EUR", "projects": []}', "scan --json"],
    ['{"currency": "EUR", "projects": null}', "scan --json"],
    ['{"currency": "EUR", "summary": {"projects": 0, "costed_resources": 0}}', "scan --json"],
  ])("%s", (other, command) => {
    expect(() => importEstimates(other)).toThrow(
      new RegExp(
        `The file is the output of \`infracost ${command}\`.*Give the output of \`infracost scan --json\``,
      ),
    );
  });
});
