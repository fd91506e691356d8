import { describe, expect, it } from "vitest";
import { estimate, store } from "../support/estimates.ts";
import { exclude, include } from "../support/exclusions.ts";
import { startService } from "../support/service.ts";

const service = startService();

async function previousOf(id: string): Promise<string | null> {
  const { data } = await service.query("query ($id: ID!) { job(id: $id) { previous { id } } }", { id });
  return data.job.previous?.id ?? null;
}

describe("The previous job", () => {
  it("is the one before it in its series; the first has none", async () => {
    const first = await store(service, { project: "a" });
    const second = await store(service, { project: "a" });
    const third = await store(service, { project: "a" });
    expect(await previousOf(third)).toBe(second);
    expect(await previousOf(second)).toBe(first);
    expect(await previousOf(first)).toBeNull();
  });

  it.each([
    ["branch", { project: "b", branch: "feature" }],
    ["profile", { project: "b", estimate: estimate({ profile: "PROD" }) }],
    ["currency", { project: "b", estimate: estimate({ currency: "EUR" }) }],
    ["project", { project: "B" }],
  ])("is not one of another %s", async (_field, other) => {
    const first = await store(service, { project: "b" });
    const stranger = await store(service, other);
    const second = await store(service, { project: "b" });
    expect(await previousOf(second)).toBe(first);
    expect(await previousOf(stranger)).not.toBe(first);
  });

  it("does not exist for a job without a project: it belongs to no series", async () => {
    await store(service);
    expect(await previousOf(await store(service))).toBeNull();
  });

  it("is the one before it by the time of the estimate, whatever the order of the stores", async () => {
    const project = "backfill";
    const days = ["07-01", "01-01", "04-01", "03-01", "06-01"];
    const ids = new Map<string, string>();
    for (const day of days) ids.set(day, await store(service, { project, estimate: on(day) }));
    const now = await store(service, { project });
    const inOrder = [...[...ids].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, id]) => id), now];
    for (const [i, id] of inOrder.entries()) expect(await previousOf(id)).toBe(inOrder[i - 1] ?? null);
  });

  it("goes by the time of the store, if the time of the estimate is in the future", async () => {
    const project = "future";
    const first = await store(service, {
      project,
      estimate: estimate({ estimatedAt: "2900-01-01T00:00:00Z" }),
    });
    const second = await store(service, { project });
    expect([await previousOf(first), await previousOf(second)]).toEqual([null, first]);
  });

  it("goes by the id, if several estimates have the same time", async () => {
    const project = "same time";
    const ids = [];
    for (let i = 0; i < 4; i++) ids.push(await store(service, { project, estimate: on("02-02") }));
    const inOrder = ids.toSorted();
    for (const [i, id] of inOrder.entries()) expect(await previousOf(id)).toBe(inOrder[i - 1] ?? null);
  });

  it.each([
    ["incomplete", { estimate: estimate({ isComplete: false }) }],
    ["failed", { estimate: estimate({ warnings: [{ code: "PROJECT_ERROR", message: "It failed." }] }) }],
    ["of a fork: outside of the default branch, without a branch", { isDefaultBranch: false }],
    ["of a pull request without a branch", { pullRequestUrl: "https://git.example/acme/shop/pull/7" }],
  ])("is never a job that is %s, and such a job has none", async (which, input) => {
    const project = `not a member: ${which}`;
    const first = await store(service, { project });
    const other = await store(service, { project, ...input });
    const second = await store(service, { project });
    expect(await changeOf(other)).toEqual({ previous: null, change: null });
    expect(await previousOf(second)).toBe(first);
  });

  it("is the job on the default branch without a branch, if the branch is not stated", async () => {
    const project = "no branch";
    const first = await store(service, { project, isDefaultBranch: true });
    expect(await previousOf(await store(service, { project }))).toBe(first);
  });

  it("is a job of the branch, on the default branch or not", async () => {
    const project = "branch";
    const first = await store(service, { project, branch: "main", isDefaultBranch: false });
    expect(await previousOf(await store(service, { project, branch: "main" }))).toBe(first);
  });

  it("is never an excluded job, until the exclusion ends", async () => {
    const project = "excluded";
    const ids = [await store(service, { project }), await store(service, { project })];
    const [first = "", second = ""] = ids;
    const third = await store(service, { project });
    await exclude(service, second);
    expect(await previousOf(third)).toBe(first);
    expect(await changeOf(second)).toEqual({ previous: null, change: null });
    await include(service, second);
    expect([await previousOf(third), await previousOf(second)]).toEqual([second, first]);
  });
});

/** An estimate of a day of this year. */
function on(day: string) {
  return estimate({ estimatedAt: `2026-${day}T00:00:00Z` });
}

async function changeOf(id: string) {
  const { data } = await service.query(
    "query ($id: ID!) { job(id: $id) { previous { id } change { delta } } }",
    {
      id,
    },
  );
  return data.job;
}
