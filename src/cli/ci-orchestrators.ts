import * as z from "zod";
import { commitPage, pullRequestPage, repositoryOf, splitPullRequestUrl } from "../lib/git-origin.ts";
import { type CiFacts, forkOf, type PullRequestFacts } from "./ci-facts.ts";

/** Atlantis has no runs: all projects that are planned for one commit of a pull request are one run. */
export function atlantis(env: NodeJS.ProcessEnv): CiFacts {
  const { BASE_REPO_OWNER: owner, BASE_REPO_NAME: name, PULL_NUM: number, HEAD_COMMIT: sha } = env;
  const repository = owner && name ? `${owner}/${name}` : undefined;
  const source =
    env.HEAD_REPO_OWNER && env.HEAD_REPO_NAME ? `${env.HEAD_REPO_OWNER}/${env.HEAD_REPO_NAME}` : undefined;
  // Without the credentials that a URL may contain.
  const page = repositoryOf(splitPullRequestUrl(env.PULL_URL)?.repositoryPage)?.page;
  return {
    service: "atlantis",
    repository,
    repositoryUrl: page,
    ref: env.HEAD_BRANCH_NAME,
    isMergedCheckout: true,
    commit: { sha, url: commitPage(page, sha) },
    pullRequest:
      number || env.PULL_URL
        ? { url: env.PULL_URL, number, target: env.BASE_BRANCH_NAME, fork: forkOf(source, repository) }
        : undefined,
    run: { id: number && sha && `${number}-${sha}`, url: env.PULL_URL },
  };
}

/** A proposed run is of a pull request, of a branch that is not tracked, or a preview. */
export function spacelift(env: NodeJS.ProcessEnv): CiFacts {
  const { TF_VAR_spacelift_run_id: run, TF_VAR_spacelift_stack_id: stack } = env;
  const branch = env.TF_VAR_spacelift_commit_branch;
  const account = env.TF_VAR_spacelift_account_name;
  const host = account && (account.includes(".") ? account : `${account}.app.spacelift.io`);
  // A fork's branch may have the name of the tracked branch, and a local preview has files that are not in a branch.
  const isProposed = env.TF_VAR_spacelift_run_type === "PROPOSED";
  const isBranchUnknown =
    env.TF_VAR_spacelift_local_preview === "true" ||
    (isProposed && branch !== undefined && branch === env.TF_VAR_spacelift_stack_branch);
  return {
    service: "spacelift",
    repository: env.TF_VAR_spacelift_repository,
    ref: branch,
    isBranchUnknown,
    commit: { sha: env.TF_VAR_spacelift_commit_sha },
    run: { id: run, url: run && stack && host && `https://${host}/stack/${stack}/run/${run}` },
    attempt: [run, env.TF_VAR_spacelift_run_state],
  };
}

/** The facts of env0. */
export function env0(env: NodeJS.ProcessEnv): CiFacts {
  const { ENV0_DEPLOYMENT_LOG_ID: run, ENV0_PR_NUMBER: number, ENV0_COMMIT_HASH: sha } = env;
  const { path: repository, page } = repositoryOf(env.ENV0_TEMPLATE_REPOSITORY) ?? {};
  const revision = env.ENV0_DEPLOYMENT_REVISION || env.ENV0_TEMPLATE_REVISION;
  return {
    service: "env0",
    repository,
    repositoryUrl: page,
    // A revision is a branch, a tag or a commit.
    ref: env.ENV0_PR_SOURCE_BRANCH || (/^[0-9a-f]{40}$/.test(revision ?? "") ? undefined : revision),
    commit: { sha, url: commitPage(page, sha) },
    pullRequest: number
      ? {
          url: pullRequestPage(page, number, env.ENV0_VCS_PROVIDER),
          number,
          target: env.ENV0_PR_TARGET_BRANCH,
          fork: forkOf(repositoryOf(env.ENV0_PR_SOURCE_REPOSITORY)?.path, repository),
        }
      : undefined,
    run: {
      id: run,
      url:
        run &&
        env.ENV0_PROJECT_ID &&
        `https://app.env0.com/p/${env.ENV0_PROJECT_ID}/environments/${env.ENV0_ENVIRONMENT_ID}/deployments/${run}`,
    },
    attempt: [run],
  };
}

/**
 * Terrateam runs inside of another CI system: it starts a workflow by hand on the branch of the pull request; for a fork, on the
 * default branch.
 */
export function terrateam(env: NodeJS.ProcessEnv, facts: CiFacts): CiFacts {
  const isOfPullRequest = env.TERRATEAM_RUN_KIND === "pr";
  const number = isOfPullRequest ? runKindId(env.TERRATEAM_RUN_KIND_DATA) : undefined;
  return {
    ...facts,
    service: "terrateam",
    pullRequest: isOfPullRequest
      ? { ...pullRequestOf(facts, number), target: env.TERRATEAM_BASE_REF || facts.pullRequest?.target }
      : facts.pullRequest,
  };
}

function runKindId(json: string | undefined): string | undefined {
  const id = z.object({ id: z.union([z.string(), z.number()]) }).safeParse(parseJson(json)).data?.id;
  return id === undefined ? undefined : `${id}`;
}

const DiggerSpec = z.object({
  job: z.object({
    branch: z.string().nullish(),
    commit: z.string().nullish(),
    pullRequestNumber: z.number().nullish(),
  }),
  vcs: z.object({ repo_full_name: z.string().nullish() }).nullish(),
});

/** Digger runs inside of another CI system: it starts a workflow by hand, and describes the pull request in a variable. */
export function digger(env: NodeJS.ProcessEnv, facts: CiFacts): CiFacts {
  const { job, vcs } = DiggerSpec.safeParse(parseJson(env.DIGGER_RUN_SPEC)).data ?? {};
  const number = job?.pullRequestNumber ? `${job.pullRequestNumber}` : undefined;
  const sha = job?.commit || facts.commit?.sha;
  return {
    ...facts,
    service: "digger",
    repository: vcs?.repo_full_name || facts.repository,
    ref: job?.branch || facts.ref,
    commit: sha === facts.commit?.sha ? facts.commit : { sha, url: commitPage(facts.repositoryUrl, sha) },
    pullRequest: number ? pullRequestOf(facts, number) : facts.pullRequest,
  };
}

function pullRequestOf(facts: CiFacts, number: string | undefined): PullRequestFacts {
  const provider = facts.service === "gitlab" || facts.service === "bitbucket" ? facts.service : undefined;
  return { url: pullRequestPage(facts.repositoryUrl, number, provider), number, ...facts.pullRequest };
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}
