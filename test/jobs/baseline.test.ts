import { describe, expect, it } from "vitest";
import { estimate, store } from "../support/estimates.ts";
import { exclude, include } from "../support/exclusions.ts";
import { baselineOf, type PlainJob, randomJobs, storePlainJobs } from "../support/plain-jobs.ts";
import { type Answer, startService } from "../support/service.ts";
import { observed, statementsOf } from "../support/statements.ts";

const service = startService();

interface Listed {
  readonly jobs: {
    readonly nodes: readonly { readonly id: string }[];
    readonly pageInfo: { readonly endCursor: string | null; readonly hasNextPage: boolean };
  };
}

/** The id of the baseline of a job; null: it has none. */
async function baseline(id: string, args = ""): Promise<string | null> {
  const { data } = await service.query(`query ($id: ID!) { job(id: $id) { baseline${args} { id } } }`, {
    id,
  });
  return data.job.baseline?.id ?? null;
}

const main = { branch: "main" };
const feature = { branch: "feature", targetBranch: "main" };

describe("The baseline of a job", () => {
  it("is the newest job on the default branch before it, also after a newer one was stored", async () => {
    const project = "moved on";
    await store(service, { project, ...main });
    const base = await store(service, { project, ...main });
    const id = await store(service, { project, ...feature });
    await store(service, { project, ...main });
    expect(await baseline(id)).toBe(base);
  });

  it("is on the target branch, if this branch has members", async () => {
    const project = "target";
    const onMain = await store(service, { project, ...main });
    const toRelease = { project, branch: "fix", targetBranch: "release/1" };
    expect(await baseline(await store(service, toRelease))).toBe(onMain);
    const onRelease = await store(service, { project, branch: "release/1" });
    await store(service, { project, ...main });
    const id = await store(service, toRelease);
    expect(await baseline(id)).toBe(onRelease);
    await exclude(service, onRelease);
    expect(await baseline(id)).not.toBe(onRelease);
    await include(service, onRelease);
    expect(await baseline(id)).toBe(onRelease);
  });

  it.each([
    ["another profile", { estimate: estimate({ profile: "PROD" }) }],
    ["another currency", { estimate: estimate({ currency: "EUR" }) }],
    ["an incomplete estimate", { estimate: estimate({ isComplete: false }) }],
  ])("is not on a target branch that has only jobs of %s", async (which, fields) => {
    const project = `target of ${which}`;
    const onMain = await store(service, { project, ...main });
    await store(service, { project, branch: "develop", ...fields });
    expect(await baseline(await store(service, { project, branch: "x", targetBranch: "develop" }))).toBe(
      onMain,
    );
  });

  it("is on the default branch whatever its name", async () => {
    const project = "renamed";
    await store(service, { project, branch: "master" });
    const renamed = await store(service, { project, branch: "stable", isDefaultBranch: true });
    expect(await baseline(await store(service, { project, branch: "feature" }))).toBe(renamed);
  });

  it("of a job on the default branch is the one before it", async () => {
    const project = "default";
    const first = await store(service, { project, ...main });
    const second = await store(service, { project, ...main });
    expect([await baseline(first), await baseline(second)]).toEqual([null, first]);
  });

  it("is on the branch that is named, and not on one without a name", async () => {
    const project = "named";
    const onMain = await store(service, { project, ...main });
    await store(service, { project });
    const onDevelop = await store(service, { project, branch: "develop" });
    const id = await store(service, { project, ...feature });
    expect(await baseline(id, '(branch: "develop")')).toBe(onDevelop);
    expect(await baseline(id, '(branch: "main")')).toBe(onMain);
    expect(await baseline(id, '(branch: "gone")')).toBeNull();
    expect(await baseline(id, '(branch: "")')).toBeNull();
  });

  it("of a commit is its newest job, stored before or after, and never another commit's", async () => {
    const project = "commit";
    const id = await store(service, { project, ...feature, commitSha: "c0ffee" });
    expect(await baseline(id, '(commitSha: "c0ffee")')).toBeNull();
    const onDevelop = await store(service, { project, branch: "develop", commitSha: "c0ffee" });
    const onMain = await store(service, { project, ...main, commitSha: "c0ffee" });
    expect(await baseline(id, '(commitSha: "c0ffee")')).toBe(onMain);
    expect(await baseline(id, '(commitSha: "c0ffee", branch: "develop")')).toBe(onDevelop);
    expect(await baseline(onMain, '(commitSha: "c0ffee")')).toBe(onDevelop);
    expect(await baseline(id, '(commitSha: "decade")')).toBeNull();
    expect(await baseline(id, '(commitSha: "c0ffee", branch: "gone")')).toBeNull();
  });

  it.each([
    ["incomplete", { estimate: estimate({ isComplete: false }) }],
    ["of a fork, without a branch", { isDefaultBranch: false }],
  ])("exists for a job that is %s, which is never one itself", async (which, input) => {
    const project = `no member: ${which}`;
    const base = await store(service, { project });
    const id = await store(service, { project, ...input });
    expect(await baseline(id)).toBe(base);
    expect(await baseline(await store(service, { project }))).toBe(base);
  });

  it("exists for an excluded job, which is never one itself", async () => {
    const project = "excluded";
    const base = await store(service, { project });
    const id = await store(service, { project });
    await exclude(service, id);
    expect(await baseline(id)).toBe(base);
    expect(await baseline(await store(service, { project }))).toBe(base);
  });

  it("does not exist without a project", async () => {
    await store(service, {});
    expect(await baseline(await store(service, {}))).toBeNull();
  });

  it.each([{ branch: "\0" }, { commitSha: "\ud800" }])("is refused for %j", async (args) => {
    const id = await store(service, { project: "refused" });
    const query =
      "query ($id: ID!, $branch: String, $commitSha: String) { job(id: $id) { baseline(branch: $branch, commitSha: $commitSha) { id } } }";
    const { errors } = await service.query(query, { id, ...args });
    expect(errors?.[0]).toMatchObject({
      message: expect.stringMatching(/^(branch|commitSha) must not contain a NUL character/),
      path: ["job", "baseline"],
      extensions: { code: "BAD_USER_INPUT" },
    });
  });
});

