import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { type CiContext, readCiContext } from "../../src/cli/ci.ts";
import { identifyJobs } from "../../src/cli/identify-jobs.ts";
import { estimate } from "../support/estimates.ts";

type Environment = NodeJS.ProcessEnv;

const folder = mkdtempSync(join(tmpdir(), "results-storage-forks-"));
afterAll(() => rmSync(folder, { recursive: true }));

const read = (env: Environment) =>
  readCiContext({ PATH: process.env.PATH, GIT_DIR: "/nonexistent", ...env }, folder);

/** A job of GitHub Actions with its event file. */
function github(name: string, event: unknown, env: Environment = {}): Environment {
  const path = join(folder, `${name}-${Math.random()}.json`);
  writeFileSync(path, JSON.stringify(event));
  return {
    CI: "true",
    GITHUB_ACTIONS: "true",
    GITHUB_EVENT_NAME: name,
    GITHUB_EVENT_PATH: path,
    GITHUB_SERVER_URL: "https://github.com",
    GITHUB_REPOSITORY: "acme/shop",
    GITHUB_REF: "refs/heads/main",
    GITHUB_SHA: "ma1n",
    GITHUB_RUN_ID: "5500",
    ...env,
  };
}

const repository = { full_name: "acme/shop", default_branch: "main" };
const outsider = { full_name: "outsider/shop", fork: true };

function pullRequest(head: object, base: object = { ref: "main", repo: repository }) {
  const url = "https://github.com/acme/shop/pull/7";
  return { pull_request: { number: 7, title: "Cheaper\nnodes", html_url: url, head, base }, repository };
}

