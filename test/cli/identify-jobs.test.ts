import { describe, expect, it } from "vitest";
import type { CiContext } from "../../src/cli/ci.ts";
import { UsageError } from "../../src/cli/exit-codes.ts";
import { identifyJobs, type Overrides } from "../../src/cli/identify-jobs.ts";
import type { StoreEstimateInput } from "../../src/client/generated.ts";
import { estimate } from "../support/estimates.ts";

const outside: CiContext = {};
const ci: CiContext = {
  service: "github",
  repository: "acme/shop",
  branch: "main",
  commitSha: "c0ffee",
  commitUrl: "https://github.com/acme/shop/commit/c0ffee",
  commitMessage: "Use smaller nodes",
  commitAuthor: "Ann Lee",
  pullRequestUrl: "https://github.com/acme/shop/pull/7",
  pullRequestTitle: "Cheaper",
  targetBranch: "release",
  runId: "github/acme/shop/5500",
  runUrl: "https://github.com/acme/shop/actions/runs/5500",
  attempt: ["github", "5500", "1"],
};
const { pullRequestUrl: _, pullRequestTitle: __, targetBranch: ___, ...push } = ci;
const pushToMain: CiContext = { ...push, defaultBranch: "main", isDefaultBranch: true };
const fork: CiContext = {
  ...ci,
  branch: "outsider:main",
  forkBranch: "main",
  isFork: true,
  hasPriority: true,
  isDefaultBranch: false,
  targetBranch: "main",
};
const queue: CiContext = {
  ...push,
  branch: undefined,
  targetBranch: "main",
  isDefaultBranch: false,
  hasPriority: true,
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

describe("A job's branch", () => {
  const only = (input: Partial<StoreEstimateInput>, overrides: Overrides, context: CiContext) => {
    const [{ branch, isDefaultBranch } = {}] = identify([job(input)], overrides, context);
    return { branch, isDefaultBranch };
  };
  const url = "https://github.com/acme/shop/pull/7";

  it.each<
    [string, Partial<StoreEstimateInput>, Overrides, CiContext, string | undefined, boolean | undefined]
  >([
    [
      "is that of CI in a fork, before the plain name of the file",
      { branch: "main" },
      {},
      fork,
      "outsider:main",
      false,
    ],
    ["in a fork is that of the file with an owner", { branch: "me:main" }, {}, fork, "me:main", false],
    [
      "in a fork has the owner, although the option has the plain name",
      {},
      { branch: "main" },
      fork,
      "outsider:main",
      false,
    ],
    ["in a fork is that of another option", {}, { branch: "other" }, fork, "other", false],
    [
      "in a fork is never the default branch, although the file states it",
      { isDefaultBranch: true },
      {},
      fork,
      "outsider:main",
      false,
    ],
    [
      "in a fork is never the default branch, although the option names it",
      {},
      { defaultBranch: "main" },
      fork,
      "outsider:main",
      false,
    ],
    [
      "in a merge queue is none, before that of the file",
      { branch: "gh-readonly-queue/main/pr-7-ab" },
      {},
      queue,
      undefined,
      false,
    ],
    ["in a merge queue is that of the option", {}, { branch: "queue" }, queue, "queue", undefined],
    [
      "of a file is not the target of its pull request",
      { branch: "main", targetBranch: "main", pullRequestUrl: url },
      {},
      outside,
      "pull/7",
      false,
    ],
    [
      "of a file in CI is not the target of the pull request",
      { branch: "main" },
      {},
      { ...ci, branch: "cheaper", targetBranch: "main" },
      "cheaper",
      false,
    ],
    [
      "of a file may be the target, if the pull request is of the same repository",
      { branch: "main" },
      {},
      { ...ci, branch: "cheaper", targetBranch: "main", isFork: false },
      "main",
      false,
    ],
    [
      "of a file is not the target of a pull request whose URL is that of a part of its page",
      { branch: "main", targetBranch: "main", pullRequestUrl: `${url}/files` },
      {},
      outside,
      "pull/7",
      false,
    ],
    [
      "of a ref of a pull request is its number",
      {},
      { branch: "refs/pull/7/merge" },
      outside,
      "pull/7",
      false,
    ],
    ["has no refs/heads/", {}, { branch: "refs/heads/main" }, outside, "main", undefined],
    ["is the default branch by the event", {}, {}, pushToMain, "main", true],
    [
      "is another one than the default branch of the event",
      { branch: "cheaper" },
      {},
      pushToMain,
      "cheaper",
      false,
    ],
    [
      "is the default branch by the option",
      { branch: "dev" },
      { defaultBranch: "dev" },
      pushToMain,
      "dev",
      true,
    ],
    ["is not the default branch by the option", {}, { defaultBranch: "dev" }, pushToMain, "main", false],
    [
      "of a pull request is not the default branch by the option",
      {},
      { defaultBranch: "main" },
      ci,
      "main",
      false,
    ],
    ["is the default branch by the file", { branch: "dev", isDefaultBranch: true }, {}, outside, "dev", true],
    [
      "leaves the default branch to the server when it is unstated",
      { branch: "main" },
      {},
      outside,
      "main",
      undefined,
    ],
  ])("%s", (_name, input, overrides, context, branch, isDefaultBranch) => {
    expect(only(input, overrides, context)).toEqual({ branch, isDefaultBranch });
  });
});

describe("The details of a commit and of a pull request", () => {
  const withDetails = job({
    commitSha: "f11e",
    commitMessage: "Of the file\n\nbody",
    commitAuthor: "Bob <bob@example.com>",
    pullRequestUrl: "https://gitlab.com/acme/shop/merge_requests/8",
    pullRequestTitle: "Of the file",
  });

  it("come from CI", () => {
    expect(identify([job()])[0]).toMatchObject({
      commitUrl: ci.commitUrl,
      commitMessage: "Use smaller nodes",
      commitAuthor: "Ann Lee",
      pullRequestTitle: "Cheaper",
      targetBranch: "release",
      runId: ci.runId,
      runUrl: ci.runUrl,
    });
  });

  it("come from the file that names the commit and the pull request, and not from others", () => {
    const [identified] = identify([withDetails]);
    expect(identified).toMatchObject({
      commitMessage: "Of the file",
      commitAuthor: "Bob",
      pullRequestTitle: "Of the file",
    });
    expect(identified).toMatchObject({ commitUrl: undefined, targetBranch: undefined });
  });

  it("come from CI when the file has the short form of the commit", () => {
    expect(identify([job({ commitSha: "C0FF" })])[0]).toMatchObject({ commitAuthor: "Ann Lee" });
  });

  it("are left out when an option names another commit", () => {
    const [identified] = identify([withDetails], { commit: "0ther", pullRequest: "https://other/9" });
    expect(identified).toMatchObject({
      commitSha: "0ther",
      commitMessage: undefined,
      commitAuthor: undefined,
      pullRequestTitle: undefined,
    });
  });

  it("are those of the options", () => {
    const overrides = {
      commitUrl: "https://git.acme.com/c/1",
      targetBranch: "main",
      runId: "nightly",
      runUrl: "https://ci.acme.com/1",
    };
    expect(identify([withDetails], overrides)[0]).toMatchObject(overrides);
  });

  it.each([{ runUrl: "javascript:alert(1)" }, { commitUrl: "git.acme.com/c/1" }])(
    "are refused when an option is no URL of http or https: %o",
    (overrides) => {
      expect(() => identify([job()], overrides)).toThrow(UsageError);
    },
  );

  it("have no author with --no-author, from CI and from the file", () => {
    const authors = [job(), withDetails].map(
      (input) => identify([input], { author: false })[0]?.commitAuthor,
    );
    expect(authors).toEqual([undefined, undefined]);
  });

  it("are not changed by empty options, which shells pass for unset variables", () => {
    const empty = { project: "", branch: "", commit: "", pullRequest: "", runUrl: "", idempotencyKey: "" };
    expect(identify([job()], empty)).toEqual(identify([job()]));
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
    ["does not repeat the repository before a workspace", "acme/shop#prod", {}, ci, "acme/shop#prod"],
    ["has slashes, also on Windows", "acme\\shop\\live", {}, outside, "acme/shop/live"],
    ["has the repository once, also on Windows", "acme\\shop\\live", {}, ci, "acme/shop/live"],
    ["has no empty part", "/stack//eu/", {}, ci, "acme/shop/stack/eu"],
    ["has no empty part in the option", "stack", { project: "\\mine//" }, ci, "mine"],
    ["is the repository when the file's has only empty parts", "//", {}, ci, "acme/shop"],
    ["has no current folder in it", "./stack", {}, ci, "acme/shop/stack"],
    ["has no current folder in the option", "stack", { project: "./mine" }, ci, "mine"],
  ])("%s", (_name, project, overrides, context, expected) => {
    expect(identify([job({ project })], overrides, context)[0]?.project).toBe(expected);
  });

  it.each(["//", "."])("is refused when the option has no name: %s", (project) => {
    expect(() => identify([job()], { project })).toThrow(UsageError);
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
    // The server compares all of a request: an equal key would be refused with IDEMPOTENCY_CONFLICT.
    [
      "warning",
      job({ estimate: estimate({ warnings: [{ code: "PROJECT_WARNING", message: "Missing" }] }) }),
      {},
      ci,
    ],
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
