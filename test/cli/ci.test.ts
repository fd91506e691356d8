import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readCiContext } from "../../src/cli/ci.ts";
import { UsageError } from "../../src/cli/exit-codes.ts";

type Environment = NodeJS.ProcessEnv;

let folder: string;
let eventPath: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "results-storage-ci-"));
  eventPath = join(folder, "event.json");
  const pullRequest = { number: 7, base: { ref: "main" }, head: { ref: "cheaper", sha: "head7" } };
  await writeFile(eventPath, JSON.stringify({ pull_request: pullRequest }));
});
afterAll(() => rm(folder, { recursive: true }));

const read = (env: Environment) =>
  readCiContext({ PATH: process.env.PATH, GIT_DIR: "/nonexistent", ...env }, folder);

const github = {
  CI: "true",
  GITHUB_ACTIONS: "true",
  GITHUB_EVENT_NAME: "push",
  GITHUB_SERVER_URL: "https://github.com",
  GITHUB_REPOSITORY: "acme/shop",
  GITHUB_REF: "refs/heads/main",
  GITHUB_HEAD_REF: "",
  GITHUB_SHA: "c0ffee",
  GITHUB_RUN_ID: "5500",
  GITHUB_RUN_ATTEMPT: "1",
  GITHUB_JOB: "cost",
  RUNNER_NAME: "GitHub Actions 3",
};
const githubPullRequest = () => ({
  ...github,
  GITHUB_EVENT_NAME: "pull_request",
  GITHUB_EVENT_PATH: eventPath,
  GITHUB_REF: "refs/pull/7/merge",
  GITHUB_HEAD_REF: "cheaper",
  GITHUB_SHA: "merge7",
});
const gitlab = {
  CI: "true",
  GITLAB_CI: "true",
  CI_PROJECT_PATH: "acme/group/shop",
  CI_PROJECT_URL: "https://gitlab.example.com/acme/group/shop",
  CI_COMMIT_SHA: "c0ffee",
  CI_COMMIT_REF_NAME: "main",
  CI_PIPELINE_ID: "900",
  CI_JOB_ID: "9001",
};
const gitlabMergeRequest = {
  ...gitlab,
  CI_COMMIT_REF_NAME: "cheaper",
  CI_MERGE_REQUEST_ID: "123456",
  CI_MERGE_REQUEST_IID: "7",
  CI_MERGE_REQUEST_PROJECT_URL: "https://gitlab.example.com/acme/group/shop",
  CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: "cheaper",
  CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: "",
  CI_MERGE_REQUEST_TARGET_BRANCH_NAME: "main",
};
const bitbucket = {
  CI: "true",
  BITBUCKET_BUILD_NUMBER: "12",
  BITBUCKET_STEP_UUID: "{step-1}",
  BITBUCKET_REPO_FULL_NAME: "acme/shop",
  BITBUCKET_BRANCH: "cheaper",
  BITBUCKET_COMMIT: "c0ffee",
};
const circleci = {
  CI: "true",
  CIRCLECI: "true",
  CIRCLE_PROJECT_USERNAME: "acme",
  CIRCLE_PROJECT_REPONAME: "shop",
  CIRCLE_BRANCH: "cheaper",
  CIRCLE_SHA1: "c0ffee",
  CIRCLE_BUILD_NUM: "12",
  CIRCLE_NODE_INDEX: "0",
};
const jenkins = {
  JENKINS_URL: "https://jenkins.example.com/",
  JOB_NAME: "shop",
  BUILD_NUMBER: "12",
  GIT_URL: "git@github.com:acme/shop.git",
  GIT_BRANCH: "origin/main",
  GIT_COMMIT: "c0ffee",
};
const azure = {
  BUILD_BUILDURI: "vstfs:///Build/Build/12",
  BUILD_BUILDID: "12",
  BUILD_BUILDNUMBER: "20261123.1",
  BUILD_REPOSITORY_NAME: "shop",
  BUILD_REPOSITORY_URI: "https://acme@dev.azure.com/acme/web/_git/shop",
  BUILD_SOURCEBRANCH: "refs/heads/main",
  BUILD_SOURCEVERSION: "c0ffee",
  SYSTEM_COLLECTIONURI: "https://dev.azure.com/acme/",
  SYSTEM_TEAMPROJECT: "web",
  SYSTEM_JOBID: "job-1",
  SYSTEM_STAGEATTEMPT: "1",
  SYSTEM_JOBATTEMPT: "1",
};
const azurePullRequest = {
  ...azure,
  BUILD_SOURCEBRANCH: "refs/pull/7/merge",
  BUILD_SOURCEVERSION: "merge7",
  SYSTEM_PULLREQUEST_PULLREQUESTID: "7",
  SYSTEM_PULLREQUEST_SOURCEBRANCH: "refs/heads/cheaper",
  SYSTEM_PULLREQUEST_TARGETBRANCH: "refs/heads/main",
  SYSTEM_PULLREQUEST_SOURCECOMMITID: "head7",
};