const gitlab = {
  CI: "true",
  GITLAB_CI: "true",
  CI_PROJECT_PATH: "acme/shop",
  CI_PROJECT_URL: "https://gitlab.example.com/acme/shop",
  CI_COMMIT_SHA: "c0ffee",
  CI_PIPELINE_ID: "900",
  CI_JOB_ID: "9001",
  CI_DEFAULT_BRANCH: "main",
  CI_MERGE_REQUEST_ID: "123456",
  CI_MERGE_REQUEST_IID: "7",
  CI_MERGE_REQUEST_PROJECT_PATH: "acme/shop",
  CI_MERGE_REQUEST_PROJECT_URL: "https://gitlab.example.com/acme/shop",
  CI_MERGE_REQUEST_SOURCE_PROJECT_PATH: "acme/shop",
  CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: "cheaper",
  CI_MERGE_REQUEST_TARGET_BRANCH_NAME: "main",
};
const gitlabFork = {
  ...gitlab,
  CI_MERGE_REQUEST_SOURCE_PROJECT_PATH: "group/outsider/shop",
  CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: "main",
};
const azure = {
  TF_BUILD: "True",
  BUILD_BUILDURI: "vstfs:///Build/Build/12",
  BUILD_BUILDID: "12",
  BUILD_SOURCEBRANCH: "refs/pull/7/merge",
  BUILD_SOURCEVERSION: "merge7",
  SYSTEM_COLLECTIONURI: "https://dev.azure.com/acme/",
  SYSTEM_TEAMPROJECT: "web",
  SYSTEM_PULLREQUEST_PULLREQUESTID: "7",
  SYSTEM_PULLREQUEST_SOURCEBRANCH: "refs/heads/main",
  SYSTEM_PULLREQUEST_TARGETBRANCH: "refs/heads/main",
  SYSTEM_PULLREQUEST_SOURCECOMMITID: "head7",
};
const azureRepos = {
  ...azure,
  BUILD_REPOSITORY_PROVIDER: "TfsGit",
  BUILD_REPOSITORY_NAME: "shop",
  BUILD_REPOSITORY_URI: "https://acme@dev.azure.com/acme/web/_git/shop",
};
const azureGitHub = {
  ...azure,
  BUILD_REPOSITORY_PROVIDER: "GitHub",
  BUILD_REPOSITORY_NAME: "acme/shop",
  BUILD_REPOSITORY_URI: "https://github.com/acme/shop",
  SYSTEM_PULLREQUEST_PULLREQUESTID: "99001",
  SYSTEM_PULLREQUEST_PULLREQUESTNUMBER: "7",
  SYSTEM_PULLREQUEST_ISFORK: "True",
};
const bitbucket = {
  BITBUCKET_BUILD_NUMBER: "12",
  BITBUCKET_REPO_FULL_NAME: "acme/shop",
  BITBUCKET_BRANCH: "main",
  BITBUCKET_PR_ID: "7",
  BITBUCKET_PR_DESTINATION_BRANCH: "main",
};
const circleci = {
  CIRCLECI: "true",
  CIRCLE_PROJECT_USERNAME: "acme",
  CIRCLE_PROJECT_REPONAME: "shop",
  CIRCLE_REPOSITORY_URL: "git@github.com:acme/shop.git",
  CIRCLE_BUILD_NUM: "12",
};
const jenkins = {
  JENKINS_URL: "https://jenkins.example.com/",
  JOB_NAME: "acme/shop/PR-7",
  BUILD_NUMBER: "12",
  BRANCH_NAME: "PR-7",
  GIT_URL: "https://github.com/acme/shop.git",
  CHANGE_ID: "7",
  CHANGE_URL: "https://github.com/acme/shop/pull/7",
  CHANGE_BRANCH: "main",
  CHANGE_TARGET: "main",
};
const buildkite = {
  BUILDKITE: "true",
  BUILDKITE_REPO: "git@github.com:acme/shop.git",
  BUILDKITE_BRANCH: "main",
  BUILDKITE_COMMIT: "c0ffee",
  BUILDKITE_BUILD_ID: "b-1",
  BUILDKITE_PULL_REQUEST: "7",
  BUILDKITE_PULL_REQUEST_REPO: "https://github.com/outsider/shop.git",
  BUILDKITE_PULL_REQUEST_BASE_BRANCH: "main",
  BUILDKITE_PIPELINE_PROVIDER: "github",
};
const atlantis = {
  ATLANTIS_TERRAFORM_VERSION: "1.5.0",
  BASE_REPO_OWNER: "acme",
  BASE_REPO_NAME: "shop",
  BASE_BRANCH_NAME: "main",
  HEAD_REPO_OWNER: "outsider",
  HEAD_REPO_NAME: "shop",
  HEAD_BRANCH_NAME: "main",
  HEAD_COMMIT: "ffff",
  PULL_NUM: "7",
  PULL_URL: "https://github.com/acme/shop/pull/7",
};
const env0 = {
  ENV0_ENVIRONMENT_ID: "e",
  ENV0_TEMPLATE_REPOSITORY: "https://github.com/acme/shop",
  ENV0_PR_NUMBER: "7",
  ENV0_PR_SOURCE_BRANCH: "main",
  ENV0_PR_TARGET_BRANCH: "main",
  ENV0_PR_SOURCE_REPOSITORY: "https://github.com/outsider/shop",
};
const travis = {
  TRAVIS: "true",
  TRAVIS_REPO_SLUG: "acme/shop",
  TRAVIS_BRANCH: "main",
  TRAVIS_PULL_REQUEST: "7",
  TRAVIS_PULL_REQUEST_BRANCH: "main",
  TRAVIS_PULL_REQUEST_SLUG: "outsider/shop",
  TRAVIS_PULL_REQUEST_SHA: "head7",
};

const pull7 = "https://github.com/acme/shop/pull/7";

