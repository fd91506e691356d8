import { describe, expect, it } from "vitest";
import { type FoundJob, groupResults } from "../../web/src/search/groups.ts";
import { splitMatch } from "../../web/src/search/match.ts";

const job = (fields: Partial<FoundJob>): FoundJob => ({
  __typename: "Job",
  id: "1",
  project: "acme/shop",
  branch: null,
  commitSha: null,
  commitMessage: null,
  pullRequestUrl: null,
  pullRequestTitle: null,
  runId: null,
  labels: {},
  effectiveAt: "2026-11-01T00:00:00.000Z",
  currency: "USD",
  totalMonthlyCost: "1",
  unpricedResourceCount: 0,
  ...fields,
});

describe("splitMatch", () => {
  it("finds the text without regard to case", () => {
    expect(splitMatch("acme/Shop", "sHO")).toEqual(["acme/", "Sho", "p"]);
  });

  it("marks nothing in a text that does not have it", () => {
    expect(splitMatch("acme", "shop")).toEqual(["acme", "", ""]);
  });

  it("marks nothing if a letter has another length in lower case", () => {
    expect(splitMatch("İstanbul", "stan")).toEqual(["İstanbul", "", ""]);
  });

  it("cuts a long text before the match", () => {
    const [before, match] = splitMatch(`${"x".repeat(100)}end`, "end");
    expect([before.length, match]).toEqual([41, "end"]);
  });
});

describe("groupResults", () => {
  it("puts each job at the first field that has the text", () => {
    const { jobs } = groupResults(
      [
        job({ id: "1", branch: "abc-branch" }),
        job({ id: "2", commitSha: "abcdef", branch: "abc" }),
        job({ id: "3", commitSha: "0abc", pullRequestTitle: "Fix ABC" }),
        job({ id: "4", labels: { team: "abc", count: 1 } }),
      ],
      "abc",
    );
    expect(jobs.map(({ title, found }) => [title, found.map(({ job, value }) => [job.id, value])])).toEqual([
      ["Commits", [["2", "abcdef"]]],
      ["Branches", [["1", "abc-branch"]]],
      ["Pull requests", [["3", "Fix ABC"]]],
      ["Labels", [["4", "team: abc"]]],
    ]);
  });

  it("keeps a job whose match the browser does not find", () => {
    const { jobs } = groupResults([job({})], "ſ");
    expect(jobs).toEqual([{ title: "Jobs", found: [{ job: job({}), value: "acme/shop" }] }]);
  });
});
