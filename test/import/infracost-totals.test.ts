import { describe, expect, test } from "vitest";
import type { ResourceCostInput } from "../../src/client/generated.ts";
import { importEstimates } from "../../src/import/import-estimates.ts";
import { exact, exactSum } from "./exact.ts";
import { importOne, infracostSample, infracostSamples, sample, warningCodes } from "./samples.ts";

const consistentSamples = infracostSamples.filter((name) => !name.startsWith("ic-26"));

function knownTotals(resources: readonly ResourceCostInput[]): string[] {
  return resources.flatMap(({ totalMonthlyCost }) => totalMonthlyCost ?? []);
}

describe.each(infracostSamples)("%s", (name) => {
  const text = sample(`infracost/${name}`);
  const file = JSON.parse(text);

  test("is one job for each project, with the stated total of the project", () => {
    const totals = importEstimates(text).map(({ estimate }) => estimate.totalMonthlyCost);
    const stated = file.projects.map(
      (project: { breakdown: { totalMonthlyCost: string } }) => project.breakdown.totalMonthlyCost,
    );
    expect(totals).toEqual(file.projects.length === 1 ? [file.totalMonthlyCost] : stated);
  });

  test("is one job of all projects when merged, with the stated total of the file", () => {
    expect(importOne(text, { merge: true }).estimate.totalMonthlyCost).toBe(file.totalMonthlyCost);
  });

  test("keeps the digits of every cost, and every unknown cost unknown", () => {
    const { byResource } = importOne(text, { merge: true }).estimate;
    const written = file.projects.flatMap(
      ({ breakdown }: { breakdown: { resources: { monthlyCost?: string }[]; freeResources?: object[] } }) => [
        ...breakdown.resources.map(({ monthlyCost }) => monthlyCost ?? null),
        ...(breakdown.freeResources ?? []).map(() => "0"),
      ],
    );
    expect(byResource.map(({ totalMonthlyCost }) => totalMonthlyCost)).toEqual(written);
  });

  test("divides every known cost into categories that add up to it", () => {
    for (const resource of importOne(text, { merge: true }).estimate.byResource) {
      const { computeCost, storageCost, networkCost, otherCost } = resource;
      const categories = exactSum(
        [computeCost, storageCost, networkCost, otherCost].map((cost) => cost ?? "0"),
      );
      expect(categories).toBe(exact(resource.totalMonthlyCost ?? "0"));
    }
  });

  test("has a known service for every resource", () => {
    expect(warningCodes(importOne(text, { merge: true }))).not.toContain("UNKNOWN_SERVICE");
  });
});

test.each(consistentSamples)("%s: the resources of a job add up to its total", (name) => {
  for (const { estimate } of importEstimates(sample(`infracost/${name}`))) {
    expect(exactSum(knownTotals(estimate.byResource))).toBe(exact(estimate.totalMonthlyCost));
  }
});

test("a file whose total differs from that of its projects gets a warning", () => {
  const job = importOne(infracostSample("ic-26"), { merge: true });
  expect(job.estimate.totalMonthlyCost).toBe("40.561");
  expect(job.estimate.warnings).toContainEqual({
    code: "PROJECT_TOTALS_DISAGREE",
    message: "The file states a total of 40.561, but its projects add up to 81.122",
  });
});

test("three resources with a cost in ic-01 have an unknown cost in ic-02", () => {
  const unknown = (beginning: string) =>
    importOne(infracostSample(beginning)).estimate.byResource.filter((r) => r.totalMonthlyCost === null)
      .length;
  expect([unknown("ic-02"), unknown("ic-01")]).toEqual([3, 0]);
});

test("two estimators differ by 20 on one function of the same plan", () => {
  const costs = (beginning: string) =>
    importOne(infracostSample(beginning)).estimate.byResource.map((r) => [r.resourceId, r.totalMonthlyCost]);
  const [a, b] = [costs("same-plan-a"), costs("same-plan-b")];
  expect(a.filter((cost, index) => cost[1] !== b[index]?.[1])).toEqual([
    ["aws_lambda_function.hello_world", "416.6675"],
  ]);
});