describe("A pull request from the main branch of a fork", () => {
  it.each<[string, Environment, Partial<CiContext>]>([
    [
      "pull_request of GitHub",
      github("pull_request", pullRequest({ ref: "main", sha: "head7", repo: outsider }), {
        GITHUB_HEAD_REF: "main",
        GITHUB_REF: "refs/pull/7/merge",
      }),
      { branch: "outsider:main", commitSha: "head7", pullRequestUrl: pull7, pullRequestTitle: "Cheaper" },
    ],
    [
      "pull_request_target of GitHub, whose ref is the default branch",
      github("pull_request_target", pullRequest({ ref: "main", sha: "head7", repo: outsider })),
      { branch: "outsider:main", commitSha: "head7", pullRequestUrl: pull7 },
    ],
    [
      "pull_request_review of GitHub, which sets no GITHUB_HEAD_REF",
      github("pull_request_review", pullRequest({ ref: "main", sha: "head7", repo: outsider })),
      { branch: "outsider:main", commitSha: "head7" },
    ],
    [
      "a deleted fork on GitHub",
      github("pull_request", pullRequest({ ref: "main", sha: "head7", label: "outsider:main", repo: null })),
      { branch: "outsider:main" },
    ],
    [
      "GitHub without the event file, where only the equal names show the fork",
      {
        ...github("pull_request", {}, { GITHUB_HEAD_REF: "main", GITHUB_BASE_REF: "main" }),
        GITHUB_REF: "refs/pull/7/merge",
        GITHUB_EVENT_PATH: "/nonexistent",
      },
      { branch: "pull/7", pullRequestUrl: pull7 },
    ],
    [
      "workflow_run of GitHub",
      github("workflow_run", {
        workflow_run: {
          event: "pull_request",
          head_branch: "main",
          head_sha: "head7",
          head_repository: outsider,
          head_commit: {
            message: "Shrink\n\nbody",
            author: { name: "Ann" },
            timestamp: "2026-01-02T03:04:05Z",
          },
          pull_requests: [],
        },
        repository,
      }),
      {
        branch: "outsider:main",
        commitSha: "head7",
        commitMessage: "Shrink",
        commitAuthor: "Ann",
        committedAt: "2026-01-02T03:04:05.000Z",
        pullRequestUrl: undefined,
      },
    ],
    [
      "GitLab, in a pipeline of the parent project",
      gitlabFork,
      {
        branch: "group/outsider:main",
        repository: "acme/shop",
        pullRequestUrl: "https://gitlab.example.com/acme/shop/-/merge_requests/7",
      },
    ],
    [
      "GitLab, in a pipeline of the fork",
      { ...gitlabFork, CI_PROJECT_PATH: "group/outsider/shop" },
      { branch: "group/outsider:main", repository: "group/outsider/shop" },
    ],
    [
      "GitHub with GitLab as its CI system",
      {
        GITLAB_CI: "true",
        CI_PROJECT_PATH: "acme/mirror",
        CI_EXTERNAL_PULL_REQUEST_IID: "7",
        CI_EXTERNAL_PULL_REQUEST_SOURCE_REPOSITORY: "outsider/shop",
        CI_EXTERNAL_PULL_REQUEST_TARGET_REPOSITORY: "acme/shop",
        CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_NAME: "main",
        CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME: "main",
      },
      { branch: "outsider:main", pullRequestUrl: pull7 },
    ],
    [
      "Azure Pipelines for GitHub, which does not state the owner",
      azureGitHub,
      { branch: "pull/7", commitSha: "head7", pullRequestUrl: pull7 },
    ],
    [
      "Azure Pipelines for GitHub, with the repository of the fork",
      { ...azureGitHub, SYSTEM_PULLREQUEST_SOURCEREPOSITORYURI: "https://github.com/outsider/shop" },
      { branch: "outsider:main" },
    ],
    [
      "Azure Repos",
      {
        ...azureRepos,
        SYSTEM_PULLREQUEST_ISFORK: "True",
        SYSTEM_PULLREQUEST_SOURCEREPOSITORYURI: "https://dev.azure.com/acme/web/_git/shop.outsider",
      },
      {
        branch: "web/shop.outsider:main",
        pullRequestUrl: "https://dev.azure.com/acme/web/_git/shop/pullrequest/7",
      },
    ],
    [
      "Bitbucket, which does not state the repository",
      bitbucket,
      { branch: "pull/7", pullRequestUrl: "https://bitbucket.org/acme/shop/pull-requests/7" },
    ],
    [
      "CircleCI, whose branch is the number",
      {
        ...circleci,
        CIRCLE_BRANCH: "pull/7",
        CIRCLE_PR_NUMBER: "7",
        CIRCLE_PR_USERNAME: "outsider",
        CIRCLE_PR_REPONAME: "shop",
      },
      { branch: "pull/7", pullRequestUrl: pull7 },
    ],
    [
      "CircleCI with the name of the branch",
      { ...circleci, CIRCLE_BRANCH: "main", CIRCLE_PR_NUMBER: "7", CIRCLE_PR_USERNAME: "outsider" },
      { branch: "outsider:main" },
    ],
    [
      "a multibranch pipeline of Jenkins",
      { ...jenkins, CHANGE_FORK: "outsider" },
      { branch: "outsider:main" },
    ],
    [
      "a multibranch pipeline of Jenkins, where the fork has another name",
      { ...jenkins, CHANGE_FORK: "outsider/store", CHANGE_TITLE: "Cheaper" },
      { branch: "outsider:main", pullRequestTitle: "Cheaper", targetBranch: "main" },
    ],
    [
      "the GitHub Pull Request Builder of Jenkins",
      {
        JENKINS_URL: "https://jenkins.example.com/",
        JOB_NAME: "shop",
        BUILD_NUMBER: "12",
        GIT_URL: "git@github.com:acme/shop.git",
        GIT_BRANCH: "main",
        ghprbPullId: "7",
        ghprbPullLink: pull7,
        ghprbSourceBranch: "main",
        ghprbTargetBranch: "main",
        ghprbActualCommit: "head7",
        ghprbAuthorRepoGitUrl: "https://github.com/outsider/shop.git",
      },
      { branch: "outsider:main", commitSha: "head7", pullRequestUrl: pull7 },
    ],
    [
      "the GitLab plugin of Jenkins",
      {
        JENKINS_URL: "https://jenkins.example.com/",
        JOB_NAME: "shop",
        BUILD_NUMBER: "12",
        gitlabMergeRequestId: "123",
        gitlabMergeRequestIid: "7",
        gitlabSourceBranch: "main",
        gitlabTargetBranch: "main",
        gitlabSourceNamespace: "outsider",
        gitlabSourceRepoName: "shop",
        gitlabTargetNamespace: "acme",
        gitlabTargetRepoName: "shop",
        gitlabTargetRepoHttpUrl: "https://git.acme.com/acme/shop.git",
      },
      { branch: "outsider:main", pullRequestUrl: "https://git.acme.com/acme/shop/-/merge_requests/7" },
    ],
    ["Buildkite", buildkite, { branch: "outsider:main", repository: "acme/shop", pullRequestUrl: pull7 }],
    [
      "Buildkite with the prefix of its settings",
      { ...buildkite, BUILDKITE_BRANCH: "outsider:main" },
      { branch: "outsider:main" },
    ],
    ["Atlantis", atlantis, { branch: "outsider:main", repository: "acme/shop", pullRequestUrl: pull7 }],
    [
      "Atlantis without the owner, where only the equal names show the fork",
      { ...atlantis, HEAD_REPO_OWNER: "" },
      { branch: "pull/7" },
    ],
    ["env0", env0, { branch: "outsider:main", repository: "acme/shop", pullRequestUrl: pull7 }],
    [
      "Terrateam, which starts the workflow on the default branch",
      github(
        "workflow_dispatch",
        { repository },
        {
          TERRATEAM_ROOT: "/work",
          TERRATEAM_RUN_KIND: "pr",
          TERRATEAM_RUN_KIND_DATA: '{"id": 7}',
          TERRATEAM_BASE_REF: "main",
        },
      ),
      { branch: "pull/7", service: "terrateam", pullRequestUrl: pull7 },
    ],
    [
      "Digger",
      github(
        "workflow_dispatch",
        { repository },
        {
          DIGGER_RUN_SPEC: JSON.stringify({
            job: { branch: "main", commit: "head7", pullRequestNumber: 7 },
            vcs: { repo_full_name: "acme/shop" },
          }),
        },
      ),
      { branch: "pull/7", service: "digger", commitSha: "head7", pullRequestUrl: pull7 },
    ],
    ["Travis", travis, { branch: "outsider:main", commitSha: "head7", pullRequestUrl: pull7 }],
    [
      "AppVeyor",
      {
        APPVEYOR: "True",
        APPVEYOR_REPO_PROVIDER: "gitHub",
        APPVEYOR_REPO_NAME: "acme/shop",
        APPVEYOR_REPO_BRANCH: "main",
        APPVEYOR_BUILD_NUMBER: "12",
        APPVEYOR_PULL_REQUEST_NUMBER: "7",
        APPVEYOR_PULL_REQUEST_HEAD_REPO_NAME: "outsider/shop",
        APPVEYOR_PULL_REQUEST_HEAD_REPO_BRANCH: "main",
        APPVEYOR_PULL_REQUEST_HEAD_COMMIT: "head7",
      },
      { branch: "outsider:main", commitSha: "head7", pullRequestUrl: pull7 },
    ],
    [
      "Drone, which does not state the repository",
      {
        DRONE: "true",
        DRONE_BUILD_EVENT: "pull_request",
        DRONE_REPO_OWNER: "acme",
        DRONE_REPO_NAME: "shop",
        DRONE_REPO_LINK: "https://github.com/acme/shop",
        DRONE_PULL_REQUEST: "7",
        DRONE_SOURCE_BRANCH: "main",
        DRONE_TARGET_BRANCH: "main",
        DRONE_BUILD_NUMBER: "12",
      },
      { branch: "pull/7", pullRequestUrl: pull7 },
    ],
    [
      "Woodpecker, when the pull request is closed",
      {
        CI: "woodpecker",
        CI_PIPELINE_EVENT: "pull_request_closed",
        CI_PIPELINE_NUMBER: "12",
        CI_PIPELINE_FORGE_URL: pull7,
        CI_REPO_OWNER: "acme",
        CI_REPO_NAME: "shop",
        CI_COMMIT_BRANCH: "main",
        CI_COMMIT_SOURCE_BRANCH: "main",
        CI_COMMIT_TARGET_BRANCH: "main",
        CI_COMMIT_PULL_REQUEST: "7",
      },
      { branch: "pull/7", repository: "acme/shop", pullRequestUrl: pull7 },
    ],
    [
      "Semaphore",
      {
        SEMAPHORE: "true",
        SEMAPHORE_GIT_SHA: "merge7",
        SEMAPHORE_GIT_PR_SHA: "head7",
        SEMAPHORE_GIT_BRANCH: "main",
        SEMAPHORE_GIT_PR_BRANCH: "main",
        SEMAPHORE_GIT_PR_NUMBER: "7",
        SEMAPHORE_GIT_PR_SLUG: "outsider/shop",
        SEMAPHORE_GIT_REPO_SLUG: "acme/shop",
      },
      { branch: "outsider:main", commitSha: "head7" },
    ],
    [
      "CodeBuild, which does not state the repository",
      {
        CODEBUILD_BUILD_ID: "shop:1",
        CODEBUILD_SOURCE_REPO_URL: "https://github.com/acme/shop.git",
        CODEBUILD_WEBHOOK_TRIGGER: "pr/7",
        CODEBUILD_WEBHOOK_HEAD_REF: "refs/heads/main",
        CODEBUILD_WEBHOOK_BASE_REF: "refs/heads/main",
        CODEBUILD_RESOLVED_SOURCE_VERSION: "head7",
      },
      { branch: "pull/7", repository: "acme/shop", commitSha: "head7", pullRequestUrl: pull7 },
    ],
  ])("is not on the branch main, in %s", (_name, env, expected) => {
    expect(read(env)).toMatchObject({ ...expected, isDefaultBranch: false, hasPriority: true });
  });
});

