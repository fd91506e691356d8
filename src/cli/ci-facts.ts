import { ownerOf } from "../lib/git-origin.ts";

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

/** A pull request, as the CI system states it. */
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

/** Whether the source of a pull request is a fork; undefined when one of the names is unknown. */
export function forkOf(source: string | undefined, target: string | undefined): Fork | false | undefined {
  if (!source || !target) return undefined;
  return source.toLowerCase() === target.toLowerCase() ? false : { owner: ownerOf(source) };
}
