import { expect, test } from "vitest";
import { importOne, sample, warningCodes } from "./samples.ts";

const text = sample("native.json");
const file = JSON.parse(text);

function importChanged(change: (copy: typeof file) => void) {
  const copy = structuredClone(file);
  change(copy);
  return importOne(JSON.stringify(copy));
}

test("the user and the plan come from the wrapper", () => {
  expect(importOne(text)).toMatchObject({
    userId: "user123",
    terraformPlanHash: "9f2c4e5b7a1d3c6e8f0a2b4c6d8e0f1a3b5c7d9e1f2a4b6c8d0e2f4a6b8c0d1e",
  });
});

test("the other fields of a wrapper are kept", () => {
  const wrapper = {
    idempotency_key: "run-7",
    labels: { team_name: "shop" },
    project: "shop",
    branch: "main",
    commit_sha: "abc123",
    pull_request_url: "https://example.com/pull/7",
  };
  expect(importChanged((copy) => Object.assign(copy, wrapper))).toMatchObject({
    idempotencyKey: "run-7",
    labels: { team_name: "shop" },
    project: "shop",
    branch: "main",
    commitSha: "abc123",
    pullRequestUrl: "https://example.com/pull/7",
  });
});

test("the origin and the completeness are read in any spelling, wrapped or not", () => {
  const estimateFields = { is_complete: false, unsupported_resource_count: 3 };
  const context = {
    is_default_branch: false,
    target_branch: "main",
    pull_request_title: "Add a cache",
    commit_url: "https://example.com/commit/abc",
    committed_at: "2026-01-02T03:04:05Z",
    commit_message: "Add a cache",
    commit_author: "Ada",
    run_id: "github/acme/shop/1",
    run_url: "https://example.com/runs/1",
  };
  const read = {
    isDefaultBranch: false,
    targetBranch: "main",
    pullRequestTitle: "Add a cache",
    commitUrl: "https://example.com/commit/abc",
    committedAt: "2026-01-02T03:04:05Z",
    commitMessage: "Add a cache",
    commitAuthor: "Ada",
    runId: "github/acme/shop/1",
    runUrl: "https://example.com/runs/1",
    estimate: { isComplete: false, unsupportedResourceCount: 3 },
  };
  const wrapped = { ...file, ...context, estimate: { ...file.estimate, ...estimateFields } };
  const bare = { ...file.estimate, ...context, ...estimateFields };
  const camel = { ...read, estimate: { ...importOne(text).estimate, ...read.estimate } };
  for (const input of [wrapped, bare, camel].map((content) => importOne(JSON.stringify(content)))) {
    expect(input).toMatchObject(read);
    expect(warningCodes(input)).toEqual([]);
  }
});

test("an estimate without a wrapper is valid", () => {
  expect(importOne(JSON.stringify(file.estimate)).estimate).toEqual(importOne(text).estimate);
});

test("the spelling of the GraphQL input gives the same result", () => {
  const input = importOne(text);
  expect(importOne(JSON.stringify(input))).toEqual(input);
});

test("the header of the estimate is kept", () => {
  expect(importOne(text).estimate).toMatchObject({
    totalMonthlyCost: "1222.0154309",
    currency: "USD",
    confidenceScore: 0.86,
    profile: "PROD",
    estimatedAt: "2026-03-02T09:15:00Z",
  });
});

test("every field of a resource is kept", () => {
  const [resource] = importOne(text).estimate.byResource;
  expect(resource).toEqual({
    resourceId: "module.api.aws_instance.web[0]",
    resourceType: "aws_instance",
    service: "EC2",
    region: "us-east-1",
    totalMonthlyCost: "152.66",
    computeCost: "140.16",
    storageCost: "8.00",
    networkCost: "4.50",
    otherCost: "0",
    confidenceScore: 0.94,
    costDrivers: file.estimate.by_resource[0].cost_drivers,
    assumptions: file.estimate.by_resource[0].assumptions,
  });
});

test("an unknown cost stays unknown", () => {
  const logs = importOne(text).estimate.byResource.find((r) => r.resourceId === "aws_s3_bucket.logs");
  expect(logs?.totalMonthlyCost).toBeNull();
});

test("the totals of services are kept", () => {
  expect(importOne(text).estimate.byService?.[0]).toEqual({
    service: "RDS",
    totalMonthlyCost: "660.33",
    resourceCount: 1,
  });
});

test("a region's services may be a map from service to amount", () => {
  expect(importOne(text).estimate.byRegion?.[2]).toEqual({
    region: "global",
    totalMonthlyCost: "92.50",
    resourceCount: 1,
    services: [{ service: "CloudFront", totalMonthlyCost: "92.50" }],
  });
});

test("the usage profile of a resource is dropped when it equals that of the estimate", () => {
  expect(warningCodes(importOne(text))).toEqual([]);
});

test("a resource with a different usage profile is named in a warning", () => {
  const job = importChanged((copy) => {
    copy.estimate.by_resource[2].usage_profile = "dev";
  });
  expect(job.estimate.warnings).toEqual([
    {
      code: "USAGE_PROFILE_DIFFERS",
      message:
        "The usage profile of these resources differs from that of the estimate (prod): module.api.aws_lb.front (dev)",
    },
  ]);
});

test("numbers keep their digits, as amounts and in JSON fields", () => {
  const job = importOne(
    '{"total_monthly_cost": 5.10, "by_resource": [{"resource_id": "a.b", "resource_type": "a", "service": "x",' +
      '"region": "r", "total_monthly_cost": 12345678901234567.89, "confidence_score": 0.90, "tags": {"n": 1.0}}]}',
  );
  expect(job.estimate.totalMonthlyCost).toBe("5.10");
  expect(job.estimate.byResource[0]).toMatchObject({
    totalMonthlyCost: "12345678901234567.89",
    confidenceScore: 0.9,
  });
  expect(JSON.stringify(job.estimate.byResource[0]?.tags)).toBe('{"n":1.0}');
});

test("invalid values are passed to the server, which rejects them", () => {
  const job = importChanged((copy) => {
    copy.estimate.total_monthly_cost = "much";
    copy.estimate.confidence_score = 7;
  });
  expect(job.estimate).toMatchObject({ totalMonthlyCost: "much", confidenceScore: 7 });
});

test("the region option does not replace the regions of the estimate", () => {
  expect(importOne(text, { region: "eu-west-1" }).estimate).toEqual(importOne(text).estimate);
});

test("every unknown field, which is not stored, is named in a warning", () => {
  const input = importChanged((copy) => {
    copy.bogus = 1;
    copy.estimate.by_servce = [];
    copy.estimate.by_resource[0].frob = 1;
  });
  expect(input.estimate.warnings).toEqual([
    {
      code: "FIELDS_IGNORED",
      message:
        "These fields are unknown and not stored: bogus, estimate.by_servce, estimate.by_resource[].frob",
    },
  ]);
});

test.each([
  ["./infra", "infra"],
  ["/work/infra", "infra"],
  ["C:\\shop\\infra", "shop/infra"],
  ["work/infra", "work/infra"],
  [".", undefined],
])("the project %j is %j, as in a file of Infracost", (project, expected) => {
  expect(importChanged((copy) => Object.assign(copy, { project })).project).toBe(expected);
});