describe("A pull request from a fork", () => {
  const names = fc.constantFrom("main", "master", "develop", "cheaper", "feature/nat");
  const changes: readonly ((branch: string, target: string) => Environment)[] = [
    (branch, target) => ({
      ...gitlabFork,
      CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: branch,
      CI_MERGE_REQUEST_TARGET_BRANCH_NAME: target,
    }),
    (branch, target) => ({
      ...azureGitHub,
      SYSTEM_PULLREQUEST_SOURCEBRANCH: branch,
      SYSTEM_PULLREQUEST_TARGETBRANCH: target,
    }),
    (branch, target) => ({
      ...jenkins,
      CHANGE_FORK: "outsider",
      CHANGE_BRANCH: branch,
      CHANGE_TARGET: target,
    }),
    (branch, target) => ({
      ...buildkite,
      BUILDKITE_BRANCH: branch,
      BUILDKITE_PULL_REQUEST_BASE_BRANCH: target,
    }),
    (branch, target) => ({ ...atlantis, HEAD_BRANCH_NAME: branch, BASE_BRANCH_NAME: target }),
    (branch, target) => ({ ...env0, ENV0_PR_SOURCE_BRANCH: branch, ENV0_PR_TARGET_BRANCH: target }),
  ];

  it("never has the name of a branch of the repository, whatever the file and the options say", () => {
    const overrides = fc.record({ defaultBranch: names, project: fc.constant("shop") }, { requiredKeys: [] });
    const file = fc.record({ branch: names, isDefaultBranch: fc.boolean() }, { requiredKeys: [] });
    fc.assert(
      fc.property(
        fc.constantFrom(...changes),
        names,
        names,
        file,
        overrides,
        fc.boolean(),
        (change, branch, target, input, options, isGiven) => {
          const job = { ...input, estimate: estimate() };
          const given = isGiven ? { ...options, branch } : options;
          const [identified] = identifyJobs([job], given, read(change(branch, target)));
          expect(identified?.branch).toMatch(/^(?:.+:.+|pull\/7)$/);
          expect(identified?.isDefaultBranch).toBe(false);
        },
      ),
    );
  });
});

