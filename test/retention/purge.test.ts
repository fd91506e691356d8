import { randomUUID } from "node:crypto";
import { userInfo } from "node:os";
import { beforeEach, describe, expect, it } from "vitest";
import { type Ended, run } from "../support/command-line.ts";
import { store, tryToStore } from "../support/estimates.ts";
import { exclude } from "../support/exclusions.ts";
import { pastTriggers } from "../support/past-triggers.ts";
import { startService } from "../support/service.ts";
import { insertOldJobs, wholeJobs } from "./old-jobs.ts";

const service = startService();

beforeEach(() => pastTriggers(service, "truncate jobs, idempotency_keys, purges cascade"));

const purge = (...args: string[]): Promise<Ended> =>
  run(["purge", ...args], { env: { DATABASE_URL: service.databaseUrl } });

/** What --json has printed. */
const printed = ({ stdout }: Ended): Record<string, unknown>[] =>
  stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));

const records = () =>
  service.sql(`select job_id, purged_jobs.project, purged_jobs.created_at < purged_at as later,
    asked_by, database_login, older_than_days, keep_latest, purges.project as of
    from purged_jobs join purges on purges.id = purge_id order by purged_jobs.created_at`);

describe("results-storage purge", () => {
  it("removes whole jobs that are old enough, says so, and records what went, when and by whom", async () => {
    const jobs = await insertOldJobs(service, [
      { daysAgo: 500, project: "shop" },
      { daysAgo: 401, project: "blog" },
      { daysAgo: 450, project: "shop" },
      { daysAgo: 420 },
      { daysAgo: 399, project: "shop" },
    ]);
    const { code, stdout, stderr } = await purge("--older-than", "400d", "--by", "ana");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(
      /^purged 4 jobs with 8 resources, stored from \S+Z to \S+Z \(purge [0-9a-f-]{36}\)\n {2}2 {2}shop\n {2}1 {2}\(no project\)\n {2}1 {2}blog\n$/,
    );
    expect(await wholeJobs(service, jobs)).toEqual([jobs[4]]);
    const rule = {
      asked_by: "ana",
      database_login: "results_storage",
      older_than_days: 400,
      keep_latest: null,
      of: null,
    };
    expect(await records()).toEqual([
      { job_id: jobs[0], project: "shop", later: true, ...rule },
      { job_id: jobs[2], project: "shop", later: true, ...rule },
      { job_id: jobs[3], project: null, later: true, ...rule },
      { job_id: jobs[1], project: "blog", later: true, ...rule },
    ]);
  });

  it("keeps the newest members of each series by the time of the estimate", async () => {
    const jobs = await insertOldJobs(service, [
      { daysAgo: 20, project: "shop", branch: "main", estimatedDaysAgo: 90 },
      { daysAgo: 21, project: "shop", branch: "main", estimatedDaysAgo: 80 },
      { daysAgo: 22, project: "shop", branch: "main", estimatedDaysAgo: 70 },
      { daysAgo: 23, project: "shop", branch: "main" },
    ]);
    expect((await purge("--older-than", "2w", "--keep-latest", "2")).code).toBe(0);
    expect(await wholeJobs(service, jobs)).toEqual([jobs[2], jobs[3]]);
  });

  it("neither keeps nor counts a job that is no member: incomplete, excluded, or without a branch", async () => {
    const jobs = await insertOldJobs(service, [
      { daysAgo: 30, project: "shop", branch: "main" },
      { daysAgo: 29, project: "shop", branch: "main" },
      { daysAgo: 28, project: "shop", branch: "main", isComplete: false },
      { daysAgo: 27, project: "shop", branch: "main" },
      { daysAgo: 26, project: "shop", isDefaultBranch: false },
      { daysAgo: 25, project: "shop", isDefaultBranch: true },
      { daysAgo: 1, project: "shop", branch: "main", isComplete: false },
      { daysAgo: 1, project: "shop", isDefaultBranch: false },
    ]);
    await exclude(service, jobs[3] ?? "");
    expect((await purge("--older-than", "2w", "--keep-latest", "1")).code).toBe(0);
    expect(await wholeJobs(service, jobs)).toEqual([1, 5, 6, 7].map((i) => jobs[i]));
    expect(await service.sql("select from job_exclusions")).toEqual([]);
  });

  it("keeps the newest jobs of each series, and has no series for jobs without a project", async () => {
    const jobs = await insertOldJobs(service, [
      { daysAgo: 25, project: "shop", branch: "main" },
      { daysAgo: 24, project: "shop", branch: "main" },
      { daysAgo: 23, project: "shop", branch: "main" },
      { daysAgo: 1, project: "shop", branch: "main" },
      { daysAgo: 25, project: "shop" },
      { daysAgo: 24, project: "shop" },
      { daysAgo: 30, project: "shop", branch: "main", currency: "EUR" },
      { daysAgo: 25 },
      { daysAgo: 24 },
    ]);
    expect((await purge("--older-than", "2w", "--keep-latest", "2")).code).toBe(0);
    // Of shop, main, in dollars the youngest is one of the two.
    expect(await wholeJobs(service, jobs)).toEqual([2, 3, 4, 5, 6].map((i) => jobs[i]));
    expect((await records())[0]).toMatchObject({
      older_than_days: 14,
      keep_latest: 2,
      asked_by: userInfo().username,
    });
  });

  it("keeps to one project", async () => {
    const jobs = await insertOldJobs(service, [
      { daysAgo: 9, project: "shop" },
      { daysAgo: 9, project: "shop/api" },
      { daysAgo: 9 },
    ]);
    expect((await purge("--older-than", "1w", "--project", "shop")).stdout).toContain("purged 1 job with");
    expect(await wholeJobs(service, jobs)).toEqual(jobs.slice(1));
    expect(await records()).toMatchObject([{ job_id: jobs[0], of: "shop" }]);
  });

  it("prints a line of JSON for each job that went", async () => {
    const [old] = await insertOldJobs(service, [{ daysAgo: 9, project: "shop" }, { daysAgo: 5 }]);
    const jobs = printed(await purge("--older-than", "1w", "--json"));
    const [purged] = await service.sql("select id from purges");
    expect(jobs).toEqual([
      {
        id: old,
        project: "shop",
        createdAt: expect.stringMatching(/Z$/),
        resourceCount: 2,
        purgeId: purged?.id,
      },
    ]);
  });

  it("with --dry-run prints the same, removes nothing, and leaves no record", async () => {
    const jobs = await insertOldJobs(service, [
      { daysAgo: 9, project: "shop" },
      { daysAgo: 8, project: "shop" },
      { daysAgo: 8 },
    ]);
    const args = ["--older-than", "1w", "--keep-latest", "1", "--json"];
    const dry = printed(await purge(...args, "--dry-run"));
    expect(dry).toMatchObject([
      { id: jobs[0], purgeId: null },
      { id: jobs[2], purgeId: null },
    ]);
    expect(await wholeJobs(service, jobs)).toEqual(jobs);
    expect(await service.sql("select from purges")).toEqual([]);
    expect(printed(await purge(...args)).map((job) => ({ ...job, purgeId: null }))).toEqual(dry);
  });

  it("says when there is nothing to purge", async () => {
    await store(service);
    const { code, stdout } = await purge("--older-than", "1d");
    expect(stdout).toMatch(/^Nothing to purge: no job stored before \S+Z matches\.\n$/);
    expect(code).toBe(0);
  });

  it.each([
    [["--older-than", "400"], "must be an age of whole days such as 400d, 12w or 48h"],
    [["--older-than", "1d", "--keep-latest", "0"], "must be a whole number from 1 to 999999"],
    [["--older-than", "1d", "--project", ""], "must be a name"],
    [["--older-than", "1d", "--by", " "], "must be a name"],
    [[], "required option '--older-than <age>' not specified"],
  ])("refuses %j in a sentence, and removes nothing", async (args, sentence) => {
    const jobs = await insertOldJobs(service, [{ daysAgo: 500 }]);
    const { code, stderr } = await purge(...args);
    expect(stderr).toContain(sentence);
    expect(code).toBe(2);
    expect(await wholeJobs(service, jobs)).toEqual(jobs);
  });
});

