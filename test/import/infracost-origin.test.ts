import { describe, expect, test } from "vitest";
import { infracostText, project } from "./infracost-input.ts";
import { importOne, warningCodes, warningMessage } from "./samples.ts";

type Metadata = Readonly<Record<string, unknown>>;

const importWith = (metadata: Metadata) => importOne(infracostText([project()], { metadata }));

const ofPullRequest = {
  vcsBranch: "feat",
  vcsBaseBranch: "main",
  vcsPullRequestUrl: "https://github.com/acme/shop/pull/7",
  vcsPullRequestTitle: "Add a cache",
  vcsRepositoryUrl: "https://github.com/acme/shop",
};

describe("A pull request", () => {
  test.each([
    "https://gitlab.com/acme/shop/merge_requests/",
    "https://gitlab.com/acme/shop/-/merge_requests/",
    "https://github.com/acme/42/pull/",
    "https://dev.azure.com/acme/p2/_git/shop/pullrequest/",
    "https://bitbucket.org/acme/shop/pull-requests/",
    "https://github.com/acme/shop/pull/undefined",
    "https://gitlab.com/acme/2048",
    "/pullrequest/",
    "/pullrequest/7",
    "",
    " ",
  ])("without a number or a host is ignored: %j", (vcsPullRequestUrl) => {
    const job = importWith({ vcsBranch: "main", vcsPullRequestUrl });
    expect([job.pullRequestUrl, job.branch, job.isDefaultBranch]).toEqual([undefined, "main", undefined]);
  });

  test.each([
    "https://gitlab.example.com/a/b/c/-/merge_requests/12",
    "https://dev.azure.com/acme/p/_git/shop/pullrequest/7",
    "https://github.com/acme/shop/pull/7/files#diff-1",
    "https://git.example.com/projects/SHOP/repos/shop/pull-requests/7/overview",
    "https://review.example.com/c/shop/+/1234",
  ])("with a number is kept: %s", (vcsPullRequestUrl) => {
    const job = importWith({ vcsBranch: "feat", vcsPullRequestUrl });
    expect([job.pullRequestUrl, job.branch, job.isDefaultBranch]).toEqual([vcsPullRequestUrl, "feat", false]);
  });

  test("has its title and its target branch", () => {
    expect(importWith(ofPullRequest)).toMatchObject({
      branch: "feat",
      targetBranch: "main",
      pullRequestTitle: "Add a cache",
      isDefaultBranch: false,
    });
  });

  test("without a URL is known by its number", () => {
    const job = importWith({ vcsBranch: "main", vcsBaseBranch: "main", vcsPullRequestId: "7" });
    expect([job.branch, job.pullRequestUrl, job.isDefaultBranch]).toEqual(["pull/7", undefined, false]);
  });

  test("has a URL without user and password", () => {
    const url = "https://user:secret@dev.azure.com/acme/p/_git/shop/pullrequest/7";
    expect(importWith({ vcsPullRequestUrl: url }).pullRequestUrl).toBe(
      "https://dev.azure.com/acme/p/_git/shop/pullrequest/7",
    );
  });
});

describe("The branch of a pull request from a fork", () => {
  test.each(["file:///srv/outsider/shop", "C:\\outsider\\shop"])(
    "has no owner from a repository that is a folder: %s",
    (vcsRepositoryUrl) => {
      const job = importWith({
        ...ofPullRequest,
        vcsRepositoryUrl,
        vcsProvider: "github",
        vcsPipelineRunId: "1",
      });
      expect([job.branch, job.runId]).toEqual(["feat", undefined]);
    },
  );

  test.each([
    ["main", "main"],
    ["develop", "develop"],
    ["main", undefined],
    ["master", "develop"],
  ])("%s into %s is never a branch of the base repository", (vcsBranch, vcsBaseBranch) => {
    expect(importWith({ ...ofPullRequest, vcsBranch, vcsBaseBranch }).branch).toBe("pull/7");
  });

  test.each([
    "https://github.com/outsider/shop",
    "git@github.com:outsider/shop.git",
    "https://token@github.com/outsider/shop.git",
  ])("has its owner, if the file names the repository: %s", (vcsRepositoryUrl) => {
    for (const vcsBranch of ["main", "feat"]) {
      expect(importWith({ ...ofPullRequest, vcsBranch, vcsRepositoryUrl }).branch).toBe(
        `outsider:${vcsBranch}`,
      );
    }
  });

  test("has its owner on Bitbucket and GitLab too", () => {
    const branchOf = (vcsPullRequestUrl: string, vcsRepositoryUrl: string) =>
      importWith({ vcsBranch: "main", vcsPullRequestUrl, vcsRepositoryUrl }).branch;
    expect([
      branchOf("https://bitbucket.org/acme/shop/pull-requests/7", "https://bitbucket.org/outsider/shop"),
      branchOf(
        "https://git.example.com:8443/a/b/shop/-/merge_requests/7",
        "git@git.example.com:c/d/shop.git",
      ),
      branchOf(
        "https://git.example.com/projects/P/repos/r/pull-requests/7",
        "https://git.example.com/scm/P/r.git",
      ),
      branchOf(
        "https://git.example.com/projects/P/repos/r/pull-requests/7",
        "https://git.example.com/scm/~joe/r.git",
      ),
      branchOf(
        "https://dev.azure.com/acme/My%20Web/_git/shop/pullrequest/7",
        "https://me@dev.azure.com/acme/My%20Web/_git/shop-fork",
      ),
      branchOf("https://gitlab.com/acme/shop/-/merge_requests/7", "https://gitlab.com/outsider/acme/shop"),
    ]).toEqual([
      "outsider:main",
      "c/d:main",
      "pull/7",
      "~joe:main",
      "My Web/shop-fork:main",
      "outsider/acme:main",
    ]);
  });

  test.each([
    "git@github.com:Acme/shop.git",
    "https://github.com/acme/shop.git",
    "ssh://git@git.example.com:22/acme/shop",
  ])("is not assumed for the repository of the pull request: %s", (vcsRepositoryUrl) => {
    expect(importWith({ ...ofPullRequest, vcsRepositoryUrl }).branch).toBe("feat");
  });
});

