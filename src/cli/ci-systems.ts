import {
  commitPage,
  DEFAULT_BRANCHES,
  numberOfRef,
  ownerOf,
  pullRequestPage,
  repositoryOf,
} from "../lib/git-origin.ts";
import { withoutCredentials } from "../lib/text.ts";
import { type CiFacts, type Fork, forkOf } from "./ci-facts.ts";

/** No variable names the repository of a pull request's branch. */
export function bitbucket(env: NodeJS.ProcessEnv): CiFacts {
  const { BITBUCKET_REPO_FULL_NAME: repository, BITBUCKET_BUILD_NUMBER: run, BITBUCKET_COMMIT: sha } = env;
  const page = repository && `https://bitbucket.org/${repository}`;
  const number = env.BITBUCKET_PR_ID;
  return {
    service: "bitbucket",
    repository,
    repositoryUrl: page,
    ref: env.BITBUCKET_BRANCH,
    tag: env.BITBUCKET_TAG,
    commit: { sha, url: commitPage(page, sha) },
    pullRequest: number
      ? {
          url: pullRequestPage(page, number),
          number,
          target: env.BITBUCKET_PR_DESTINATION_BRANCH,
        }
      : undefined,
    run: { id: run, url: run && page && `${page}/pipelines/results/${run}` },
    attempt: [run, env.BITBUCKET_STEP_UUID, env.BITBUCKET_STEP_RUN_NUMBER],
  };
}

/** The branch of a fork is usually "pull/7". CIRCLE_PR_NUMBER and CIRCLE_PR_USERNAME are set for forks only. */
export function circleci(env: NodeJS.ProcessEnv): CiFacts {
  const owner = env.CIRCLE_PROJECT_USERNAME;
  const name = env.CIRCLE_PROJECT_REPONAME;
  const remote = repositoryOf(env.CIRCLE_REPOSITORY_URL);
  const url = env.CIRCLE_PULL_REQUEST || env.CI_PULL_REQUEST || env.CIRCLE_PULL_REQUESTS?.split(",")[0];
  const number = env.CIRCLE_PR_NUMBER || numberOfRef(env.CIRCLE_BRANCH);
  const source = env.CIRCLE_PR_USERNAME;
  // Every build is of a branch; the URL is set as long as a pull request from this branch is open. A pull request from
  // main into a branch of releases must not make the builds of main builds of a pull request.
  const isFork = Boolean(source || env.CIRCLE_PR_NUMBER || numberOfRef(env.CIRCLE_BRANCH));
  const isMain = !isFork && DEFAULT_BRANCHES.includes(env.CIRCLE_BRANCH ?? "");
  const isPullRequest = !isMain && Boolean(url || isFork);
  const sha = env.CIRCLE_SHA1;
  return {
    service: "circleci",
    repository: owner && name ? `${owner}/${name}` : remote?.path,
    repositoryUrl: remote?.page,
    ref: env.CIRCLE_BRANCH,
    tag: env.CIRCLE_TAG,
    commit: { sha, url: commitPage(remote?.page, sha) },
    pullRequest: isPullRequest
      ? {
          url: url || pullRequestPage(remote?.page, number),
          number,
          fork: isFork ? { owner: source || undefined } : false,
        }
      : undefined,
    // A workflow that is started again has a new id, but the pipeline's stays.
    run: {
      id: env.CIRCLE_PIPELINE_ID || env.CIRCLE_WORKFLOW_ID || env.CIRCLE_BUILD_NUM,
      url: env.CIRCLE_BUILD_URL,
    },
    attempt: [env.CIRCLE_BUILD_NUM, env.CIRCLE_NODE_INDEX],
  };
}

