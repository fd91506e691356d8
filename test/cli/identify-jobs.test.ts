import { describe, expect, it } from "vitest";
import type { CiContext } from "../../src/cli/ci.ts";
import { identifyJobs, type Overrides } from "../../src/cli/identify-jobs.ts";
import type { StoreEstimateInput } from "../../src/client/generated.ts";
import { estimate } from "../support/estimates.ts";

const outside: CiContext = {
  service: undefined,
  repository: undefined,
  branch: "local",
  commitSha: "10ca1",
  pullRequestUrl: undefined,
  attempt: undefined,
};
const ci: CiContext = {
  service: "github",
  repository: "acme/shop",
  branch: "main",
  commitSha: "c0ffee",
  pullRequestUrl: "https://github.com/acme/shop/pull/7",
  attempt: ["github", "5500", "1"],
};
const job = (fields: Partial<StoreEstimateInput> = {}): StoreEstimateInput => ({
  estimate: estimate(),
  ...fields,
});

const identify = (jobs: readonly StoreEstimateInput[], overrides: Overrides = {}, context = ci) =>
  identifyJobs(jobs, overrides, context);
const keyOf = (input: StoreEstimateInput, overrides: Overrides = {}, context = ci) =>
  identify([input], overrides, context)[0]?.idempotencyKey;

describe("A job's origin", () => {
  const ofFile = {
    project: "acme/shop/eu",
    branch: "file",
    commitSha: "f11e",
    pullRequestUrl: "https://file",
    userId: "file",
  };

  it("is that of CI when the file has none", () => {
    expect(identify([job()])[0]).toMatchObject({
      project: "acme/shop",
      branch: "main",
      commitSha: "c0ffee",
      pullRequestUrl: "https://github.com/acme/shop/pull/7",
    });
  });

  it("is that of the file, before CI", () => {
    expect(identify([job(ofFile)])[0]).toMatchObject(ofFile);
  });

  it("is that of the options, before all", () => {
    const overrides: Overrides = {
      project: "p",
      branch: "b",
      commit: "c",
      pullRequest: "https://option",
      user: "u",
      label: { team: "shop" },
      profile: "staging",
    };
    expect(identify([job({ ...ofFile, labels: { team: "file", tier: "1" } })], overrides)[0]).toMatchObject({
      project: "p",
      branch: "b",
      commitSha: "c",
      pullRequestUrl: "https://option",
      userId: "u",
      labels: { team: "shop", tier: "1" },
      estimate: { profile: "STAGING" },
    });
  });

  it("keeps the file's profile and labels without options", () => {
    const labels = { team: "file" };
    const [identified] = identify([job({ labels, estimate: estimate({ profile: "PROD" }) })]);
    expect(identified).toMatchObject({ labels, estimate: { profile: "PROD" } });
  });
});

describe("A job's project", () => {
  it.each<[string, string | undefined, Overrides, CiContext, string | undefined]>([
    ["is the file's outside CI", "stack", {}, outside, "stack"],
    ["is unknown when nobody knows it", undefined, {}, outside, undefined],
    ["stands behind the repository in CI", "stack", {}, ci, "acme/shop/stack"],
    ["does not repeat the repository", "acme/shop/stack", {}, ci, "acme/shop/stack"],
    [
      "is not taken for the repository's because it begins alike",
      "acme/shopping",
      {},
      ci,
      "acme/shop/acme/shopping",
    ],
    ["is the option, outright", "stack", { project: "mine" }, ci, "mine"],
  ])("%s", (_name, project, overrides, context, expected) => {
    expect(identify([job({ project })], overrides, context)[0]?.project).toBe(expected);
  });

  it("follows the option when there are several jobs", () => {
    const jobs = identify([job({ project: "eu" }), job({ project: "us" }), job()], { project: "mine" });
    expect(jobs.map(({ project }) => project)).toEqual(["mine/eu", "mine/us", "mine"]);
  });
});

describe("The idempotency key", () => {
  it("is the same when a step of the same CI attempt is repeated", () => {
    expect(keyOf(job())).toMatch(/^ci-[0-9a-f]{64}$/);
    expect(keyOf(job())).toBe(keyOf(job()));
  });

  it.each<[string, StoreEstimateInput, Overrides, CiContext]>([
    ["attempt", job(), {}, { ...ci, attempt: ["github", "5500", "2"] }],
    ["estimate", job({ estimate: estimate({ totalMonthlyCost: "10.01" }) }), {}, ci],
    ["project", job({ project: "eu" }), {}, ci],
    ["label", job(), { label: { step: "2" } }, ci],
  ])("differs for a different %s", (_name, input, overrides, context) => {
    expect(keyOf(input, overrides, context)).not.toBe(keyOf(job()));
  });

  it("is new for every push outside CI", () => {
    expect(keyOf(job(), {}, outside)).not.toBe(keyOf(job(), {}, outside));
  });

  it("is that of the option, else of the file", () => {
    expect(keyOf(job({ idempotencyKey: "file" }))).toBe("file");
    expect(keyOf(job({ idempotencyKey: "file" }), { idempotencyKey: "option" })).toBe("option");
  });

  it("of the option is numbered when there are several jobs", () => {
    const keys = identify([job(), job()], { idempotencyKey: "k" }).map(
      ({ idempotencyKey }) => idempotencyKey,
    );
    expect(keys).toEqual(["k#1", "k#2"]);
  });
});