describe("A branch", () => {
  test.each([
    ["refs/heads/main", "main"],
    ["HEAD", undefined],
    ["refs/pull/7/merge", undefined],
    ["refs/tags/v1", undefined],
    [" ", undefined],
  ])("%j is %j", (vcsBranch, branch) => {
    expect(importWith({ vcsBranch }).branch).toBe(branch);
  });

  test.each([
    ["gh-readonly-queue/main/pr-7-0123456789abcdef", "main"],
    ["gh-readonly-queue/release/2/pr-7-0123456789abcdef", "release/2"],
    ["mergify/merge-queue/0123abcd", undefined],
    ["trunk-merge/pr-7/0123abcd", undefined],
    ["gtmq_spec_main_1", undefined],
  ])("of an entry of a merge queue is not stated, and not the default branch: %s", (vcsBranch, target) => {
    const job = importWith({ vcsBranch });
    expect([job.branch, job.targetBranch, job.isDefaultBranch]).toEqual([undefined, target, false]);
  });

  test("of a merge queue that opens a pull request is not stated", () => {
    const job = importWith({ ...ofPullRequest, vcsBranch: "mergify/merge-queue/0123abcd" });
    expect(job).toMatchObject({
      targetBranch: "main",
      pullRequestUrl: ofPullRequest.vcsPullRequestUrl,
      isDefaultBranch: false,
    });
    expect(job.branch).toBeUndefined();
  });
});

describe("The commit", () => {
  test("has its time, its author and the first line of its message", () => {
    expect(
      importWith({
        vcsCommitSha: "abc",
        vcsCommitTimestamp: "2026-01-02T03:04:05Z",
        vcsCommitMessage: "Add a cache\n\nIt is fast.",
        vcsCommitAuthorName: "Ada",
        vcsCommitAuthorEmail: "ada@example.com",
      }),
    ).toMatchObject({
      commitSha: "abc",
      committedAt: "2026-01-02T03:04:05Z",
      commitMessage: "Add a cache",
      commitAuthor: "Ada",
    });
  });

  test("has no time when Infracost does not know it", () => {
    const job = importWith({ vcsCommitTimestamp: "0001-01-01T00:00:00Z" });
    expect([job.committedAt, warningCodes(job)]).toEqual([undefined, []]);
  });

  test.each(["2023-01-31T05: 12: 45Z", "2026-02-30T12:00:00Z", "2026-01-02"])(
    "has no time when the time is unreadable, with a warning: %s",
    (vcsCommitTimestamp) => {
      const job = importWith({ vcsCommitTimestamp });
      expect(job.committedAt).toBeUndefined();
      expect(warningMessage(job, "TIME_UNREADABLE")).toContain("vcsCommitTimestamp");
    },
  );

  test("has a time in the form of git", () => {
    const job = importWith({ vcsCommitTimestamp: "2026-11-22 12:00:00 +0200" });
    expect([job.committedAt, warningCodes(job)]).toEqual(["2026-11-22T12:00:00+02:00", []]);
  });

  test("has texts within the limits of the service", () => {
    const job = importWith({ vcsCommitMessage: "a".repeat(5_000), vcsCommitAuthorName: "🙂".repeat(300) });
    expect([job.commitMessage?.length, [...(job.commitAuthor ?? "")].length]).toEqual([4_096, 255]);
  });

  test("has a URL only if it is one of http or https", () => {
    expect(importWith({ vcsCommitUrl: "javascript:alert(1)" }).commitUrl).toBeUndefined();
    expect(importWith({ vcsCommitUrl: "https://example.com/c/1" }).commitUrl).toBe("https://example.com/c/1");
  });
});

test("the id of a run has the CI system and the repository", () => {
  const run = {
    vcsProvider: "github",
    vcsRepositoryUrl: "https://github.com/acme/shop",
    vcsPipelineRunId: "12",
  };
  expect(importWith(run).runId).toBe("github/acme/shop/12");
  expect(importWith({ ...run, vcsRepositoryUrl: "" }).runId).toBeUndefined();
});

test("the metadata of a project is used where the file has none, as in 2021", () => {
  const metadata = { branch: "feat", commit: "abc", commitAuthorName: "Ada" };
  expect(importOne(infracostText([project({ metadata })]))).toMatchObject({
    branch: "feat",
    commitSha: "abc",
    commitAuthor: "Ada",
  });
});