describe("A pull request of the same repository has the name of its branch", () => {
  const own = { full_name: "Acme/Shop" };
  it.each<[string, Environment, Partial<CiContext>]>([
    [
      "in pull_request of GitHub",
      github("pull_request", pullRequest({ ref: "cheaper", sha: "head7", repo: own })),
      { branch: "cheaper", targetBranch: "main", pullRequestTitle: "Cheaper" },
    ],
    [
      "in workflow_run of GitHub",
      github("workflow_run", {
        workflow_run: {
          event: "pull_request",
          head_branch: "cheaper",
          head_sha: "head7",
          head_repository: own,
          pull_requests: [{ number: 7, head: { ref: "cheaper" }, base: { ref: "main" } }],
        },
        repository,
      }),
      { branch: "cheaper", commitSha: "head7", pullRequestUrl: pull7, targetBranch: "main" },
    ],
    [
      "in check_suite of GitHub",
      github("check_suite", {
        check_suite: {
          head_branch: "cheaper",
          head_sha: "head7",
          pull_requests: [{ number: 7, base: { ref: "main" } }],
        },
        repository,
      }),
      { branch: "cheaper", commitSha: "head7", pullRequestUrl: pull7 },
    ],
    ["in GitLab", gitlab, { branch: "cheaper", targetBranch: "main" }],
    [
      "in Azure Repos",
      { ...azureRepos, SYSTEM_PULLREQUEST_SOURCEBRANCH: "refs/heads/cheaper" },
      { branch: "cheaper", targetBranch: "main" },
    ],
    [
      "in Bitbucket",
      { ...bitbucket, BITBUCKET_BRANCH: "cheaper" },
      { branch: "cheaper", targetBranch: "main" },
    ],
    ["in Jenkins", { ...jenkins, CHANGE_BRANCH: "cheaper" }, { branch: "cheaper", targetBranch: "main" }],
    [
      "in Buildkite",
      {
        ...buildkite,
        BUILDKITE_BRANCH: "cheaper",
        BUILDKITE_PULL_REQUEST_REPO: "https://github.com/acme/shop.git",
      },
      { branch: "cheaper", targetBranch: "main" },
    ],
    [
      "in Atlantis, whose checkout may be on the target branch",
      { ...atlantis, HEAD_REPO_OWNER: "acme", HEAD_BRANCH_NAME: "cheaper" },
      { branch: "cheaper", hasPriority: true },
    ],
    [
      "in Terrateam",
      github(
        "workflow_dispatch",
        { repository },
        {
          GITHUB_REF: "refs/heads/cheaper",
          TERRATEAM_ROOT: "/work",
          TERRATEAM_RUN_KIND: "pr",
          TERRATEAM_RUN_KIND_DATA: '{"id": "7"}',
        },
      ),
      { branch: "cheaper", pullRequestUrl: pull7 },
    ],
    [
      "in a proposed run of Spacelift",
      {
        TF_VAR_spacelift_run_id: "01J",
        TF_VAR_spacelift_run_type: "PROPOSED",
        TF_VAR_spacelift_repository: "acme/shop",
        TF_VAR_spacelift_commit_branch: "cheaper",
        TF_VAR_spacelift_stack_branch: "main",
        TF_VAR_spacelift_commit_sha: "head7",
      },
      { service: "spacelift", repository: "acme/shop", branch: "cheaper", commitSha: "head7" },
    ],
  ])("%s", (_name, env, expected) => {
    expect(read(env)).toMatchObject(expected);
    expect(read(env).isDefaultBranch).not.toBe(true);
  });
});

