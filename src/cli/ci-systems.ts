import {
  type CiFacts,
  commitPage,
  type Fork,
  forkOf,
  numberOfRef,
  ownerOf,
  type PullRequestFacts,
  pageOf,
  pullRequestPage,
  repositoryOf,
  USUAL_DEFAULT_BRANCHES,
} from "./ci-facts.ts";

/** The CI systems with a reader of their own, beside GitHub. Many of them set unknown variables to "". */

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

/** The branch of a fork is "pull/7"; its name in the fork is not stated. */
export function circleci(env: NodeJS.ProcessEnv): CiFacts {
  const owner = env.CIRCLE_PROJECT_USERNAME;
  const name = env.CIRCLE_PROJECT_REPONAME;
  const page = pageOf(env.CIRCLE_REPOSITORY_URL);
  const url = env.CIRCLE_PULL_REQUEST || env.CI_PULL_REQUEST || env.CIRCLE_PULL_REQUESTS?.split(",")[0];
  const number = env.CIRCLE_PR_NUMBER || numberOfRef(env.CIRCLE_BRANCH);
  const source = env.CIRCLE_PR_USERNAME;
  // Every build is of a branch; the URL is set as long as a pull request from this branch is open. A pull request from
  // main into a branch of releases must not make the builds of main builds of a pull request.
  const isMain = !source && USUAL_DEFAULT_BRANCHES.includes(env.CIRCLE_BRANCH ?? "");
  const isPullRequest = !isMain && Boolean(url || number || source);
  const sha = env.CIRCLE_SHA1;
  return {
    service: "circleci",
    repository: owner && name ? `${owner}/${name}` : repositoryOf(env.CIRCLE_REPOSITORY_URL),
    repositoryUrl: page,
    ref: env.CIRCLE_BRANCH,
    tag: env.CIRCLE_TAG,
    commit: { sha, url: commitPage(page, sha) },
    pullRequest: isPullRequest
      ? {
          url: url || pullRequestPage(page, number),
          number,
          fork: source ? { owner: source } : numberOfRef(env.CIRCLE_BRANCH) ? { owner: undefined } : false,
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
  const { JOB_NAME: job, BUILD_NUMBER: build, GIT_URL: git } = env;
  const isMergeRequest = Boolean(env.gitlabMergeRequestIid || env.gitlabMergeRequestId);
  const number = env.CHANGE_ID || env.ghprbPullId || env.gitlabMergeRequestIid;
  const sha =
    env.ghprbActualCommit ||
    (isMergeRequest ? env.gitlabMergeRequestLastCommit : undefined) ||
    env.GIT_COMMIT;
  return {
    service: "jenkins",
    repository: repositoryOf(git) || jenkinsProject(env),
    repositoryUrl: pageOf(git),
    ref:
      env.CHANGE_BRANCH ||
      env.ghprbSourceBranch ||
      env.gitlabSourceBranch ||
      env.GIT_LOCAL_BRANCH ||
      env.BRANCH_NAME ||
      env.GIT_BRANCH?.replace(/^(?:refs\/remotes\/)?origin\//, ""),
    tag: env.TAG_NAME,
    commit: { sha, url: commitPage(pageOf(git), sha), author: env.ghprbActualCommitAuthor },
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
      id: build && [env.JENKINS_URL?.replace(/^\w+:\/\/|\/+$/g, ""), job, build].join("/"),
      url: env.BUILD_URL,
    },
    attempt: [env.JENKINS_URL, job, build],
  };
}

function gitlabPluginUrl(env: NodeJS.ProcessEnv): string | undefined {
  return pullRequestPage(pageOf(env.gitlabTargetRepoHttpUrl), env.gitlabMergeRequestIid, "gitlab");
}

/** CHANGE_FORK is the owner, or the owner and the repository. It is set for forks only. */
function jenkinsFork(env: NodeJS.ProcessEnv): Fork | false | undefined {
  if (env.CHANGE_FORK) return { owner: ownerOf(env.CHANGE_FORK) };
  if (env.CHANGE_ID) return false;
  const source = repositoryOf(env.ghprbAuthorRepoGitUrl);
  if (source) return forkOf(source, env.ghprbGhRepository || repositoryOf(env.GIT_URL));
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

/** For repositories of Azure Repos, GitHub and Bitbucket. */
export function azurePipelines(env: NodeJS.ProcessEnv): CiFacts {
  const { BUILD_REPOSITORY_NAME: name, BUILD_BUILDID: run, SYSTEM_COLLECTIONURI: collection } = env;
  const page =
    pageOf(env.BUILD_REPOSITORY_URI) || (name?.includes("/") ? `https://github.com/${name}` : undefined);
  const project = env.SYSTEM_TEAMPROJECT;
  const isPullRequest = Boolean(
    env.SYSTEM_PULLREQUEST_PULLREQUESTID || env.SYSTEM_PULLREQUEST_PULLREQUESTNUMBER,
  );
  // In a pull request, BUILD_SOURCEVERSION is a merge commit.
  const sha = env.SYSTEM_PULLREQUEST_SOURCECOMMITID || env.BUILD_SOURCEVERSION;
  const details = { message: env.BUILD_SOURCEVERSIONMESSAGE, author: env.BUILD_SOURCEVERSIONAUTHOR };
  return {
    service: "azurePipelines",
    // The name of an Azure repository has no project; that of a GitHub repository has its owner.
    repository: name && project && !name.includes("/") ? `${project}/${name}` : name,
    repositoryUrl: page,
    ref: (isPullRequest && env.SYSTEM_PULLREQUEST_SOURCEBRANCH) || env.BUILD_SOURCEBRANCH,
    commit: {
      sha,
      url: commitPage(page, sha),
      ...(sha === env.BUILD_SOURCEVERSION && details),
    },
    pullRequest: isPullRequest ? azurePullRequest(env, page) : undefined,
    run: {
      id: run,
      url:
        run && collection && project
          ? `${collection}${encodeURIComponent(project)}/_build/results?buildId=${run}`
          : undefined,
    },
    // The build number is a free text; the id is unique.
    attempt: [collection, run, env.SYSTEM_JOBID, env.SYSTEM_STAGEATTEMPT, env.SYSTEM_JOBATTEMPT],
  };
}

function azurePullRequest(env: NodeJS.ProcessEnv, page: string | undefined): PullRequestFacts {
  // The id of a pull request of GitHub is that of Azure; its number is set for GitHub only.
  const number = env.SYSTEM_PULLREQUEST_PULLREQUESTNUMBER || env.SYSTEM_PULLREQUEST_PULLREQUESTID;
  const provider = env.SYSTEM_PULLREQUEST_PULLREQUESTNUMBER ? "github" : env.BUILD_REPOSITORY_PROVIDER;
  return {
    url: pullRequestPage(page, number, AZURE_PROVIDERS[provider ?? ""] ?? provider),
    number,
    target: env.SYSTEM_PULLREQUEST_TARGETBRANCH,
    fork: azureFork(env),
  };
}

const AZURE_PROVIDERS: Readonly<Record<string, string>> = { TfsGit: "dev.azure.com" };

/** For pull requests of GitHub, SYSTEM_PULLREQUEST_SOURCEREPOSITORYURI is often the repository of the pipeline. */
function azureFork(env: NodeJS.ProcessEnv): Fork | false | undefined {
  const isFork = env.SYSTEM_PULLREQUEST_ISFORK?.toLowerCase();
  if (isFork === "false") return false;
  const uri = env.SYSTEM_PULLREQUEST_SOURCEREPOSITORYURI;
  const [source, own] = [uri, env.BUILD_REPOSITORY_URI].map((url) =>
    repositoryOf(url)?.replace("/_git/", "/"),
  );
  const fork = forkOf(source, own);
  if (!fork) return isFork === "true" ? { owner: undefined } : fork;
  // A fork in Azure Repos may be in the same project: its name distinguishes it.
  return uri?.includes("/_git/") ? { owner: source?.split("/").slice(-2).join("/") } : fork;
}

export function buildkite(env: NodeJS.ProcessEnv): CiFacts {
  const { BUILDKITE_REPO: git, BUILDKITE_PULL_REQUEST: number, BUILDKITE_BUILD_ID: run } = env;
  const page = pageOf(git);
  const isPullRequest = number && number !== "false";
  // A build that was started by hand may have the commit "HEAD".
  const sha = env.BUILDKITE_COMMIT === "HEAD" ? undefined : env.BUILDKITE_COMMIT;
  const fork = forkOf(repositoryOf(env.BUILDKITE_PULL_REQUEST_REPO), repositoryOf(git));
  // A setting of the pipeline adds the owner to the branch names of forks.
  const prefix = fork && fork.owner !== undefined ? `${fork.owner}:` : undefined;
  const branch = env.BUILDKITE_BRANCH;
  const queueTarget = env.BUILDKITE_MERGE_QUEUE_BASE_BRANCH;
  return {
    service: "buildkite",
    repository: repositoryOf(git),
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

/** The type of the trigger and its number or name, such as "pr/7", "branch/main" or "tag/v1". */
export function codebuild(env: NodeJS.ProcessEnv): CiFacts {
  const { CODEBUILD_BUILD_ID: run, CODEBUILD_SOURCE_REPO_URL: git } = env;
  const page = pageOf(git);
  const [kind, name] = /^(pr|branch|tag)\/(.+)$/.exec(env.CODEBUILD_WEBHOOK_TRIGGER ?? "")?.slice(1) ?? [];
  const version = env.CODEBUILD_SOURCE_VERSION;
  const sha = env.CODEBUILD_RESOLVED_SOURCE_VERSION;
  return {
    service: "codebuild",
    repository: repositoryOf(git),
    repositoryUrl: page,
    ref:
      env.CODEBUILD_WEBHOOK_HEAD_REF ||
      (kind === "branch" ? name : undefined) ||
      (version?.startsWith("refs/") ? version : undefined),
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