describe("The baselines of a list", () => {
  it.each([2, 50])("of %i jobs are one statement for each question", async (count) => {
    for (let i = 0; i < 3; i++) await store(service, { project: "list" });
    const query = `{ jobs(first: ${count}) { nodes { baseline { id } same: baseline { currency } of: baseline(branch: "x") { id } } } }`;
    expect(await statementsOf(() => service.query(query))).toEqual([
      "jobs.list",
      "jobs.baselines",
      "jobs.baselines",
    ]);
  });

  it("are cached until one of them changes", async () => {
    const project = "cached";
    const first = await store(service, { project, ...main });
    const id = await store(service, { project, ...feature });
    const ask = () =>
      observed(() => service.query("query ($id: ID!) { job(id: $id) { baseline { id } } }", { id }));
    await ask();
    const again = await ask();
    expect(again.answer.data.job.baseline.id).toBe(first);
    expect([...new Set(again.statements)]).toEqual(["jobs.again"]);
    await exclude(service, first);
    expect((await ask()).answer.data.job.baseline).toBeNull();
    await include(service, first);
    const backfilled = estimate({ estimatedAt: "2020-01-01T00:00:00Z" });
    await store(service, { project, ...main, estimate: backfilled });
    expect((await ask()).answer.data.job.baseline.id).toBe(first);
  });

  it("of random jobs are those of a plain search", async () => {
    const jobs: PlainJob[] = randomJobs(400, 17);
    await storePlainJobs(service, jobs);
    const questions = [
      {},
      { branch: "main" },
      { branch: "feature" },
      { commitSha: "c0ffee" },
      { commitSha: "decade", branch: "main" },
    ];
    const fields = questions.map((question, i) => {
      const args = Object.entries(question).map(([name, value]) => `${name}: "${value}"`);
      return `q${i}: baseline${args.length > 0 ? `(${args})` : ""} { id }`;
    });
    const found = new Map<string, unknown>();
    for (let after: string | null = null; ; ) {
      const { data }: Answer<Listed> = await service.query(
        `query ($after: String) { jobs(first: 100, after: $after, filter: { createdBefore: "2025-04-01T00:00:00Z" }) { nodes { id ${fields.join(" ")} } pageInfo { endCursor hasNextPage } } }`,
        { after },
      );
      for (const { id, ...baselines } of data.jobs.nodes) found.set(id, baselines);
      after = data.jobs.pageInfo.endCursor;
      if (!data.jobs.pageInfo.hasNextPage) break;
    }
    const expected = jobs.map((job) => {
      const baselines = questions.map((question, i) => {
        const base = baselineOf(jobs, job, question);
        return [`q${i}`, base && { id: base.id }];
      });
      return [job.id, Object.fromEntries(baselines)] as const;
    });
    expect(found).toEqual(new Map(expected));
    const count = expected
      .flatMap(([, baselines]) => Object.values(baselines))
      .filter((base) => base !== null);
    expect(count.length).toBeGreaterThan(200);
  });
});