describe("A job that was purged", () => {
  it("does not come back with a late retry of its key, and the retry is told so", async () => {
    const idempotencyKey = randomUUID();
    const id = await store(service, { idempotencyKey });
    await pastTriggers(service, `update jobs set created_at = now() - interval '2 days' where id = '${id}'`);
    await purge("--older-than", "1d");
    const { errors } = await tryToStore(service, { idempotencyKey });
    expect(errors?.[0]?.message).toMatch(
      new RegExp(
        `^input.idempotencyKey "${idempotencyKey}" has stored this estimate as job ${id}, which retention removed on ` +
          "\\S+Z; use a new key to store it again$",
      ),
    );
    expect(errors?.[0]?.extensions.code).toBe("IDEMPOTENCY_CONFLICT");
    expect(await service.sql("select from jobs")).toEqual([]);
    expect((await tryToStore(service, { idempotencyKey: randomUUID() })).data.storeEstimate.created).toBe(
      true,
    );
  });

  it("is not found, and no longer counted", async () => {
    const [id] = await insertOldJobs(service, [{ daysAgo: 9, project: "shop" }]);
    await purge("--older-than", "1w");
    const query = `{ job(id: "${id}") { id } jobs(filter: { project: "shop" }) { totalCount } }`;
    expect((await service.query(query)).data).toEqual({ job: null, jobs: { totalCount: 0 } });
  });
});