const onMain = { branch: "main", commitSha: "c0ffee", pullRequestUrl: undefined };

describe("Outside CI", () => {
  it("the origin is unknown: the git repository of the folder may be another one", () => {
    expect(Object.values(read({})).filter((value) => value !== undefined)).toEqual([]);
  });
});

describe("The context of a CI job", () => {
  it.each([
    ["GitHub's push", () => github, { service: "github", repository: "acme/shop", ...onMain }],
    [
      "GitHub's pull request: its branch and newest commit, not those of the merge that is tried",
      githubPullRequest,
      { branch: "cheaper", commitSha: "head7", pullRequestUrl: "https://github.com/acme/shop/pull/7" },
    ],
    [
      "GitHub's pull request from a fork",
      () => ({
        ...githubPullRequest(),
        GITHUB_EVENT_NAME: "pull_request_target",
        GITHUB_REF: "refs/heads/main",
      }),
      { branch: "cheaper", commitSha: "head7", pullRequestUrl: "https://github.com/acme/shop/pull/7" },
    ],
    [
      "GitHub Enterprise's pull request",
      () => ({ ...githubPullRequest(), GITHUB_SERVER_URL: "https://git.acme.com" }),
      { pullRequestUrl: "https://git.acme.com/acme/shop/pull/7" },
    ],
    [
      "GitHub's pull request without its event file",
      () => ({ ...githubPullRequest(), GITHUB_EVENT_PATH: "/nonexistent" }),
      { branch: "cheaper", commitSha: "merge7", pullRequestUrl: "https://github.com/acme/shop/pull/7" },
    ],
    [
      "GitHub's tag, which is no branch",
      () => ({ ...github, GITHUB_REF: "refs/tags/v1" }),
      { branch: undefined },
    ],
    ["GitLab's push", () => gitlab, { service: "gitlab", repository: "acme/group/shop", ...onMain }],
    [
      "GitLab's merge request",
      () => gitlabMergeRequest,
      {
        branch: "cheaper",
        commitSha: "c0ffee",
        pullRequestUrl: "https://gitlab.example.com/acme/group/shop/-/merge_requests/7",
      },
    ],
    [
      "GitLab's pipeline for merged results",
      () => ({ ...gitlabMergeRequest, CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: "head7" }),
      { commitSha: "head7" },
    ],
    [
      "GitLab's tag, which is no branch",
      () => ({ ...gitlab, CI_COMMIT_REF_NAME: "v1", CI_COMMIT_TAG: "v1" }),
      { branch: undefined },
    ],
    [
      "Bitbucket's push",
      () => bitbucket,
      { service: "bitbucket", repository: "acme/shop", branch: "cheaper", pullRequestUrl: undefined },
    ],
    [
      "Bitbucket's pull request",
      () => ({ ...bitbucket, BITBUCKET_PR_ID: "7" }),
      { branch: "cheaper", pullRequestUrl: "https://bitbucket.org/acme/shop/pull-requests/7" },
    ],
    [
      "CircleCI's push",
      () => circleci,
      { service: "circleci", repository: "acme/shop", branch: "cheaper", commitSha: "c0ffee" },
    ],
    [
      "CircleCI's pull request",
      () => ({ ...circleci, CIRCLE_PULL_REQUEST: "https://github.com/acme/shop/pull/7" }),
      { branch: "cheaper", pullRequestUrl: "https://github.com/acme/shop/pull/7" },
    ],
    [
      "CircleCI's project without an owner, which is not called undefined",
      () => ({ ...circleci, CIRCLE_PROJECT_USERNAME: undefined }),
      { repository: undefined },
    ],
    ["Jenkins' job", () => jenkins, { service: "jenkins", repository: "acme/shop", ...onMain }],
    [
      "Jenkins' clone over HTTPS",
      () => ({ ...jenkins, GIT_URL: "https://me@git.acme.com/team/shop.git" }),
      { repository: "team/shop" },
    ],
    [
      "Jenkins' pull request in a multibranch pipeline",
      () => ({
        ...jenkins,
        GIT_URL: "",
        GIT_BRANCH: "",
        JOB_NAME: "acme/shop/PR-7",
        BRANCH_NAME: "PR-7",
        CHANGE_ID: "7",
        CHANGE_BRANCH: "cheaper",
        CHANGE_URL: "https://github.com/acme/shop/pull/7",
      }),
      { repository: "acme/shop", branch: "cheaper", pullRequestUrl: "https://github.com/acme/shop/pull/7" },
    ],
    [
      "Jenkins' branch in a multibranch pipeline, whose name is part of the job's",
      () => ({ ...jenkins, GIT_URL: "", JOB_NAME: "shop/feature%2Fnat", BRANCH_NAME: "feature/nat" }),
      { repository: "shop", branch: "feature/nat" },
    ],
    ["Azure's push", () => azure, { service: "azurePipelines", repository: "web/shop", ...onMain }],
    [
      "Azure's pull request",
      () => azurePullRequest,
      {
        branch: "cheaper",
        commitSha: "head7",
        pullRequestUrl: "https://dev.azure.com/acme/web/_git/shop/pullrequest/7",
      },
    ],
    [
      "Azure's pull request of GitHub",
      () => ({
        ...azurePullRequest,
        BUILD_REPOSITORY_NAME: "acme/shop",
        BUILD_REPOSITORY_URI: "https://github.com/acme/shop",
        SYSTEM_PULLREQUEST_PULLREQUESTID: "99001",
        SYSTEM_PULLREQUEST_PULLREQUESTNUMBER: "7",
      }),
      { repository: "acme/shop", pullRequestUrl: "https://github.com/acme/shop/pull/7" },
    ],
    [
      "a CI system of which nothing is known",
      () => ({ CI: "true" }),
      { service: undefined, repository: undefined, branch: undefined, attempt: undefined },
    ],
  ])("is read in %s", (_name, env, expected) => {
    expect(read(env())).toMatchObject(expected);
  });

  it.each(["pull_request_target", "workflow_run", "issue_comment"])(
    "that is only in the missing event file of %s is an error message without a stack trace",
    (name) => {
      const env = { ...githubPullRequest(), GITHUB_EVENT_NAME: name, GITHUB_EVENT_PATH: "/nonexistent" };
      expect(() => read(env)).toThrow(UsageError);
    },
  );

  it("that env-ci cannot read is an error message without a stack trace", () => {
    expect(() => read({ NETLIFY: "true" })).toThrow(UsageError);
  });
});

