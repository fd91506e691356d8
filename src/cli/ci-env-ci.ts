import envCi from "env-ci";
import { errorMessage } from "../lib/errors.ts";
import { pullRequestPage, repositoryOf } from "../lib/git-origin.ts";
import { type CiFacts, type CommitFacts, forkOf, type PullRequestFacts } from "./ci-facts.ts";
import { UsageError } from "./exit-codes.ts";

/**
 * The facts of the CI systems without a reader of their own: the values of env-ci, which supports about thirty systems,
 * and the variables of `ADDITIONS`.
 * @returns undefined outside of CI.
 */
export function otherSystem(env: NodeJS.ProcessEnv, cwd: string): CiFacts | undefined {
  const ci = detect(env, cwd);
  if (!ci.isCi) return undefined;
  const { commit, pullRequest, ...additions } = ADDITIONS[ci.service ?? ""]?.(env) ?? {};
  const isPullRequest = ci.isPr || Boolean(pullRequest?.number);
  const number = ci.isPr && /^\d+$/.test(ci.pr ?? "") ? ci.pr : undefined;
  return {
    service: ci.service,
    repository: repositoryName(ci),
    // In a pull request without prBranch, some systems state the target branch as the branch.
    ref: ci.isPr ? ci.prBranch : ci.branch,
    tag: ci.tag,
    commit: { sha: ci.commit, ...commit },
    pullRequest: isPullRequest
      ? {
          number,
          url: pullRequestPage(additions.repositoryUrl, number),
          target: ci.prBranch && ci.branch,
          ...pullRequest,
        }
      : undefined,
    run: { id: ci.build, url: /\bundefined\b/.test(ci.buildUrl ?? "") ? undefined : ci.buildUrl },
    attempt: ci.build ? [ci.build, ci.job] : undefined,
    ...additions,
  };
}

function detect(env: NodeJS.ProcessEnv, cwd: string): envCi.CiEnv {
  try {
    return envCi({ env, cwd });
  } catch (error) {
    // env-ci requires some variables, for instance REPOSITORY_URL of Netlify.
    throw new UsageError(`The environment of the CI system cannot be read: ${errorMessage(error)}`);
  }
}

/** env-ci joins unset variables as well: "undefined/shop". */
function repositoryName({ slug }: envCi.CiEnv): string | undefined {
  return slug?.split("/").includes("undefined") ? undefined : slug || undefined;
}

interface Additions extends Partial<Omit<CiFacts, "service" | "commit" | "pullRequest">> {
  readonly commit?: CommitFacts;
  readonly pullRequest?: PullRequestFacts;
}

