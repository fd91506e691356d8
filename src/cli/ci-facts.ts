/** The facts that a CI system states about one of its jobs, before the rules of `ci.ts` apply. An empty text is unset. */
export interface CiFacts {
  /** The CI system, for instance "github". */
  readonly service: string | undefined;
  /** The repository that the CI job belongs to, for instance "acme/shop". */
  readonly repository?: string | undefined;
  /** The page of the repository. */
  readonly repositoryUrl?: string | undefined;
  /** The branch, or another git ref; of a pull request: its branch, in whatever repository. */
  readonly ref?: string | undefined;
  readonly tag?: string | undefined;
  /** The estimate is of a pull request whose branch the CI system does not state: `ref` is of something else. */
  readonly isBranchUnknown?: boolean | undefined;
  readonly commit?: CommitFacts | undefined;
  readonly pullRequest?: PullRequestFacts | undefined;
  /** The CI job is of a merge queue; its target is that of the pull request, or follows from `ref`. */
  readonly isMergeQueue?: boolean | undefined;
  /** The checkout is on the target branch, with the pull request merged into it: a file names the target branch. */
  readonly isMergedCheckout?: boolean | undefined;
  readonly defaultBranch?: string | undefined;
  /** The CI system calls `ref` the primary branch, and does not state the name of the default branch. */
  readonly isPrimaryBranch?: boolean | undefined;
  readonly run?: RunFacts | undefined;
  /** Identifies the attempt of the CI job in the repository. */
  readonly attempt?: readonly (string | undefined)[] | undefined;
}

/** The details belong to the commit `sha`. */
export interface CommitFacts {
  readonly sha?: string | undefined;
  readonly url?: string | undefined;
  readonly message?: string | undefined;
  /** A name; also "name <address>". */
  readonly author?: string | undefined;
  readonly time?: string | undefined;
}

export interface PullRequestFacts {
  readonly url?: string | undefined;
  readonly number?: string | undefined;
  readonly title?: string | undefined;
  readonly target?: string | undefined;
  /** undefined: the CI system does not state the repository of the branch. */
  readonly fork?: Fork | false | undefined;
}

/** The repository of a pull request that is not the repository that it is to be merged into. */
export interface Fork {
  /** undefined: not stated. */
  readonly owner: string | undefined;
}

interface RunFacts {
  /** Unique in the repository; the same in every attempt. */
  readonly id: string | undefined;
  readonly url?: string | undefined;
}

/** The names that the server takes for a default branch as well, when nothing else is stated. */
export const USUAL_DEFAULT_BRANCHES: readonly string[] = ["main", "master", "trunk"];

/** Whether the source of a pull request is a fork; undefined when one of the names is unknown. */
export function forkOf(source: string | undefined, target: string | undefined): Fork | false | undefined {
  if (!source || !target) return undefined;
  return source.toLowerCase() === target.toLowerCase() ? false : { owner: ownerOf(source) };
}

/** The owner of a repository: "outsider" of "outsider/shop". */
export function ownerOf(repository: string): string {
  return repository.includes("/") ? repository.slice(0, repository.lastIndexOf("/")) : repository;
}

/** `acme/shop` for git@example.com:acme/shop.git and https://example.com/acme/shop.git. */
export function repositoryOf(gitUrl: string | undefined): string | undefined {
  return /^(?:\w+:\/\/[^/]+\/|[^/:]+:)\/?(.+?)(?:\.git)?\/?$/.exec(gitUrl ?? "")?.[1];
}

/** The page of a repository by its git URL, which may contain a password or be an SSH address. */
export function pageOf(gitUrl: string | undefined): string | undefined {
  const path = repositoryOf(gitUrl);
  if (!gitUrl || !path) return undefined;
  if (/^https?:/i.test(gitUrl)) return URL.canParse(gitUrl) ? `${new URL(gitUrl).origin}/${path}` : undefined;
  const host = /^(?:\w+:\/\/)?(?:[^@/]*@)?([^/:]+)/.exec(gitUrl)?.[1];
  return host && `https://${host}/${path}`;
}

/** The last parts of the URLs of pull requests, by the name of the host. GitHub's is the default. */
const PULL_REQUEST_PATHS: readonly (readonly [host: RegExp, path: string])[] = [
  [/gitlab/i, "-/merge_requests"],
  [/bitbucket/i, "pull-requests"],
  [/dev\.azure\.com|visualstudio\.com/i, "pullrequest"],
  [/gitea|forgejo|codeberg/i, "pulls"],
];

/**
 * The page of a pull request.
 * @param provider the kind of the host, for instance "gitlab"; by default it follows from the URL.
 */
export function pullRequestPage(
  repositoryUrl: string | undefined,
  number: string | undefined,
  provider?: string,
): string | undefined {
  if (!repositoryUrl || !number) return undefined;
  const host = provider || hostOf(repositoryUrl);
  const path = PULL_REQUEST_PATHS.find(([name]) => name.test(host))?.[1] ?? "pull";
  return `${repositoryUrl}/${path}/${number}`;
}

/** The page of a commit. */
export function commitPage(repositoryUrl: string | undefined, sha: string | undefined): string | undefined {
  if (!repositoryUrl || !sha) return undefined;
  const host = hostOf(repositoryUrl);
  const path = /bitbucket/i.test(host) ? "commits" : /gitlab/i.test(host) ? "-/commit" : "commit";
  return `${repositoryUrl}/${path}/${sha}`;
}

function hostOf(url: string): string {
  return url.replace(/^\w+:\/\/([^/]+).*$/, "$1");
}

/** The number in a ref of a pull request, such as refs/pull/7/merge. */
export function numberOfRef(ref: string | undefined): string | undefined {
  return /^(?:refs\/)?(?:pull|pull-requests|merge-requests|pr)\/(\d+)(?:\/|$)/.exec(ref ?? "")?.[1];
}
