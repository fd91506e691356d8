import { expect, test } from "vitest";
import { importEstimates } from "../../src/import/import-estimates.ts";
import { infracostText, project, resource } from "./infracost-input.ts";
import { importOne, infracostSample, warningCodes, warningMessage } from "./samples.ts";

test("a file without a currency, as in 2021, is in dollars, with a warning", () => {
  const job = importOne(infracostSample("ic-34"));
  expect(job.estimate.currency).toBe("USD");
  expect(warningCodes(job)).toContain("CURRENCY_ASSUMED");
});

test("the currency is that of the file", () => {
  expect(importOne(infracostSample("ic-41")).estimate.currency).toBe("INR");
});

test("the time of the estimate is not changed", () => {
  const { estimatedAt } = importOne(infracostSample("cm-05")).estimate;
  expect(estimatedAt).toBe("2025-08-03T22:49:45.514663978Z");
});

test.each(["REPLACED_TIME", "2023-02-27T09: 56: 57.050133394Z", "2023-02-30T00:00:00Z", "2023-02-03T10:00Z"])(
  "the time %j is left out with a warning",
  (timeGenerated) => {
    const job = importOne(infracostText([project()], { timeGenerated }));
    expect(job.estimate.estimatedAt).toBeUndefined();
    expect(warningMessage(job, "TIME_UNREADABLE")).toContain(timeGenerated);
  },
);

test("the estimator is Infracost, without the version of the file format", () => {
  expect(importOne(infracostSample("cm-05")).estimate.estimator).toBe("infracost");
});

test("branch and commit come from the file's metadata", () => {
  expect(importOne(infracostSample("ic-23"), { merge: true })).toMatchObject({
    branch: "master",
    commitSha: "b086f035da16a37242ffe5a32d7ab866fd6aded5",
  });
});

test("a pull request comes from the file's metadata, or from a project's", () => {
  const vcsPullRequestUrl = "https://example.com/pull/7";
  const ofFile = importOne(infracostText([project()], { metadata: { vcsPullRequestUrl } }));
  const ofProject = importOne(infracostText([project({ metadata: { vcsPullRequestUrl } })]));
  expect([ofFile.pullRequestUrl, ofProject.pullRequestUrl]).toEqual([vcsPullRequestUrl, vcsPullRequestUrl]);
});

test("a detached checkout has no branch", () => {
  expect(importOne(infracostText([project()], { metadata: { vcsBranch: "HEAD" } })).branch).toBeUndefined();
});

test("totals of services and regions are calculated by the server", () => {
  const { byService, byRegion } = importOne(infracostSample("ic-01")).estimate;
  expect([byService, byRegion]).toEqual([undefined, undefined]);
});

test("a missing total is the sum of the known costs, with a warning", () => {
  const resources = [resource({ monthlyCost: "1.10" }), resource({ monthlyCost: null })];
  const [job] = importEstimates(
    infracostText([project({ breakdown: { resources, totalMonthlyCost: null } })], {
      totalMonthlyCost: null,
    }),
  );
  expect(job?.estimate.totalMonthlyCost).toBe("1.10");
  expect(job?.estimate.warnings).toEqual([
    { code: "TOTAL_ASSUMED", message: "The file has no total, so it is the sum of the known costs: shop" },
  ]);
});

test("costs that are JSON numbers keep their digits", () => {
  const text = infracostText([project({ breakdown: { resources: [resource({ monthlyCost: "#" })] } })]);
  const job = importOne(text.replace('"#"', "12345678901234567.890"));
  expect(job.estimate.byResource[0]?.totalMonthlyCost).toBe("12345678901234567.890");
});
