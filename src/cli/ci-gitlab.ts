import { pullRequestPage } from "../lib/git-origin.ts";
import { type CiFacts, forkOf, type PullRequestFacts } from "./ci-facts.ts";

/** GitLab CI, also for pull requests of GitHub. */
export function gitlab(env: NodeJS.ProcessEnv): CiFacts {
  const { CI_PROJECT_PATH: repository, CI_PROJECT_URL: page, CI_PIPELINE_ID: run } = env;
  // In a pipeline for merged results, CI_COMMIT_SHA is a merge commit.
  const sha =
    env.CI_MERGE_REQUEST_SOURCE_BRANCH_SHA ||
    env.CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_SHA ||
    env.CI_COMMIT_SHA;
  const details = {
    message: env.CI_COMMIT_MESSAGE || env.CI_COMMIT_TITLE,
    author: env.CI_COMMIT_AUTHOR,
    time: env.CI_COMMIT_TIMESTAMP,
  };
  return {
    service: "gitlab",
    repository,
    repositoryUrl: page,
    ref:
      env.CI_MERGE_REQUEST_SOURCE_BRANCH_NAME ||
      env.CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_NAME ||
      env.CI_COMMIT_BRANCH ||
      env.CI_COMMIT_REF_NAME,
    tag: env.CI_COMMIT_TAG,
    commit: {
      sha,
      url: sha && page && `${page}/-/commit/${sha}`,
      ...(sha === env.CI_COMMIT_SHA && details),
    },
    pullRequest: mergeRequest(env),
    isMergeQueue: env.CI_MERGE_REQUEST_EVENT_TYPE === "merge_train",
    defaultBranch: env.CI_DEFAULT_BRANCH,
    run: { id: run, url: env.CI_PIPELINE_URL || (run && page && `${page}/-/pipelines/${run}`) },
    attempt: [run, env.CI_JOB_ID],
  };
}

function mergeRequest(env: NodeJS.ProcessEnv): PullRequestFacts | undefined {
  // CI_MERGE_REQUEST_IID is the number in the project; CI_MERGE_REQUEST_ID is that of the whole GitLab.
  const number = env.CI_MERGE_REQUEST_IID;
  const page = env.CI_MERGE_REQUEST_PROJECT_URL || env.CI_PROJECT_URL;
  if (number || env.CI_MERGE_REQUEST_SOURCE_BRANCH_NAME) {
    return {
      url: pullRequestPage(page, number, "gitlab"),
      number,
      title: env.CI_MERGE_REQUEST_TITLE,
      target: env.CI_MERGE_REQUEST_TARGET_BRANCH_NAME,
      fork: forkOf(
        env.CI_MERGE_REQUEST_SOURCE_PROJECT_PATH,
        env.CI_MERGE_REQUEST_PROJECT_PATH || env.CI_PROJECT_PATH,
      ),
    };
  }
  // A pull request of GitHub, with GitLab as its CI system.
  const external = env.CI_EXTERNAL_PULL_REQUEST_IID;
  const repository = env.CI_EXTERNAL_PULL_REQUEST_TARGET_REPOSITORY;
  return external
    ? {
        url: repository && `https://github.com/${repository}/pull/${external}`,
        number: external,
        target: env.CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME,
        fork: forkOf(env.CI_EXTERNAL_PULL_REQUEST_SOURCE_REPOSITORY, repository),
      }
    : undefined;
}
