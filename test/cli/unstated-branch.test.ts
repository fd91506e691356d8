import { tmpdir } from "node:os";
import { describe, expect, it } from "vitest";
import { readCiContext } from "../../src/cli/ci.ts";
import { identifyJobs, type Overrides } from "../../src/cli/identify-jobs.ts";
import type { StoreEstimateInput } from "../../src/client/generated.ts";
import { estimate } from "../support/estimates.ts";

type Environment = Readonly<Record<string, string>>;

function identify(env: Environment, options: Overrides = {}, file: Partial<StoreEstimateInput> = {}) {
  const context = readCiContext(
    { PATH: process.env.PATH, GIT_DIR: "/nonexistent", ...env },
    tmpdir(),
    options.defaultBranch,
  );
  const [job] = identifyJobs([{ estimate: estimate(), ...file }], options, context);
  return { branch: job?.branch, isDefaultBranch: job?.isDefaultBranch };
}

const codebuild = { CODEBUILD_BUILD_ID: "shop:1", CODEBUILD_RESOLVED_SOURCE_VERSION: "c0ffee1" };
const bitbucket = { BITBUCKET_BUILD_NUMBER: "1", BITBUCKET_REPO_FULL_NAME: "acme/shop" };
const github = { GITHUB_ACTIONS: "true", GITHUB_REPOSITORY: "acme/shop", GITHUB_EVENT_NAME: "pull_request" };
const request = { ...github, GITHUB_HEAD_REF: "develop", GITHUB_REF: "refs/pull/7/merge" };
const url = "https://github.com/acme/shop/pull/7";

describe("A job in CI is not on the default branch", () => {
  it.each<[string, Environment, string | undefined]>([
    ["CodeBuild of a commit", { ...codebuild, CODEBUILD_SOURCE_VERSION: "c0ffee1" }, undefined],
    ["CodeBuild without a version", codebuild, undefined],
    ["CodeBuild of a pull request", { ...codebuild, CODEBUILD_SOURCE_VERSION: "pr/7" }, "pull/7"],
    ["Buildkite without a branch", { BUILDKITE: "true" }, undefined],
    [
      "GitHub without a ref",
      { ...github, GITHUB_EVENT_NAME: "deployment_status", GITHUB_REF: "" },
      undefined,
    ],
    [
      "Jenkins from main into main",
      { JENKINS_URL: "https://j/", CHANGE_ID: "7", CHANGE_BRANCH: "main", CHANGE_TARGET: "main" },
      "pull/7",
    ],
    [
      "CircleCI with the number of a fork's pull request",
      { CIRCLECI: "true", CIRCLE_BRANCH: "main", CIRCLE_PR_NUMBER: "7" },
      "pull/7",
    ],
  ])("in %s", (_name, env, branch) => {
    expect(identify(env)).toEqual({ branch, isDefaultBranch: false });
  });

  it("for a branch that CodeBuild states, unless it is the default branch", () => {
    const env = { ...codebuild, CODEBUILD_SOURCE_VERSION: "feature-x" };
    expect(identify(env, { defaultBranch: "main" })).toEqual({ branch: "feature-x", isDefaultBranch: false });
  });
});

describe("A pull request", () => {
  it.each([
    ["Bitbucket", { ...bitbucket, BITBUCKET_BRANCH: "develop", BITBUCKET_PR_ID: "7" }],
    ["GitHub without the event file", request],
  ])("from the branch of --default-branch may be of a fork, in %s", (_name, env) => {
    expect(identify(env, { defaultBranch: "develop" })).toEqual({ branch: "pull/7", isDefaultBranch: false });
  });

  it("of a file outside CI from the branch of --default-branch may be of a fork", () => {
    expect(identify({}, { defaultBranch: "develop" }, { branch: "develop", pullRequestUrl: url })).toEqual({
      branch: "pull/7",
      isDefaultBranch: false,
    });
  });

  it.each(["cheaper", "x:y"])("is never on the default branch, although the file states it: %s", (branch) => {
    const file = { branch, isDefaultBranch: true };
    expect(identify({ ...request, GITHUB_HEAD_REF: "cheaper" }, {}, file).isDefaultBranch).toBe(false);
    expect(identify({}, {}, { ...file, pullRequestUrl: url }).isDefaultBranch).toBe(false);
  });

  it("without a number does not exist, in options and in files", () => {
    const pullRequest = "https://gitlab.com/acme/shop/-/merge_requests/";
    const expected = { branch: "main", isDefaultBranch: undefined };
    expect(identify({}, { branch: "main", pullRequest })).toEqual(expected);
    expect(identify({}, {}, { branch: "main", pullRequestUrl: pullRequest })).toEqual(expected);
  });
});

it.each(["gh-readonly-queue/main/pr-7-ab", "mergify/merge-queue/ab", "trunk-temp/pr-7/ab", "mq-bot-7"])(
  "An entry of a merge queue is in no series, whatever names it: %s",
  (branch) => {
    const expected = { branch: undefined, isDefaultBranch: false };
    expect(identify({}, {}, { branch, pullRequestUrl: url })).toEqual(expected);
    expect(identify({}, { branch })).toEqual(expected);
    expect(identify({ ...bitbucket, BITBUCKET_BRANCH: branch })).toEqual(expected);
  },
);

it("No text of a job keeps a password of a URL", () => {
  const env = {
    JENKINS_URL: "https://u:S3CRET@ci.example.com/",
    JOB_NAME: "shop",
    BUILD_NUMBER: "1",
    BUILD_URL: "https://u:S3CRET@ci.example.com/job/shop/1?token=S3CRET",
    CHANGE_URL: "https://u:S3CRET@git.example.com/acme/shop/pull/7",
    CHANGE_ID: "7",
    BRANCH_NAME: "cheaper",
  };
  const secret = "https://u:S3CRET@h/pull/7?private_token=S3CRET";
  const options = { pullRequest: secret, commitUrl: secret, runUrl: secret };
  const file = { pullRequestUrl: secret, commitUrl: secret, runUrl: secret };
  const context = readCiContext(env, tmpdir());
  const jobs = [{}, file].map((given) => ({ estimate: estimate(), ...given }));
  const texts = [{}, options].map((given) => JSON.stringify([context, identifyJobs(jobs, given, context)]));
  for (const text of texts) expect(text).not.toContain("S3CRET");
});
