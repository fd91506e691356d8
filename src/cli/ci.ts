import { readFileSync } from "node:fs";
import envCi from "env-ci";
import * as z from "zod";
import { errorMessage } from "../lib/errors.ts";
import { UsageError } from "./exit-codes.ts";

/** The origin of an estimate according to the environment. */
export interface CiContext {
  /** The CI system; undefined outside CI. */
  readonly service: string | undefined;
  /** The repository, for instance "acme/shop". */
  readonly repository: string | undefined;
  readonly branch: string | undefined;
  readonly commitSha: string | undefined;
  readonly pullRequestUrl: string | undefined;
  /** Identifies this attempt of this CI job; undefined outside CI. */
  readonly attempt: readonly string[] | undefined;
}

/** Reads the environment of a CI system (env-ci supports about thirty). */
export function readCiContext(env: NodeJS.ProcessEnv, cwd: string): CiContext {
  const ci = detect(env, cwd);
  if (!ci.isCi) return NO_CI;
  const { service } = ci;
  const details: CiDetails = CI_SERVICES[service ?? ""]?.(env) ?? {};
  const repository = details.repository || repositoryName(ci);
  return {
    service,
    repository,
    branch: branchName(details.branch || (ci.isPr ? ci.prBranch : undefined) || ci.branch, ci),
    commitSha: details.commitSha || ci.commit || undefined,
    pullRequestUrl: details.pullRequestUrl || undefined,
    attempt:
      service && ci.build
        ? attemptOf([service, repository, ...(details.attempt ?? [ci.build, ci.job])])
        : undefined,
  };
}

/** Outside CI. The git repository of the folder is not used: the file may be of another repository. */
const NO_CI: CiContext = {
  service: undefined,
  repository: undefined,
  branch: undefined,
  commitSha: undefined,
  pullRequestUrl: undefined,
  attempt: undefined,
};

function detect(env: NodeJS.ProcessEnv, cwd: string): envCi.CiEnv {
  try {
    return envCi({ env, cwd });
  } catch (error) {
    // env-ci reads GitHub's event file, which may be missing in a container.
    throw new UsageError(`The environment of the CI system cannot be read: ${errorMessage(error)}`);
  }
}

/** env-ci joins unset variables as well: "undefined/shop". */
function repositoryName({ slug }: envCi.CiEnv): string | undefined {
  return slug?.split("/").includes("undefined") ? undefined : slug || undefined;
}