/** With the variables of multibranch pipelines, of the GitHub Pull Request Builder and of the GitLab plugin. */
export function jenkins(env: NodeJS.ProcessEnv): CiFacts {
  const { JOB_NAME: job, BUILD_NUMBER: build } = env;
  const remote = repositoryOf(env.GIT_URL);
  const server = env.JENKINS_URL && withoutCredentials(env.JENKINS_URL);
  const isMergeRequest = Boolean(env.gitlabMergeRequestIid || env.gitlabMergeRequestId);
  const number = env.CHANGE_ID || env.ghprbPullId || env.gitlabMergeRequestIid;
  const sha =
    env.ghprbActualCommit ||
    (isMergeRequest ? env.gitlabMergeRequestLastCommit : undefined) ||
    env.GIT_COMMIT;
  return {
    service: "jenkins",
    repository: remote?.path ?? jenkinsProject(env),
    repositoryUrl: remote?.page,
    ref:
      env.CHANGE_BRANCH ||
      env.ghprbSourceBranch ||
      env.gitlabSourceBranch ||
      env.GIT_LOCAL_BRANCH ||
      env.BRANCH_NAME ||
      env.GIT_BRANCH?.replace(/^(?:(?:refs\/)?remotes\/[^/]+|origin|upstream)\//, ""),
    tag: env.TAG_NAME,
    commit: { sha, url: commitPage(remote?.page, sha), author: env.ghprbActualCommitAuthor },
    pullRequest:
      number || isMergeRequest
        ? {
            url: env.CHANGE_URL || env.ghprbPullLink || gitlabPluginUrl(env),
            number,
            title: env.CHANGE_TITLE || env.ghprbPullTitle || env.gitlabMergeRequestTitle,
            target: env.CHANGE_TARGET || env.ghprbTargetBranch || env.gitlabTargetBranch,
            fork: jenkinsFork(env),
          }
        : undefined,
    isPrimaryBranch: env.BRANCH_IS_PRIMARY === "true",
    // Build numbers are counted for each job of each Jenkins.
    run: {
      id: build && [server?.replace(/^\w+:\/\/|\/+$/g, ""), job, build].join("/"),
      url: env.BUILD_URL,
    },
    attempt: [server, job, build],
  };
}

function gitlabPluginUrl(env: NodeJS.ProcessEnv): string | undefined {
  return pullRequestPage(
    repositoryOf(env.gitlabTargetRepoHttpUrl)?.page,
    env.gitlabMergeRequestIid,
    "gitlab",
  );
}

/** CHANGE_FORK is the owner, or the owner and the repository. It is set for forks only. */
function jenkinsFork(env: NodeJS.ProcessEnv): Fork | false | undefined {
  if (env.CHANGE_FORK) return { owner: ownerOf(env.CHANGE_FORK) };
  if (env.CHANGE_ID) return false;
  const source = repositoryOf(env.ghprbAuthorRepoGitUrl)?.path;
  if (source) return forkOf(source, env.ghprbGhRepository || repositoryOf(env.GIT_URL)?.path);
  return forkOf(
    env.gitlabSourceNamespace && `${env.gitlabSourceNamespace}/${env.gitlabSourceRepoName ?? ""}`,
    env.gitlabTargetNamespace && `${env.gitlabTargetNamespace}/${env.gitlabTargetRepoName ?? ""}`,
  );
}

/** The job name, without the branch suffix of a multibranch pipeline. */
function jenkinsProject({ JOB_NAME: job, BRANCH_NAME: branch }: NodeJS.ProcessEnv): string | undefined {
  const suffix = branch ? `/${encodeURIComponent(branch)}` : undefined;
  return suffix && job?.endsWith(suffix) ? job.slice(0, -suffix.length) : job;
}

/** The facts of Buildkite. */
export function buildkite(env: NodeJS.ProcessEnv): CiFacts {
  const { BUILDKITE_PULL_REQUEST: number, BUILDKITE_BUILD_ID: run } = env;
  const { path: repository, page } = repositoryOf(env.BUILDKITE_REPO) ?? {};
  const isPullRequest = number && number !== "false";
  // A build that was started by hand may have the commit "HEAD".
  const sha = env.BUILDKITE_COMMIT === "HEAD" ? undefined : env.BUILDKITE_COMMIT;
  const fork = forkOf(repositoryOf(env.BUILDKITE_PULL_REQUEST_REPO)?.path, repository);
  // A setting of the pipeline adds the owner to the branch names of forks.
  const prefix = fork && fork.owner !== undefined ? `${fork.owner}:` : undefined;
  const branch = env.BUILDKITE_BRANCH;
  const queueTarget = env.BUILDKITE_MERGE_QUEUE_BASE_BRANCH;
  return {
    service: "buildkite",
    repository,
    repositoryUrl: page,
    ref: prefix && branch?.startsWith(prefix) ? branch.slice(prefix.length) : branch,
    tag: env.BUILDKITE_TAG,
    commit: {
      sha,
      url: commitPage(page, sha),
      // The message of a build that was started by hand is not that of the commit.
      message: [undefined, "", "webhook"].includes(env.BUILDKITE_SOURCE) ? env.BUILDKITE_MESSAGE : undefined,
      author: env.BUILDKITE_BUILD_AUTHOR,
    },
    pullRequest: isPullRequest
      ? {
          url: pullRequestPage(page, number, env.BUILDKITE_PIPELINE_PROVIDER),
          number,
          title: env.BUILDKITE_PULL_REQUEST_TITLE,
          target: env.BUILDKITE_PULL_REQUEST_BASE_BRANCH || queueTarget,
          fork,
        }
      : queueTarget
        ? { target: queueTarget }
        : undefined,
    isMergeQueue: Boolean(queueTarget),
    defaultBranch: env.BUILDKITE_PIPELINE_DEFAULT_BRANCH,
    // Build numbers are counted for each pipeline.
    run: { id: run || env.BUILDKITE_BUILD_NUMBER, url: env.BUILDKITE_BUILD_URL },
    attempt: [run || env.BUILDKITE_BUILD_NUMBER, env.BUILDKITE_JOB_ID, env.BUILDKITE_RETRY_COUNT],
  };
}

/**
 * The trigger and the source version have a type and a number or name, such as "pr/7", "branch/main" or "tag/v1". A
 * build that a person or a pipeline starts has the version only, which may also be a plain branch, a commit, or the
 * name of an archive.
 */
export function codebuild(env: NodeJS.ProcessEnv): CiFacts {
  const { CODEBUILD_BUILD_ID: run } = env;
  const { path: repository, page } = repositoryOf(env.CODEBUILD_SOURCE_REPO_URL) ?? {};
  const version = env.CODEBUILD_SOURCE_VERSION?.replace(/\^\{.*\}$/, "");
  const [kind, name] =
    [env.CODEBUILD_WEBHOOK_TRIGGER, version]
      .map((text) => /^(pr|branch|tag)\/(.+)$/.exec(text ?? ""))
      .find((found) => found !== null)
      ?.slice(1) ?? [];
  const sha = env.CODEBUILD_RESOLVED_SOURCE_VERSION;
  const isBranch = version && version !== sha && !/^(?:[0-9a-f]{7,40}|arn:.*|(?:pr|tag)\/.*)$/.test(version);
  return {
    service: "codebuild",
    repository,
    repositoryUrl: page,
    ref:
      env.CODEBUILD_WEBHOOK_HEAD_REF ||
      (kind === "branch" ? name : undefined) ||
      (isBranch && kind !== "tag" ? version : undefined),
    tag: kind === "tag" ? name : undefined,
    commit: { sha, url: commitPage(page, sha) },
    pullRequest:
      kind === "pr"
        ? { url: pullRequestPage(page, name), number: name, target: env.CODEBUILD_WEBHOOK_BASE_REF }
        : undefined,
    run: { id: run, url: env.CODEBUILD_PUBLIC_BUILD_URL || env.CODEBUILD_BUILD_URL },
    attempt: [run],
  };
}
