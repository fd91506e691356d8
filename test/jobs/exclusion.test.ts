import { randomUUID } from "node:crypto";
import { Client } from "pg";
import { describe, expect, it, vi } from "vitest";
import { store } from "../support/estimates.ts";
import { exclude, include, tryToExclude, tryToInclude } from "../support/exclusions.ts";
import { startService } from "../support/service.ts";
import { statementsOf } from "../support/statements.ts";

const service = startService();

const EVERYTHING = `query ($id: ID!) { job(id: $id) {
  id createdAt effectiveAt project branch isComplete totalMonthlyCost resourceCount warnings { code } labels
  resources { nodes { id resourceId totalMonthlyCost } } services { service totalMonthlyCost }
} }`;

const records = (jobId: string) =>
  service.sql(
    `select number, is_excluded, reason, user_id from job_exclusions where job_id = '${jobId}' order by number`,
  );

async function exclusionOf(id: string) {
  const { data } = await service.query(
    "query ($id: ID!) { job(id: $id) { exclusion { reason excludedAt excludedBy } } }",
    { id },
  );
  return data.job.exclusion;
}

describe("A job", () => {
  it("is not excluded when it is stored", async () => {
    expect(await exclusionOf(await store(service))).toBeNull();
  });

  it("that is excluded says the reason and the time, and stays as it is", async () => {
    const id = await store(service, { project: "a", branch: "main" });
    const before = await service.query(EVERYTHING, { id });
    const from = Date.now() - 1_000;
    const { data } = await tryToExclude(service, id, "A test of the pipeline.");
    const { exclusion } = data.excludeJob.job;
    expect(exclusion).toMatchObject({ reason: "A test of the pipeline.", excludedBy: null });
    expect(new Date(exclusion.excludedAt).getTime()).toBeGreaterThan(from);
    expect(await exclusionOf(id)).toEqual(exclusion);
    expect((await service.query(EVERYTHING, { id })).data).toEqual(before.data);
  });

  it("that is excluded again has the newest reason, and both records remain", async () => {
    const id = await store(service);
    await exclude(service, id, "one");
    await exclude(service, id, "two");
    expect(await exclusionOf(id)).toMatchObject({ reason: "two" });
    expect(await records(id)).toMatchObject([
      { number: 1, is_excluded: true, reason: "one" },
      { number: 2, is_excluded: true, reason: "two" },
    ]);
  });

  it("that is excluded again for the same reason gets no second record: a client may repeat the request", async () => {
    const id = await store(service);
    await exclude(service, id, "same");
    const first = await exclusionOf(id);
    await exclude(service, id, "same");
    expect(await exclusionOf(id)).toEqual(first);
    expect(await records(id)).toHaveLength(1);
  });

  it("whose exclusion ends is not excluded, and can be excluded again", async () => {
    const id = await store(service);
    await exclude(service, id, "same");
    expect((await tryToInclude(service, id, "A mistake.")).data.includeJob.job).toEqual({
      id,
      exclusion: null,
    });
    expect(await exclusionOf(id)).toBeNull();
    await exclude(service, id, "same");
    expect(await exclusionOf(id)).toMatchObject({ reason: "same" });
    expect(await records(id)).toMatchObject([
      { number: 1, is_excluded: true, reason: "same" },
      { number: 2, is_excluded: false, reason: "A mistake." },
      { number: 3, is_excluded: true, reason: "same" },
    ]);
  });

  it.each([
    ["that was never excluded", []],
    ["whose exclusion has ended", [exclude, include]],
  ])("%s stays as it is when it is included, without a record", async (_which, steps) => {
    const id = await store(service);
    for (const step of steps) await step(service, id);
    const before = await records(id);
    expect((await tryToInclude(service, id)).data.includeJob.job).toEqual({ id, exclusion: null });
    expect(await records(id)).toEqual(before);
  });

  it("answers each mutation of one operation with its own result", async () => {
    const id = await store(service);
    const payload = "{ job { exclusion { reason } } }";
    const { data } = await service.query(
      `mutation ($id: ID!) {
        a: excludeJob(input: { jobId: $id, reason: "one" }) ${payload}
        b: includeJob(input: { jobId: $id }) ${payload}
        c: excludeJob(input: { jobId: $id, reason: "two" }) ${payload}
      }`,
      { id },
    );
    expect([data.a, data.b, data.c].map(({ job }) => job.exclusion)).toEqual([
      { reason: "one" },
      null,
      { reason: "two" },
    ]);
  });

  it("that many clients exclude and include at once has records without gaps", async () => {
    const id = await store(service);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        i % 4 === 3 ? tryToInclude(service, id) : tryToExclude(service, id, `reason ${i}`),
      ),
    );
    expect(answers.flatMap(({ errors }) => errors ?? [])).toEqual([]);
    const numbers = (await records(id)).map(({ number }) => number);
    expect(numbers.length).toBeGreaterThanOrEqual(15);
    expect(numbers).toEqual(numbers.map((_, i) => i + 1));
  });

  it("can be given in upper case", async () => {
    const id = await store(service);
    expect((await tryToExclude(service, id.toUpperCase())).data.excludeJob.job.id).toBe(id);
  });
});