/** A tag, another ref and a detached HEAD are not branches. */
function branchName(name: string | undefined, { tag }: envCi.CiEnv): string | undefined {
  if (!name || name === "HEAD" || name === tag) return undefined;
  const branch = name.replace(/^refs\/heads\//, "");
  return branch.startsWith("refs/") ? undefined : branch;
}

function attemptOf(parts: readonly (string | undefined)[]): string[] {
  return parts.map((part) => part ?? "");
}

/** Variables of a CI system that env-ci does not read, or reads differently. */
interface CiDetails {
  readonly repository?: string | undefined;
  readonly branch?: string | undefined;
  readonly commitSha?: string | undefined;
  readonly pullRequestUrl?: string | undefined;
  /** Identifies this attempt of this job in the repository. */
  readonly attempt?: readonly (string | undefined)[];
}

/** Many CI systems set unknown variables to "". */
type DetailsOf = (env: NodeJS.ProcessEnv) => CiDetails;

/** By env-ci's name of the system. Other systems have the values of env-ci only. */
const CI_SERVICES: Readonly<Record<string, DetailsOf>> = {
  github,
  gitlab,
  bitbucket,
  circleci,
  jenkins,
  azurePipelines,
};

function github(env: NodeJS.ProcessEnv): CiDetails {
  const pullRequest = readPullRequest(env.GITHUB_EVENT_PATH);
  return {
    // In a pull request, GITHUB_REF is refs/pull/7/merge and GITHUB_SHA a merge commit outside of all branches.
    branch: env.GITHUB_HEAD_REF,
    commitSha: pullRequest?.head.sha,
    pullRequestUrl:
      pullRequest &&
      `${env.GITHUB_SERVER_URL || "https://github.com"}/${env.GITHUB_REPOSITORY}/pull/${pullRequest.number}`,
    // A re-run keeps the id; the jobs of a matrix have one name, but different machines.
    attempt: [env.GITHUB_RUN_ID, env.GITHUB_RUN_ATTEMPT, env.GITHUB_JOB, env.RUNNER_NAME],
  };
}

const PullRequestEvent = z.object({
  pull_request: z.object({ number: z.int(), head: z.object({ sha: z.string() }) }),
});

/** The pull request in the event of a GitHub workflow. */
function readPullRequest(eventPath: string | undefined) {
  try {
    return PullRequestEvent.parse(JSON.parse(readFileSync(eventPath ?? "", "utf8"))).pull_request;
  } catch {
    // Another event, or no event file in a container: the pull request is unknown.
    return undefined;
  }
}

function gitlab(env: NodeJS.ProcessEnv): CiDetails {
  const project = env.CI_MERGE_REQUEST_PROJECT_URL || env.CI_PROJECT_URL;
  return {
    branch: env.CI_MERGE_REQUEST_SOURCE_BRANCH_NAME,
    // In a pipeline for merged results, CI_COMMIT_SHA is a merge commit.
    commitSha: env.CI_MERGE_REQUEST_SOURCE_BRANCH_SHA,
    // CI_MERGE_REQUEST_IID is the number in the project; CI_MERGE_REQUEST_ID is that of the whole GitLab.
    pullRequestUrl:
      env.CI_MERGE_REQUEST_IID && project && `${project}/-/merge_requests/${env.CI_MERGE_REQUEST_IID}`,
    attempt: [env.CI_PIPELINE_ID, env.CI_JOB_ID],
  };
}

function bitbucket(env: NodeJS.ProcessEnv): CiDetails {
  const repository = env.BITBUCKET_REPO_FULL_NAME;
  return {
    pullRequestUrl:
      env.BITBUCKET_PR_ID && `https://bitbucket.org/${repository}/pull-requests/${env.BITBUCKET_PR_ID}`,
    attempt: [env.BITBUCKET_BUILD_NUMBER, env.BITBUCKET_STEP_UUID, env.BITBUCKET_STEP_RUN_NUMBER],
  };
}

function circleci(env: NodeJS.ProcessEnv): CiDetails {
  return {
    pullRequestUrl: env.CIRCLE_PULL_REQUEST || env.CI_PULL_REQUEST,
    attempt: [env.CIRCLE_BUILD_NUM, env.CIRCLE_NODE_INDEX],
  };
}

function jenkins(env: NodeJS.ProcessEnv): CiDetails {
  return {
    repository: repositoryOf(env.GIT_URL) || jenkinsProject(env),
    branch:
      env.CHANGE_BRANCH ||
      env.ghprbSourceBranch ||
      env.gitlabSourceBranch ||
      env.GIT_LOCAL_BRANCH ||
      env.BRANCH_NAME ||
      env.GIT_BRANCH?.replace(/^origin\//, ""),
    pullRequestUrl: env.CHANGE_URL || env.ghprbPullLink,
    // Build numbers are counted for each job.
    attempt: [env.JENKINS_URL, env.JOB_NAME, env.BUILD_NUMBER],
  };
}

/** `acme/shop` for git@example.com:acme/shop.git and https://example.com/acme/shop.git. */
function repositoryOf(gitUrl: string | undefined): string | undefined {
  return /^(?:\w+:\/\/[^/]+\/|[^/:]+:)\/?(.+?)(?:\.git)?\/?$/.exec(gitUrl ?? "")?.[1];
}

/** The job name, without the branch suffix of a multibranch pipeline. */
function jenkinsProject({ JOB_NAME: job, BRANCH_NAME: branch }: NodeJS.ProcessEnv): string | undefined {
  const suffix = branch ? `/${encodeURIComponent(branch)}` : undefined;
  return suffix && job?.endsWith(suffix) ? job.slice(0, -suffix.length) : job;
}

function azurePipelines(env: NodeJS.ProcessEnv): CiDetails {
  const name = env.BUILD_REPOSITORY_NAME;
  return {
    // The name of an Azure repository has no project; that of a GitHub repository has its owner.
    repository: name && !name.includes("/") ? `${env.SYSTEM_TEAMPROJECT}/${name}` : name,
    commitSha: env.SYSTEM_PULLREQUEST_SOURCECOMMITID,
    pullRequestUrl: azurePullRequest(env),
    // The build number is a free text; the id is unique.
    attempt: [
      env.SYSTEM_COLLECTIONURI,
      env.BUILD_BUILDID,
      env.SYSTEM_JOBID,
      env.SYSTEM_STAGEATTEMPT,
      env.SYSTEM_JOBATTEMPT,
    ],
  };
}

function azurePullRequest(env: NodeJS.ProcessEnv): string | undefined {
  const number = env.SYSTEM_PULLREQUEST_PULLREQUESTNUMBER;
  if (number) return `https://github.com/${env.BUILD_REPOSITORY_NAME}/pull/${number}`;
  const id = env.SYSTEM_PULLREQUEST_PULLREQUESTID;
  // The URL has the organisation as its user name.
  const repository = env.BUILD_REPOSITORY_URI?.replace(/^(https?:\/\/)[^/@]*@/, "$1");
  return id && repository && `${repository}/pullrequest/${id}`;
}
