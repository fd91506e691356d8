import { readFileSync } from "node:fs";
import * as z from "zod";
import { errorMessage } from "../lib/errors.ts";
import { commitPage, numberOfRef, pullRequestPage } from "../lib/git-origin.ts";
import { type CiFacts, type CommitFacts, forkOf, type PullRequestFacts } from "./ci-facts.ts";
import { UsageError } from "./exit-codes.ts";

/**
 * GitHub Actions, and the systems with its variables (Gitea, Forgejo). The event file states the branch, the commit and
 * the pull request: the variables of some events are those of the default branch, and of a merge commit.
 * @throws UsageError when the event needs the file and it cannot be read.
 */
export function github(env: NodeJS.ProcessEnv): CiFacts {
  const { GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = env;
  const repositoryUrl = repository && `${env.GITHUB_SERVER_URL || "https://github.com"}/${repository}`;
  const service = env.GITEA_ACTIONS ? "gitea" : env.FORGEJO_ACTIONS ? "forgejo" : "github";
  const event = readEvent(env);
  const subject = subjectOf(env, event, { service, page: repositoryUrl });
  const { commit } = subject;
  return {
    service,
    repository,
    repositoryUrl,
    defaultBranch: event.repository?.default_branch,
    run: { id: run, url: run && repositoryUrl && `${repositoryUrl}/actions/runs/${run}` },
    // A re-run keeps the id; the jobs of a matrix have one name, but different machines.
    attempt: [run, env.GITHUB_RUN_ATTEMPT, env.GITHUB_JOB, env.RUNNER_NAME],
    ...subject,
    commit: commit && { url: commitPage(repositoryUrl, commit.sha), ...commit },
  };
}

/** A field that is missing or has another type is unknown. */
function field<Type extends z.ZodType>(type: Type) {
  return type.optional().catch(undefined);
}

const text = field(z.string());
const Repository = z.object({ full_name: text, html_url: text, default_branch: text });
const Commit = z.object({
  id: text,
  message: text,
  timestamp: text,
  author: field(z.object({ name: text })),
});
const Side = z.object({ ref: text, sha: text, label: text, repo: field(Repository.nullable()) });
const PullRequest = z.object({
  merged: field(z.boolean()),
  number: field(z.int()),
  title: text,
  html_url: text,
  head: field(Side),
  base: field(Side),
});
/** A finished run or check, whose branch may be in a fork. */
const Run = z.object({
  event: text,
  head_branch: text,
  head_sha: text,
  head_commit: field(Commit),
  head_repository: field(Repository),
  pull_requests: field(z.array(PullRequest)),
});
const Event = z.object({
  action: text,
  sha: text,
  repository: field(Repository),
  head_commit: field(Commit),
  pull_request: field(PullRequest),
  merge_group: field(
    z.object({ head_sha: text, head_ref: text, base_ref: text, head_commit: field(Commit) }),
  ),
  workflow_run: field(Run),
  check_suite: field(Run),
  check_run: field(z.object({ check_suite: field(Run) })),
  issue: field(
    z.object({ number: field(z.int()), title: text, pull_request: field(z.object({ html_url: text })) }),
  ),
});
type Event = z.infer<typeof Event>;

/** The events with the variables of the default branch, although they are about another branch. */
const NEED_FILE: ReadonlySet<string | undefined> = new Set([
  "pull_request_target",
  "pull_request_review",
  "pull_request_review_comment",
  "workflow_run",
  "issue_comment",
  "check_run",
  "check_suite",
  "status",
]);

/** The events whose runs have the default branch for their branch, and may be about another commit. */
const RUNS_ON_DEFAULT_BRANCH: ReadonlySet<string | undefined> = new Set([
  "issue_comment",
  "workflow_run",
  "check_run",
  "check_suite",
  "status",
  "deployment",
  "deployment_status",
  "release",
]);

/** The GitHub, Gitea or Forgejo with the repository. */
interface Host {
  readonly service: string;
  /** The page of the repository. */
  readonly page: string | undefined;
}

function readEvent(env: NodeJS.ProcessEnv): Event {
  try {
    return Event.parse(JSON.parse(readFileSync(env.GITHUB_EVENT_PATH ?? "", "utf8")));
  } catch (error) {
    // In a container, the file is often missing. Most events are described by the variables.
    if (!NEED_FILE.has(env.GITHUB_EVENT_NAME)) return Event.parse({});
    throw new UsageError(
      `The event ${env.GITHUB_EVENT_NAME} is described by the file of GITHUB_EVENT_PATH, which cannot be read: ` +
        `${errorMessage(error)}. Make the file available in the container of the command.`,
    );
  }
}

type Subject = Pick<
  CiFacts,
  "ref" | "commit" | "pullRequest" | "isMergeQueue" | "isBranchUnknown" | "isPrimaryBranch"
>;

/** The branch, the commit and the pull request that the event is about. */
function subjectOf(env: NodeJS.ProcessEnv, event: Event, host: Host): Subject {
  const finished = event.workflow_run ?? event.check_suite ?? event.check_run?.check_suite;
  if (finished) return finishedRun(env, event, finished, host);
  const { pull_request: pullRequest, merge_group: queue, issue } = event;
  // After the merge, the variables are those of the target branch with the merged commit.
  const isMerged =
    event.action === "closed" && pullRequest?.merged && env.GITHUB_EVENT_NAME === "pull_request";
  if (isMerged && env.GITHUB_REF?.startsWith("refs/heads/")) {
    return { ref: env.GITHUB_REF, commit: { sha: env.GITHUB_SHA } };
  }
  if (pullRequest) {
    return {
      ref: pullRequest.head?.ref || env.GITHUB_HEAD_REF,
      commit: { sha: pullRequest.head?.sha || env.GITHUB_SHA },
      pullRequest: pullRequestFacts(pullRequest, env.GITHUB_REPOSITORY, host),
    };
  }
  if (queue || env.GITHUB_EVENT_NAME === "merge_group") {
    return {
      ref: queue?.head_ref || env.GITHUB_REF,
      isMergeQueue: true,
      commit: { sha: queue?.head_sha || env.GITHUB_SHA, ...commitDetails(queue?.head_commit) },
      pullRequest: queue?.base_ref ? { target: queue.base_ref } : undefined,
    };
  }
  if (issue?.pull_request) {
    // GITHUB_REF and GITHUB_SHA are those of the default branch.
    const number = issue.number === undefined ? undefined : `${issue.number}`;
    const url = issue.pull_request.html_url || pullRequestPage(host.page, number, host.service);
    return { isBranchUnknown: true, pullRequest: { url, number, title: issue.title } };
  }
  // GITHUB_REF and GITHUB_SHA are those of the default branch; the commit of the event may be in several branches.
  if (env.GITHUB_EVENT_NAME === "status") return { isBranchUnknown: true, commit: { sha: event.sha } };
  return variablesOnly(env, event, host);
}

/** Without a pull request in the event: a push, a schedule, a start by hand, or a missing event file. */
function variablesOnly(env: NodeJS.ProcessEnv, event: Event, host: Host): Subject {
  const isHeadCommit = event.head_commit?.id === env.GITHUB_SHA;
  const commit = { sha: env.GITHUB_SHA, ...(isHeadCommit && commitDetails(event.head_commit)) };
  if (!env.GITHUB_HEAD_REF) return { ref: env.GITHUB_REF, commit };
  const number = numberOfRef(env.GITHUB_REF);
  const url = pullRequestPage(host.page, number, host.service);
  return { ref: env.GITHUB_HEAD_REF, commit, pullRequest: { url, number, target: env.GITHUB_BASE_REF } };
}

function finishedRun(env: NodeJS.ProcessEnv, event: Event, run: z.infer<typeof Run>, host: Host): Subject {
  const repository = event.repository?.full_name || env.GITHUB_REPOSITORY;
  const fork = forkOf(run.head_repository?.full_name, repository);
  // The list is empty for forks. A push to a branch with a pull request is listed too, but is not of the pull request.
  const [first] = run.pull_requests ?? [];
  const isOfPullRequest = fork || (run.event?.startsWith("pull_request") ?? first !== undefined);
  const listed = first && pullRequestFacts(first, repository, host);
  return {
    ref: run.head_branch,
    isBranchUnknown: !run.head_branch || RUNS_ON_DEFAULT_BRANCH.has(run.event),
    commit: { sha: run.head_sha, ...commitDetails(run.head_commit) },
    pullRequest: isOfPullRequest ? { ...listed, fork: fork ?? listed?.fork } : undefined,
  };
}

function pullRequestFacts(
  { number, title, html_url: url, head, base }: z.infer<typeof PullRequest>,
  repository: string | undefined,
  host: Host,
): PullRequestFacts {
  const text = number === undefined ? undefined : `${number}`;
  // The repository of a deleted fork is null; its label is still "outsider:main".
  const fork =
    head?.repo === null
      ? { owner: head.label?.split(":")[0] }
      : forkOf(head?.repo?.full_name, base?.repo?.full_name || repository);
  return {
    url: url || pullRequestPage(host.page, text, host.service),
    number: text,
    title,
    target: base?.ref,
    fork,
  };
}

function commitDetails(commit: z.infer<typeof Commit> | undefined): CommitFacts {
  return { message: commit?.message, author: commit?.author?.name, time: commit?.timestamp };
}
