import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type CiContext, readCiContext } from "../../src/cli/ci.ts";

type Environment = NodeJS.ProcessEnv;

const folder = mkdtempSync(join(tmpdir(), "results-storage-origin-"));
afterAll(() => rmSync(folder, { recursive: true }));

const read = (env: Environment) =>
  readCiContext({ PATH: process.env.PATH, GIT_DIR: "/nonexistent", ...env }, folder);

const eventPath = join(folder, "event.json");
writeFileSync(
  eventPath,
  JSON.stringify({
    repository: { full_name: "acme/shop", default_branch: "main" },
    head_commit: {
      id: "c0ffee",
      message: "Use smaller nodes\r\n\r\nThey are idle.",
      timestamp: "2026-11-20T10:00:00+01:00",
      author: { name: "Ann Lee", email: "ann@example.com" },
    },
  }),
);

const github = {
  GITHUB_ACTIONS: "true",
  GITHUB_EVENT_NAME: "push",
  GITHUB_EVENT_PATH: eventPath,
  GITHUB_REPOSITORY: "acme/shop",
  GITHUB_REF: "refs/heads/main",
  GITHUB_SHA: "c0ffee",
  GITHUB_RUN_ID: "5500",
  GITHUB_RUN_ATTEMPT: "1",
  GITHUB_JOB: "cost",
};
const gitlab = {
  GITLAB_CI: "true",
  CI_PROJECT_PATH: "acme/group/shop",
  CI_PROJECT_URL: "https://gitlab.example.com/acme/group/shop",
  CI_PIPELINE_ID: "900",
  CI_PIPELINE_URL: "https://gitlab.example.com/acme/group/shop/-/pipelines/900",
  CI_JOB_ID: "9001",
  CI_COMMIT_SHA: "c0ffee",
  CI_COMMIT_BRANCH: "main",
  CI_COMMIT_MESSAGE: "Use smaller nodes\n\nThey are idle.\n",
  CI_COMMIT_TIMESTAMP: "2026-11-20T10:00:00+01:00",
  CI_COMMIT_AUTHOR: "Ann Lee <ann@example.com>",
};
const buildkite = {
  BUILDKITE: "true",
  BUILDKITE_REPO: "git@github.com:acme/shop",
  BUILDKITE_BRANCH: "main",
  BUILDKITE_COMMIT: "c0ffee",
  BUILDKITE_MESSAGE: "Use smaller nodes",
  BUILDKITE_BUILD_AUTHOR: "Ann Lee",
  BUILDKITE_BUILD_ID: "b-1",
  BUILDKITE_BUILD_URL: "https://buildkite.com/acme/shop/builds/12",
  BUILDKITE_PULL_REQUEST: "false",
  BUILDKITE_JOB_ID: "j-1",
};
const details = {
  commitMessage: "Use smaller nodes",
  committedAt: "2026-11-20T09:00:00.000Z",
  commitAuthor: "Ann Lee",
};

