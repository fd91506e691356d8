import { commitPage, pullRequestPage, repositoryOf } from "../lib/git-origin.ts";
import { percentDecoded } from "../lib/text.ts";
import { type CiFacts, type Fork, forkOf, type PullRequestFacts } from "./ci-facts.ts";

/** For repositories of Azure Repos, GitHub and Bitbucket. */
export function azurePipelines(env: NodeJS.ProcessEnv): CiFacts {
  const { BUILD_REPOSITORY_NAME: name, BUILD_BUILDID: run, SYSTEM_COLLECTIONURI: collection } = env;
  const page =
    repositoryOf(env.BUILD_REPOSITORY_URI)?.page ||
    (name?.includes("/") ? `https://github.com/${name}` : undefined);
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
    repositoryOf(url)?.path.replace("/_git/", "/"),
  );
  const fork = forkOf(source, own);
  if (!fork) return isFork === "true" ? { owner: undefined } : fork;
  // A fork in Azure Repos may be in the same project: its name distinguishes it.
  return uri?.includes("/_git/")
    ? { owner: source?.split("/").slice(-2).map(percentDecoded).join("/") }
    : fork;
}