describe("A job is in no series", () => {
  it.each<[string, Environment, Partial<CiContext>]>([
    [
      "in issue_comment of GitHub, which does not state the branch",
      github("issue_comment", {
        issue: { number: 7, title: "Cheaper", pull_request: { html_url: pull7 } },
        repository,
      }),
      { commitSha: undefined, pullRequestUrl: pull7, pullRequestTitle: "Cheaper" },
    ],
    [
      "in workflow_run of GitHub after issue_comment, whose branch is the default branch",
      github("workflow_run", {
        workflow_run: {
          event: "issue_comment",
          head_branch: "main",
          head_sha: "ma1n",
          head_repository: repository,
        },
        repository,
      }),
      {},
    ],
    [
      "in status of GitHub, which is about another commit",
      github("status", { sha: "head7", repository }),
      { commitSha: "head7" },
    ],
    [
      "in check_suite of GitHub for a fork, which has no branch",
      github("check_suite", { check_suite: { head_branch: null, head_sha: "head7" }, repository }),
      { commitSha: "head7" },
    ],
    [
      "in the merge queue of GitHub",
      github("merge_group", {
        merge_group: {
          head_sha: "q7",
          head_ref: "refs/heads/gh-readonly-queue/main/pr-7-ab",
          base_ref: "refs/heads/main",
        },
        repository,
      }),
      { commitSha: "q7", targetBranch: "main" },
    ],
    [
      "in the merge queue of GitHub without the event file",
      {
        ...github("merge_group", {}, { GITHUB_REF: "refs/heads/gh-readonly-queue/release/1/pr-7-ab" }),
        GITHUB_EVENT_PATH: "",
      },
      { targetBranch: "release/1" },
    ],
    [
      "in workflow_run of GitHub for the merge queue",
      github("workflow_run", {
        workflow_run: {
          event: "merge_group",
          head_branch: "gh-readonly-queue/main/pr-7-ab",
          head_sha: "q7",
          head_repository: repository,
        },
        repository,
      }),
      { commitSha: "q7", targetBranch: "main" },
    ],
    [
      "in a merge train of GitLab",
      { ...gitlab, CI_MERGE_REQUEST_EVENT_TYPE: "merge_train" },
      { targetBranch: "main", pullRequestUrl: "https://gitlab.example.com/acme/shop/-/merge_requests/7" },
    ],
    [
      "in the merge queue of GitHub with Azure Pipelines",
      {
        TF_BUILD: "True",
        BUILD_REPOSITORY_NAME: "acme/shop",
        BUILD_SOURCEBRANCH: "refs/heads/gh-readonly-queue/main/pr-7-ab",
        BUILD_BUILDID: "12",
      },
      { targetBranch: "main" },
    ],
    [
      "in the merge queue of GitHub with Buildkite",
      {
        ...buildkite,
        BUILDKITE_PULL_REQUEST: "false",
        BUILDKITE_BRANCH: "gh-readonly-queue/main/pr-7-ab",
        BUILDKITE_MERGE_QUEUE_BASE_BRANCH: "main",
      },
      { targetBranch: "main" },
    ],
    [
      "in Mergify's queue with CircleCI",
      { ...circleci, CIRCLE_BRANCH: "mergify/merge-queue/ab12" },
      { repository: "acme/shop" },
    ],
    [
      "for a tag in GitHub",
      github("release", { repository }, { GITHUB_REF: "refs/tags/v1" }),
      { commitSha: "ma1n" },
    ],
    [
      "for a tag in Jenkins",
      {
        JENKINS_URL: "https://j/",
        JOB_NAME: "shop/v1",
        BUILD_NUMBER: "1",
        BRANCH_NAME: "v1",
        TAG_NAME: "v1",
      },
      { service: "jenkins" },
    ],
    [
      "in a local preview of Spacelift",
      {
        TF_VAR_spacelift_run_id: "01J",
        TF_VAR_spacelift_repository: "acme/shop",
        TF_VAR_spacelift_commit_branch: "main",
        TF_VAR_spacelift_local_preview: "true",
      },
      { service: "spacelift" },
    ],
  ])("%s", (_name, env, expected) => {
    expect(read(env)).toMatchObject({ ...expected, branch: undefined, isDefaultBranch: false });
  });
});