describe("The run and the commit", () => {
  it.each<[string, Environment, Partial<CiContext>]>([
    [
      "GitHub",
      github,
      {
        runId: "github/acme/shop/5500",
        runUrl: "https://github.com/acme/shop/actions/runs/5500",
        commitUrl: "https://github.com/acme/shop/commit/c0ffee",
        ...details,
      },
    ],
    [
      "Gitea, which has the variables of GitHub",
      { ...github, GITEA_ACTIONS: "true" },
      { runId: "gitea/acme/shop/5500" },
    ],
    [
      "GitLab",
      gitlab,
      {
        runId: "gitlab/acme/group/shop/900",
        runUrl: "https://gitlab.example.com/acme/group/shop/-/pipelines/900",
        commitUrl: "https://gitlab.example.com/acme/group/shop/-/commit/c0ffee",
        ...details,
      },
    ],
    [
      "a merged result in GitLab, whose message is that of the merge",
      { ...gitlab, CI_MERGE_REQUEST_IID: "7", CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: "head7" },
      { commitSha: "head7", commitMessage: undefined, commitAuthor: undefined, committedAt: undefined },
    ],
    [
      "Bitbucket",
      { BITBUCKET_BUILD_NUMBER: "12", BITBUCKET_REPO_FULL_NAME: "acme/shop", BITBUCKET_COMMIT: "c0ffee" },
      {
        runId: "bitbucket/acme/shop/12",
        runUrl: "https://bitbucket.org/acme/shop/pipelines/results/12",
        commitUrl: "https://bitbucket.org/acme/shop/commits/c0ffee",
      },
    ],
    [
      "CircleCI",
      {
        CIRCLECI: "true",
        CIRCLE_REPOSITORY_URL: "git@github.com:acme/shop.git",
        CIRCLE_WORKFLOW_ID: "w-1",
        CIRCLE_BUILD_NUM: "12",
        CIRCLE_BUILD_URL: "https://circleci.com/gh/acme/shop/12",
        CIRCLE_SHA1: "c0ffee",
      },
      {
        repository: "acme/shop",
        runId: "circleci/acme/shop/w-1",
        runUrl: "https://circleci.com/gh/acme/shop/12",
        commitUrl: "https://github.com/acme/shop/commit/c0ffee",
      },
    ],
    [
      "Jenkins, whose build numbers are of one job",
      {
        JENKINS_URL: "https://jenkins.example.com/",
        JOB_NAME: "nightly",
        BUILD_NUMBER: "12",
        BUILD_URL: "https://jenkins.example.com/job/nightly/12/",
        GIT_URL: "https://me:s3cret@github.com/acme/shop.git",
        GIT_COMMIT: "c0ffee",
      },
      {
        runId: "jenkins/acme/shop/jenkins.example.com/nightly/12",
        runUrl: "https://jenkins.example.com/job/nightly/12/",
        commitUrl: "https://github.com/acme/shop/commit/c0ffee",
      },
    ],
    [
      "Azure Pipelines",
      {
        TF_BUILD: "True",
        BUILD_BUILDID: "12",
        BUILD_REPOSITORY_NAME: "shop",
        BUILD_REPOSITORY_URI: "https://acme@dev.azure.com/acme/web/_git/shop",
        BUILD_SOURCEVERSION: "c0ffee",
        BUILD_SOURCEVERSIONMESSAGE: "Use smaller nodes",
        BUILD_SOURCEVERSIONAUTHOR: "Ann Lee",
        SYSTEM_COLLECTIONURI: "https://dev.azure.com/acme/",
        SYSTEM_TEAMPROJECT: "web",
      },
      {
        runId: "azurePipelines/web/shop/12",
        runUrl: "https://dev.azure.com/acme/web/_build/results?buildId=12",
        commitUrl: "https://dev.azure.com/acme/web/_git/shop/commit/c0ffee",
        commitMessage: "Use smaller nodes",
        commitAuthor: "Ann Lee",
      },
    ],
    [
      "Buildkite",
      buildkite,
      {
        repository: "acme/shop",
        runId: "buildkite/acme/shop/b-1",
        runUrl: "https://buildkite.com/acme/shop/builds/12",
        commitUrl: "https://github.com/acme/shop/commit/c0ffee",
        commitMessage: "Use smaller nodes",
        commitAuthor: "Ann Lee",
      },
    ],
    [
      "Buildkite, started by hand on the newest commit",
      { ...buildkite, BUILDKITE_COMMIT: "HEAD", BUILDKITE_SOURCE: "ui", BUILDKITE_MESSAGE: "Try again" },
      { commitSha: undefined, commitUrl: undefined, commitMessage: undefined },
    ],
    [
      "Atlantis, where a commit of a pull request is a run",
      {
        ATLANTIS_TERRAFORM_VERSION: "1.5.0",
        BASE_REPO_OWNER: "acme",
        BASE_REPO_NAME: "shop",
        HEAD_COMMIT: "c0ffee",
        PULL_NUM: "7",
        PULL_URL: "https://gitlab.com/acme/shop/-/merge_requests/7",
      },
      { runId: "atlantis/acme/shop/7-c0ffee", commitUrl: "https://gitlab.com/acme/shop/-/commit/c0ffee" },
    ],
    [
      "Spacelift",
      {
        TF_VAR_spacelift_run_id: "01J",
        TF_VAR_spacelift_stack_id: "network",
        TF_VAR_spacelift_account_name: "acme",
        TF_VAR_spacelift_repository: "acme/shop",
      },
      {
        runId: "spacelift/acme/shop/01J",
        runUrl: "https://acme.app.spacelift.io/stack/network/run/01J",
      },
    ],
    [
      "env0",
      {
        ENV0_ENVIRONMENT_ID: "e",
        ENV0_PROJECT_ID: "p",
        ENV0_DEPLOYMENT_LOG_ID: "d",
        ENV0_TEMPLATE_REPOSITORY: "https://github.com/acme/shop",
        ENV0_DEPLOYMENT_REVISION: "main",
        ENV0_COMMIT_HASH: "c0ffee",
      },
      {
        branch: "main",
        runId: "env0/acme/shop/d",
        runUrl: "https://app.env0.com/p/p/environments/e/deployments/d",
        commitUrl: "https://github.com/acme/shop/commit/c0ffee",
      },
    ],
    [
      "Travis",
      {
        TRAVIS: "true",
        TRAVIS_REPO_SLUG: "acme/shop",
        TRAVIS_BUILD_NUMBER: "12",
        TRAVIS_BUILD_WEB_URL: "https://app.travis-ci.com/acme/shop/builds/12",
        TRAVIS_BRANCH: "main",
        TRAVIS_COMMIT: "c0ffee",
        TRAVIS_COMMIT_MESSAGE: "Use smaller nodes",
        TRAVIS_PULL_REQUEST: "false",
      },
      {
        branch: "main",
        pullRequestUrl: undefined,
        runId: "travis/acme/shop/12",
        runUrl: "https://app.travis-ci.com/acme/shop/builds/12",
        commitMessage: "Use smaller nodes",
      },
    ],
  ])("are read in %s", (_name, env, expected) => {
    expect(read(env)).toMatchObject(expected);
  });

  it("have one id in every attempt of a run", () => {
    const rerun = { ...github, GITHUB_RUN_ATTEMPT: "2", GITHUB_JOB: "other" };
    expect(read(rerun).runId).toBe(read(github).runId);
    expect(read(rerun).attempt).not.toEqual(read(github).attempt);
  });

  it("have no id without the repository, because it would not be unique", () => {
    expect(read({ ...github, GITHUB_REPOSITORY: "" }).runId).toBeUndefined();
  });

  it("have no URLs that the server would refuse", () => {
    const env = { ...buildkite, BUILDKITE_BUILD_URL: "javascript:alert(1)", BUILDKITE_REPO: "/srv/git/shop" };
    expect(read(env)).toMatchObject({ runUrl: undefined, commitUrl: undefined });
  });

  it.each(["file:///srv/git/shop.git", "C:\\repos\\shop", "D:/repos/shop", "ftp://example.com/acme/shop"])(
    "have no page of a repository that is no remote: %s",
    (remote) => {
      const env = { ...buildkite, BUILDKITE_REPO: remote };
      expect(read(env)).toMatchObject({ repository: undefined, commitUrl: undefined, runId: undefined });
    },
  );

  it.each([
    ["git@github.com:acme/shop.git", "https://github.com/acme/shop"],
    ["github.com:acme/shop", "https://github.com/acme/shop"],
    ["ssh://git@git.example.com:2222/acme/shop.git/", "https://git.example.com/acme/shop"],
    ["https://git.example.com/acme/shop.git?private_token=s3cret", "https://git.example.com/acme/shop"],
    ["git://git.example.com/acme/shop.git", "https://git.example.com/acme/shop"],
    ["https://me:s3@cret@git.example.com:8443/acme/shop", "https://git.example.com:8443/acme/shop"],
  ])("have the page of the remote %s", (remote, page) => {
    const { repository, commitUrl } = read({ ...buildkite, BUILDKITE_REPO: remote });
    expect([repository, commitUrl]).toEqual(["acme/shop", `${page}/commit/c0ffee`]);
  });

  it("have no user and no password in their URLs", () => {
    const env = { ...buildkite, BUILDKITE_BUILD_URL: "https://me:s3cret@buildkite.com/acme/builds/12" };
    expect(read(env).runUrl).toBe("https://buildkite.com/acme/builds/12");
  });

  it("have no URL of variables that are not set", () => {
    const env = { APPVEYOR: "True", APPVEYOR_REPO_NAME: "acme/shop", APPVEYOR_BUILD_NUMBER: "12" };
    expect(read(env)).toMatchObject({ runId: "appveyor/acme/shop/12", runUrl: undefined });
  });

  it("have the page of a pull request of Gitea without the event file", () => {
    const env = {
      ...github,
      GITEA_ACTIONS: "true",
      GITHUB_EVENT_NAME: "pull_request",
      GITHUB_EVENT_PATH: "",
      GITHUB_SERVER_URL: "https://git.example.com",
      GITHUB_HEAD_REF: "cheaper",
      GITHUB_REF: "refs/pull/7/merge",
    };
    expect(read(env).pullRequestUrl).toBe("https://git.example.com/acme/shop/pulls/7");
  });

  it("have no URL that is longer than the server accepts", () => {
    const longest = `https://buildkite.com/${"a".repeat(2_048 - 22)}`;
    const urls = [longest, `${longest}a`].map(
      (url) => read({ ...buildkite, BUILDKITE_BUILD_URL: url }).runUrl,
    );
    expect(urls).toEqual([longest, undefined]);
  });

  it.each([
    ["2026-11-22 12:00:00 +0200", "2026-11-22T10:00:00.000Z"],
    ["2026-11-22T12:00:00.5+02:00", "2026-11-22T10:00:00.500Z"],
    ["2024-02-29T12:00:00Z", "2024-02-29T12:00:00.000Z"],
    ["2026-02-30T12:00:00Z", undefined],
    ["2026-11-22T12:00:00", undefined],
    ["2026-11-22T24:00:00Z", undefined],
  ])("have the time %s as %s", (time, committedAt) => {
    expect(read({ ...gitlab, CI_COMMIT_TIMESTAMP: time }).committedAt).toBe(committedAt);
  });

  it("have texts that the server accepts", () => {
    const env = {
      ...gitlab,
      CI_COMMIT_AUTHOR: `${"a".repeat(300)} <a@example.com>`,
      CI_COMMIT_MESSAGE: "m".repeat(5_000),
      CI_COMMIT_TIMESTAMP: "yesterday",
    };
    const { commitAuthor, commitMessage, committedAt } = read(env);
    expect([commitAuthor?.length, commitMessage?.length, committedAt]).toEqual([255, 4_096, undefined]);
  });

  it("have no author when there is only an address", () => {
    expect(read({ ...gitlab, CI_COMMIT_AUTHOR: "<ann@example.com>" }).commitAuthor).toBeUndefined();
  });
});

describe("The repository", () => {
  it("has slashes and no empty part", () => {
    expect(read({ ...github, GITHUB_REPOSITORY: "acme\\\\shop/" }).repository).toBe("acme/shop");
  });
});