/** Variables that env-ci does not read, by its name of the system. */
const ADDITIONS: Readonly<Record<string, (env: NodeJS.ProcessEnv) => Additions>> = {
  appveyor(env) {
    const head = env.APPVEYOR_PULL_REQUEST_HEAD_COMMIT;
    const isGitHub = !env.APPVEYOR_REPO_PROVIDER || env.APPVEYOR_REPO_PROVIDER === "gitHub";
    const name = env.APPVEYOR_REPO_NAME;
    const page = isGitHub && name ? `https://github.com/${name}` : undefined;
    return {
      repositoryUrl: page,
      commit: head
        ? { sha: head }
        : {
            message: env.APPVEYOR_REPO_COMMIT_MESSAGE,
            author: env.APPVEYOR_REPO_COMMIT_AUTHOR,
            time: env.APPVEYOR_REPO_COMMIT_TIMESTAMP,
          },
      pullRequest: {
        url: pullRequestPage(page, env.APPVEYOR_PULL_REQUEST_NUMBER),
        title: env.APPVEYOR_PULL_REQUEST_TITLE,
        fork: forkOf(env.APPVEYOR_PULL_REQUEST_HEAD_REPO_NAME, name),
      },
    };
  },
  buddy(env) {
    const head = env.BUDDY_EXECUTION_PULL_REQUEST_HEAD_BRANCH;
    return {
      ...(head && { ref: head }),
      pullRequest: { target: env.BUDDY_EXECUTION_PULL_REQUEST_BASE_BRANCH },
    };
  },
  codefresh(env) {
    const isFork = env.CF_PULL_REQUEST_IS_FORK;
    return {
      commit: { message: env.CF_COMMIT_MESSAGE, author: env.CF_COMMIT_AUTHOR, url: env.CF_COMMIT_URL },
      pullRequest: {
        title: env.CF_PULL_REQUEST_TITLE,
        fork: isFork === "true" ? { owner: undefined } : isFork === "false" ? false : undefined,
      },
    };
  },
  drone(env) {
    return {
      isMergedCheckout: true,
      repositoryUrl: env.DRONE_REPO_LINK,
      defaultBranch: env.DRONE_REPO_BRANCH,
      commit: {
        message: env.DRONE_COMMIT_MESSAGE,
        author: env.DRONE_COMMIT_AUTHOR_NAME,
        // In a pull request, the link is that of the pull request.
        url: env.DRONE_BUILD_EVENT === "pull_request" ? undefined : env.DRONE_COMMIT_LINK,
      },
      pullRequest: {
        url: pullRequestPage(env.DRONE_REPO_LINK, env.DRONE_PULL_REQUEST),
        title: env.DRONE_PULL_REQUEST_TITLE,
      },
    };
  },
  semaphore(env) {
    const page = repositoryOf(env.SEMAPHORE_GIT_URL)?.page;
    const { SEMAPHORE_ORGANIZATION_URL: organization, SEMAPHORE_WORKFLOW_ID: run } = env;
    return {
      repositoryUrl: page,
      commit: { ...(env.SEMAPHORE_GIT_PR_SHA && { sha: env.SEMAPHORE_GIT_PR_SHA }) },
      pullRequest: {
        url: pullRequestPage(page, env.SEMAPHORE_GIT_PR_NUMBER),
        title: env.SEMAPHORE_GIT_PR_NAME,
        fork: forkOf(env.SEMAPHORE_GIT_PR_SLUG, env.SEMAPHORE_GIT_REPO_SLUG),
      },
      ...(run && { run: { id: run, url: organization && `${organization}/workflows/${run}` } }),
    };
  },
  travis(env) {
    const head = env.TRAVIS_PULL_REQUEST_SHA;
    const page = env.TRAVIS_REPO_SLUG && `https://github.com/${env.TRAVIS_REPO_SLUG}`;
    return {
      repositoryUrl: page,
      commit: head ? { sha: head } : { message: env.TRAVIS_COMMIT_MESSAGE },
      pullRequest: {
        url: env.TRAVIS_PULL_REQUEST === "false" ? undefined : pullRequestPage(page, env.TRAVIS_PULL_REQUEST),
        fork: forkOf(env.TRAVIS_PULL_REQUEST_SLUG, env.TRAVIS_REPO_SLUG),
      },
    };
  },
  woodpecker(env) {
    // Also set when the pull request is closed, where env-ci takes the target branch for the branch.
    const number = env.CI_COMMIT_PULL_REQUEST;
    return {
      ...(number && { ref: env.CI_COMMIT_SOURCE_BRANCH }),
      isMergedCheckout: true,
      repositoryUrl: env.CI_REPO_URL,
      defaultBranch: env.CI_REPO_DEFAULT_BRANCH,
      commit: { message: env.CI_COMMIT_MESSAGE, author: env.CI_COMMIT_AUTHOR },
      pullRequest: {
        number,
        target: env.CI_COMMIT_TARGET_BRANCH,
        // The page of a pull request, or of the commit of a push.
        url: number ? env.CI_PIPELINE_FORGE_URL : undefined,
        title: env.CI_COMMIT_PULL_REQUEST_TITLE,
      },
    };
  },
};