const attempts: [string, Environment, Environment[]][] = [
  [
    "GitHub",
    github,
    [{ GITHUB_RUN_ATTEMPT: "2" }, { GITHUB_JOB: "other" }, { RUNNER_NAME: "GitHub Actions 4" }],
  ],
  ["GitLab", gitlab, [{ CI_JOB_ID: "9002" }, { CI_PIPELINE_ID: "901" }, { CI_PROJECT_PATH: "acme/till" }]],
  [
    "Bitbucket",
    bitbucket,
    [
      { BITBUCKET_STEP_RUN_NUMBER: "2" },
      { BITBUCKET_STEP_UUID: "{step-2}" },
      { BITBUCKET_BUILD_NUMBER: "13" },
    ],
  ],
  ["CircleCI", circleci, [{ CIRCLE_BUILD_NUM: "13" }, { CIRCLE_NODE_INDEX: "1" }]],
  ["Jenkins", jenkins, [{ BUILD_NUMBER: "13" }, { JOB_NAME: "till" }, { JENKINS_URL: "https://other/" }]],
  [
    "Azure",
    azure,
    [
      { SYSTEM_JOBATTEMPT: "2" },
      { SYSTEM_STAGEATTEMPT: "2" },
      { SYSTEM_JOBID: "job-2" },
      { BUILD_BUILDID: "13" },
    ],
  ],
];

describe("The attempt of a CI job", () => {
  it.each(attempts)(
    "of %s is the same for every step, and another for every other attempt",
    (_name, env, others) => {
      const attemptOf = (change: Environment) => JSON.stringify(read({ ...env, ...change }).attempt);
      expect(attemptOf({ SOME_OTHER: "step" })).toBe(attemptOf({}));
      expect(new Set([{}, ...others].map(attemptOf)).size).toBe(others.length + 1);
    },
  );
});
