import envCi from "env-ci";
import { reasonOf } from "../reason-of.ts";
import { CI_SERVICES, type CiDetails } from "./ci-services.ts";
import { UsageError } from "./usage-error.ts";

/** What the environment says of the code that is being estimated. Everything may be unknown. */
export interface CiContext {
  /** Which CI system; undefined outside one. */
  readonly service: string | undefined;
  /** The repository, for instance "acme/shop". */
  readonly repository: string | undefined;
  readonly branch: string | undefined;
  readonly commitSha: string | undefined;
  readonly pullRequestUrl: string | undefined;
  /** What tells this attempt of this CI job from every other; undefined outside CI. */
  readonly attempt: readonly string[] | undefined;
}

/** What is known outside CI. Not what git says of the folder: the file may be of another repository. */
const NOTHING: CiContext = {
  service: undefined,
  repository: undefined,
  branch: undefined,
  commitSha: undefined,
  pullRequestUrl: undefined,
  attempt: undefined,
};

/** Reads the environment of the usual CI systems (env-ci knows some thirty). */
export function readCiContext(env: NodeJS.ProcessEnv, cwd: string): CiContext {
  const ci = detect(env, cwd);
  if (!ci.isCi) return NOTHING;
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

function detect(env: NodeJS.ProcessEnv, cwd: string): envCi.CiEnv {
  try {
    return envCi({ env, cwd });
  } catch (error) {
    // It reads GitHub's event file, which a container may not have been given.
    throw new UsageError(`The environment of the CI system cannot be read: ${reasonOf(error)}`);
  }
}

/** env-ci joins what it has not looked at: of an owner that is not set, it makes "undefined/shop". */
function repositoryName({ slug }: envCi.CiEnv): string | undefined {
  return slug?.split("/").includes("undefined") ? undefined : slug || undefined;
}

/** A tag, another ref and a detached HEAD are no branch. */
function branchName(name: string | undefined, { tag }: envCi.CiEnv): string | undefined {
  if (!name || name === "HEAD" || name === tag) return undefined;
  const branch = name.replace(/^refs\/heads\//, "");
  return branch.startsWith("refs/") ? undefined : branch;
}

function attemptOf(parts: readonly (string | undefined)[]): string[] {
  return parts.map((part) => part ?? "");
}