describe("A branch", () => {
  const develop = { full_name: "acme/shop", default_branch: "develop" };
  it.each<[string, Environment, string, boolean | undefined]>([
    ["of a push in GitHub is the default branch of the event", github("push", { repository }), "main", true],
    ["of a push in GitHub is another one", github("push", { repository: develop }), "main", false],
    [
      "of a merged pull request in GitHub is the target branch",
      github("pull_request", {
        action: "closed",
        pull_request: { ...pullRequest({ ref: "cheaper", sha: "head7" }).pull_request, merged: true },
        repository,
      }),
      "main",
      true,
    ],
    [
      "of Jenkins has no name of a remote",
      { JENKINS_URL: "https://j/", JOB_NAME: "shop", BUILD_NUMBER: "1", GIT_BRANCH: "upstream/main" },
      "main",
      undefined,
    ],
    [
      "of workflow_dispatch in GitHub",
      github("workflow_dispatch", { repository: develop }, { GITHUB_REF: "refs/heads/develop" }),
      "develop",
      true,
    ],
    [
      "of a push in GitHub without the event file is unstated",
      { ...github("push", {}), GITHUB_EVENT_PATH: "" },
      "main",
      undefined,
    ],
    [
      "of a comment on an issue in GitHub is the default branch",
      github("issue_comment", { issue: { number: 3, title: "Question" }, repository }),
      "main",
      true,
    ],
    [
      "of workflow_run after a push in GitHub",
      github("workflow_run", {
        workflow_run: {
          event: "push",
          head_branch: "main",
          head_sha: "a",
          head_repository: repository,
          pull_requests: [{ number: 9 }],
        },
        repository,
      }),
      "main",
      true,
    ],
    [
      "of GitLab by CI_DEFAULT_BRANCH",
      {
        GITLAB_CI: "true",
        CI_COMMIT_REF_NAME: "develop",
        CI_COMMIT_BRANCH: "develop",
        CI_DEFAULT_BRANCH: "develop",
      },
      "develop",
      true,
    ],
    [
      "of Buildkite by the setting of the pipeline",
      { ...buildkite, BUILDKITE_PULL_REQUEST: "false", BUILDKITE_PIPELINE_DEFAULT_BRANCH: "develop" },
      "main",
      false,
    ],
    [
      "of Jenkins that is primary",
      {
        JENKINS_URL: "https://j/",
        JOB_NAME: "shop/dev",
        BUILD_NUMBER: "1",
        BRANCH_NAME: "dev",
        BRANCH_IS_PRIMARY: "true",
      },
      "dev",
      true,
    ],
    [
      "of CircleCI is main, although a pull request from main into another branch is open",
      { ...circleci, CIRCLE_BRANCH: "main", CIRCLE_PULL_REQUEST: "https://github.com/acme/shop/pull/9" },
      "main",
      undefined,
    ],
    [
      "of Bitbucket is unstated",
      { ...bitbucket, BITBUCKET_PR_ID: "", BITBUCKET_PR_DESTINATION_BRANCH: "" },
      "main",
      undefined,
    ],
    [
      "of a tracked run of Spacelift is unstated",
      {
        TF_VAR_spacelift_run_id: "01J",
        TF_VAR_spacelift_run_type: "TRACKED",
        TF_VAR_spacelift_commit_branch: "main",
        TF_VAR_spacelift_stack_branch: "main",
      },
      "main",
      undefined,
    ],
  ])("%s", (_name, env, branch, isDefaultBranch) => {
    expect(read(env)).toMatchObject({ branch, isDefaultBranch });
    expect(read(env).pullRequestUrl).toBeUndefined();
  });
});