describe("excludeJob", () => {
  it.each([randomUUID(), "x", ""])("refuses a job that is not there: %j", async (id) => {
    for (const { errors } of [await tryToExclude(service, id), await tryToInclude(service, id)]) {
      expect(errors?.[0]?.extensions.code).toBe("NOT_FOUND");
      expect(errors?.[0]?.message).toMatch(/^input\.jobId must be the id of a stored job/);
    }
  });

  it.each([
    ["", "must not be empty"],
    [" \n\t", "must not be empty"],
    ["x".repeat(1_001), "must have at most 1000 characters"],
    ["\0", "must not contain a NUL character or a lone surrogate"],
    ["\ud800", "must not contain a NUL character or a lone surrogate"],
  ])("refuses the reason %j", async (reason, rule) => {
    const id = await store(service);
    for (const { errors } of [
      await tryToExclude(service, id, reason),
      await tryToInclude(service, id, reason),
    ]) {
      expect(errors?.[0]).toMatchObject({
        message: `input.reason ${rule}`,
        extensions: { code: "BAD_USER_INPUT", problems: [{ path: "input.reason", message: rule }] },
      });
    }
    expect(await records(id)).toEqual([]);
  });

  it("accepts the longest reason, in any script", async () => {
    const id = await store(service);
    const reason = "🙂".repeat(1_000);
    expect((await tryToExclude(service, id, reason)).data.excludeJob.job.exclusion.reason).toBe(reason);
  });

  it("of a job that a purge removes meanwhile is NOT_FOUND", async () => {
    const id = await store(service);
    const { errors } = await whileRemoved(id, () => tryToExclude(service, id));
    expect(errors?.[0]?.extensions.code).toBe("NOT_FOUND");
  });
});

/** Runs a function while a transaction deletes the job, which is committed when the function waits for it. */
async function whileRemoved<Result>(id: string, run: () => Promise<Result>): Promise<Result> {
  const purge = new Client({ connectionString: service.databaseUrl });
  await purge.connect();
  try {
    await purge.query("begin; set local session_replication_role = replica");
    await purge.query("delete from jobs where id = $1", [id]);
    const result = run();
    await vi.waitFor(async () => {
      const waiting = await service.sql(
        "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      );
      expect(waiting).toHaveLength(1);
    });
    await purge.query("commit");
    return await result;
  } finally {
    await purge.end();
  }
}

describe("The exclusions of a page of jobs", () => {
  it.each([5, 50])("of %i jobs are read by one statement", async (jobs) => {
    const ids = await Promise.all(
      Array.from({ length: jobs }, () => store(service, { project: `page ${jobs}` })),
    );
    for (const id of ids.slice(0, 3)) await exclude(service, id);
    const page = () =>
      service.query(
        `{ jobs(first: 50, filter: { project: "page ${jobs}" }) { nodes { id exclusion { reason } } } }`,
      );
    const { data } = await page();
    const excluded = data.jobs.nodes.filter((job: { exclusion: object | null }) => job.exclusion !== null);
    expect(excluded.map(({ id }: { id: string }) => id).toSorted()).toEqual(ids.slice(0, 3).toSorted());
    await exclude(service, ids[3] ?? "");
    expect((await statementsOf(page)).slice(-2)).toEqual(["jobs.list", "jobs.exclusions"]);
  });
});
