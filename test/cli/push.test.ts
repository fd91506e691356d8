import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Stored } from "../../src/cli/push.ts";
import { exactSum } from "../import/exact.ts";
import { infracostSamples } from "../import/samples.ts";
import { type Given, run, start } from "../support/command-line.ts";
import { startService } from "../support/service.ts";

// jobsOf queries all jobs at once.
const service = startService({ QUERY_ALIAS_LIMIT: "100" });
const files = fileURLToPath(new URL("../estimates/files/", import.meta.url));
const sampleFile = (beginning: string) =>
  join(files, "infracost", infracostSamples.find((name) => name.startsWith(beginning)) ?? "");
const native = join(files, "native.json");
const planFile = join(files, "plans", "terraform-plan-v0.14.json");

interface FileProject {
  readonly breakdown: {
    readonly totalMonthlyCost: string;
    readonly resources: readonly unknown[] | null;
    readonly freeResources?: readonly unknown[];
  };
}

interface File {
  readonly totalMonthlyCost: string;
  readonly projects: readonly FileProject[];
}

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "results-storage-push-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Pushes to the service and returns the output; the push must succeed. */
async function push(args: readonly string[], { env, input }: Given = {}): Promise<string> {
  const given = { env: { RESULTS_STORAGE_URL: service.url, ...env }, ...(input !== undefined && { input }) };
  const { code, stdout, stderr } = await run(["push", ...args], given);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return stdout;
}

async function pushJson(args: readonly string[], given?: Given): Promise<Stored[]> {
  return JSON.parse(await push(["--json", ...args], given));
}

/** The jobs in the order of their ids. */
async function jobsOf(stored: readonly Stored[], fields: string) {
  const jobs = stored.map(({ job }, index) => `j${index}: job(id: "${job.id}") { ${fields} }`);
  const { data, errors } = await service.query(`{ ${jobs.join(" ")} }`);
  expect(errors).toBeUndefined();
  return Object.values(data);
}

function readFileAs<T>(path: string): T {
  return JSON.parse(readFileSync(path, "utf8"));
}

const samples = infracostSamples.map((name) => {
  const path = join(files, "infracost", name);
  return { name, path, file: readFileAs<File>(path) };
});

describe("Pushing every sample file at once", () => {
  let stored: Stored[];
  let totals: { totalMonthlyCost: string; resourceCount: number }[];

  beforeAll(async () => {
    stored = await pushJson(samples.map(({ path }) => path));
    totals = (await jobsOf(stored, "totalMonthlyCost resourceCount")) as typeof totals;
  });

  it("stores one job for each project", () => {
    expect(stored).toHaveLength(samples.flatMap(({ file }) => file.projects).length);
    expect(stored.every(({ created }) => created)).toBe(true);
  });

  it.each(samples)("returns the totals of $name digit for digit", ({ name, file }) => {
    const before = samples.slice(
      0,
      samples.findIndex((sample) => sample.name === name),
    );
    const from = before.flatMap((sample) => sample.file.projects).length;
    const jobs = totals.slice(from, from + file.projects.length);
    const expected =
      file.projects.length === 1
        ? [file.totalMonthlyCost]
        : file.projects.map(({ breakdown }) => breakdown.totalMonthlyCost);
    expect(jobs.map(({ totalMonthlyCost }) => totalMonthlyCost)).toEqual(expected);
    expect(jobs.map(({ resourceCount }) => resourceCount)).toEqual(
      file.projects.map(({ breakdown }) => countOf(breakdown)),
    );
  });
});

describe("Pushing every sample file with --merge", () => {
  it("stores one job for each file, with the total of the file and the resources of all its projects", async () => {
    const stored = await pushJson(["--merge", ...samples.map(({ path }) => path)]);
    const jobs = await jobsOf(stored, "totalMonthlyCost resourceCount");
    expect(jobs).toEqual(
      samples.map(({ file }) => ({
        totalMonthlyCost: file.totalMonthlyCost,
        resourceCount: file.projects.reduce((count, { breakdown }) => count + countOf(breakdown), 0),
      })),
    );
  });
});

function countOf({ resources, freeResources }: FileProject["breakdown"]): number {
  return (resources?.length ?? 0) + (freeResources?.length ?? 0);
}

describe("Pushing a native estimate", () => {
  it("stores its total, services and regions unchanged", async () => {
    const { estimate } = readFileAs<{
      estimate: {
        total_monthly_cost: string;
        by_resource: { total_monthly_cost: string | null }[];
        by_service: { service: string; total_cost: string; resource_count: number }[];
        by_region: { region: string; total_cost: string }[];
      };
    }>(native);
    const [job] = await jobsOf(
      await pushJson([native]),
      `totalMonthlyCost resourceCount services { service totalMonthlyCost resourceCount }
       regions { region totalMonthlyCost } resources { nodes { totalMonthlyCost } }`,
    );
    expect(job).toMatchObject({
      totalMonthlyCost: estimate.total_monthly_cost,
      resourceCount: estimate.by_resource.length,
      services: expect.arrayContaining(
        estimate.by_service.map(({ service: name, total_cost, resource_count }) => ({
          service: name,
          totalMonthlyCost: total_cost,
          resourceCount: resource_count,
        })),
      ),
      regions: expect.arrayContaining(
        estimate.by_region.map(({ region, total_cost }) => ({ region, totalMonthlyCost: total_cost })),
      ),
      resources: {
        nodes: expect.arrayContaining(
          estimate.by_resource.map(({ total_monthly_cost }) => ({ totalMonthlyCost: total_monthly_cost })),
        ),
      },
    });
  });
});

describe("The input of a push", () => {
  it("may be standard input", async () => {
    const [stored] = await pushJson(["-"], { input: readFileSync(sampleFile("ic-41")) });
    expect(stored?.job).toMatchObject({ totalMonthlyCost: "55065.10585392", currency: "INR" });
  });

  it("may be in the UTF-16 of PowerShell", async () => {
    const text = '\uFEFF{ "project": "café →", "total_monthly_cost": "7.10", "by_resource": [] }';
    const [stored] = await pushJson(["-"], { input: Buffer.from(text, "utf16le") });
    expect(stored?.job).toMatchObject({ project: "café →", totalMonthlyCost: "7.10" });
  });

  it("may be Infracost JSON of 2020, without projects", async () => {
    const resources = [{ name: "aws_nat_gateway.nat", monthlyCost: "32.85", costComponents: [] }];
    const [stored] = await pushJson(["-"], { input: JSON.stringify({ resources }) });
    expect(stored?.job).toMatchObject({ totalMonthlyCost: "32.85", resourceCount: 1 });
    expect(stored?.job.warnings.map(({ code }) => code)).toContain("TOTAL_ASSUMED");
  });

  it("keeps the digits of numbers that a double would round", async () => {
    const file = '{ "total_monthly_cost": 12345678901234567.89, "by_resource": [] }';
    const [stored] = await pushJson(["-"], { input: file });
    expect(stored?.job.totalMonthlyCost).toBe("12345678901234567.89");
  });
});

describe("The options of a push", () => {
  it("set the origin of the stored jobs", async () => {
    const options = [
      ["--project", "shop"],
      ["--branch", "cheaper"],
      ["--commit", "c0ffee"],
      ["--pull-request", "https://github.com/acme/shop/pull/7"],
      ["--user", "me"],
      ["--profile", "staging"],
      ["--label", "team=shop"],
      ["--label", "formula=a=b"],
      ["--region", "eu-central-1"],
    ];
    const [job] = await jobsOf(
      await pushJson([...options.flat(), sampleFile("cm-08")]),
      "project branch commitSha pullRequestUrl userId profile labels regions { region }",
    );
    expect(job).toEqual({
      project: "shop",
      branch: "cheaper",
      commitSha: "c0ffee",
      pullRequestUrl: "https://github.com/acme/shop/pull/7",
      userId: "me",
      profile: "STAGING",
      labels: { team: "shop", formula: "a=b" },
      regions: [{ region: "eu-central-1" }],
    });
  });

  it("take regions and hash from the plan", async () => {
    const [job] = await jobsOf(
      await pushJson(["--plan", planFile, sampleFile("ic-27")]),
      "terraformPlanHash regions { region }",
    );
    expect(job).toEqual({
      terraformPlanHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      regions: [{ region: "us-east-1" }],
    });
  });

  it("set a prefix for the projects of a file with several", async () => {
    const stored = await pushJson(["--project", "acme", sampleFile("ic-23")]);
    const projects = stored.map(({ job }) => job.project);
    expect(new Set(projects).size).toBe(9);
    expect(projects.every((project) => project?.startsWith("acme/"))).toBe(true);
  });

  it("--dry-run prints the jobs and sends nothing", async () => {
    const count = async () => (await service.query("{ jobs { totalCount } }")).data.jobs.totalCount;
    const before = await count();
    const inputs = JSON.parse(await push(["--dry-run", "--region", "eu-west-1", sampleFile("ic-22")]));
    expect(inputs).toHaveLength(9);
    expect(inputs[0]).toMatchObject({
      estimate: { currency: "USD", byResource: [{ region: "eu-west-1" }, expect.anything()] },
      idempotencyKey: expect.any(String),
    });
    const total = inputs.map(
      (input: { estimate: { totalMonthlyCost: string } }) => input.estimate.totalMonthlyCost,
    );
    expect(exactSum(total)).toBe(exactSum(["4626.744"]));
    expect(await count()).toBe(before);
  });
});

describe("The output of a push", () => {
  it("is a line for each job, and one for each of its warnings", async () => {
    const lines = (await push([sampleFile("ic-26"), sampleFile("ic-41")])).trimEnd().split("\n");
    const jobs = lines.filter((line) => /^stored {2}[0-9a-f-]{36} {2}/.test(line));
    expect(jobs).toHaveLength(3);
    expect(jobs[2]).toContain("55065.10585392 INR a month  2 resources, 1 of unknown cost");
    expect(lines.some((line) => line.startsWith("  PROJECT_TOTALS_DISAGREE: "))).toBe(true);
  });

  it("has a singular noun for one resource", async () => {
    const resources = [{ name: "aws_nat_gateway.nat", monthlyCost: "32.85", costComponents: [] }];
    const printed = await push(["-"], { input: JSON.stringify({ resources }) });
    expect(printed).toMatch(/ 32\.85 USD a month {2}1 resource\b/);
  });

  it("has a warning about a failed project, so that its total is not taken for a saving", async () => {
    expect(await push([sampleFile("ic-07")])).toMatch(/ {2}PROJECT_ERROR: .* the total is partial/);
  });

  it("may be closed early by its reader", async () => {
    const child = start(["push", "--dry-run", ...samples.map(({ path }) => path)], {}, { stdio: "pipe" });
    child.stdout?.once("data", () => child.stdout?.destroy());
    const stderr = child.stderr === null ? "" : await text(child.stderr);
    expect(stderr).toBe("");
  });
});

/** An Infracost file with a failed project between two others. */
const partial = JSON.stringify({
  currency: "USD",
  projects: [
    { name: "web", breakdown: { resources: [], totalMonthlyCost: "0" } },
    {
      name: "api",
      metadata: { errors: [{ code: 401, message: "free run quota used up" }] },
      breakdown: { resources: [], totalMonthlyCost: "0" },
    },
    { name: "till", breakdown: { resources: [], totalMonthlyCost: "0" } },
  ],
});
const partialNative = JSON.stringify({
  project: "till",
  estimate: { total_monthly_cost: "1", is_complete: false, unsupported_resource_count: 8, by_resource: [] },
});

describe("A push of an incomplete estimate", () => {
  const pushPartial = (args: readonly string[], input = partial) =>
    run(["push", ...args, "-"], { env: { RESULTS_STORAGE_URL: service.url }, input });

  it("ends with 0, and marks the job in the output", async () => {
    const { code, stdout, stderr } = await pushPartial([]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const totals = stdout.split("\n").filter((line) => line.startsWith("stored"));
    expect(totals.map((line) => line.includes("0 USD a month (incomplete)"))).toEqual([false, true, false]);
  });

  it("with --require-complete stores all jobs, and ends with 4 and the reason", async () => {
    const { code, stdout, stderr } = await pushPartial(["--require-complete", "--json"]);
    const stored: Stored[] = JSON.parse(stdout);
    expect(stored.map(({ job }) => job.isComplete)).toEqual([true, false, true]);
    expect(stderr).toMatch(
      /^Job 2 \(api\) is incomplete \(--require-complete\): .*free run quota used up\n$/,
    );
    expect(code).toBe(4);
  });

  it("with --require-complete and --dry-run ends with 4, and stores nothing", async () => {
    const { code, stdout, stderr } = await pushPartial(["--require-complete", "--dry-run"]);
    expect(JSON.parse(stdout)).toHaveLength(3);
    expect(stderr).toMatch(/^Job 2 \(api\) is incomplete/);
    expect(code).toBe(4);
  });

  it("names the statement of a native file, and the resources that are not supported", async () => {
    const { code, stdout, stderr } = await pushPartial(["--require-complete"], partialNative);
    expect(stdout).toContain("1 USD a month (incomplete)  0 resources, 8 unsupported  till");
    expect(stderr).toBe(
      "Job 1 (till) is incomplete (--require-complete): the estimate states that it is incomplete\n",
    );
    expect(code).toBe(4);
  });

  it("with --require-complete ends with 0 when all jobs are complete", async () => {
    expect(await push(["--require-complete", native])).toMatch(/^stored/);
  });
});

describe("The origin of a push", () => {
  const origin =
    "project branch isDefaultBranch commitSha commitUrl commitMessage committedAt commitAuthor pullRequestUrl targetBranch runId runUrl";

  it("in CI is stored with the job", async () => {
    const env = {
      GITLAB_CI: "true",
      CI_PROJECT_PATH: "acme/shop",
      CI_PROJECT_URL: "https://gitlab.example.com/acme/shop",
      CI_DEFAULT_BRANCH: "develop",
      CI_COMMIT_BRANCH: "develop",
      CI_COMMIT_SHA: "c0ffee",
      CI_COMMIT_MESSAGE: "Use smaller nodes\n\nbody",
      CI_COMMIT_TIMESTAMP: "2026-11-20T10:00:00+01:00",
      CI_COMMIT_AUTHOR: "Ann Lee <ann@example.com>",
      CI_PIPELINE_ID: "900",
      CI_JOB_ID: "9001",
    };
    const [job] = await jobsOf(
      await pushJson(["-"], { env, input: '{ "total_monthly_cost": "1", "by_resource": [] }' }),
      origin,
    );
    expect(job).toEqual({
      project: "acme/shop",
      branch: "develop",
      isDefaultBranch: true,
      commitSha: "c0ffee",
      commitUrl: "https://gitlab.example.com/acme/shop/-/commit/c0ffee",
      commitMessage: "Use smaller nodes",
      committedAt: "2026-11-20T09:00:00.000Z",
      commitAuthor: "Ann Lee",
      pullRequestUrl: null,
      targetBranch: null,
      runId: "gitlab/acme/shop/900",
      runUrl: "https://gitlab.example.com/acme/shop/-/pipelines/900",
    });
  });

  it("of the options is stored with the job", async () => {
    const options = [
      ["--project", "acme\\shop"],
      ["--branch", "develop"],
      ["--default-branch", "develop"],
      ["--target-branch", "release"],
      ["--run-id", "nightly-7"],
      ["--run-url", "https://ci.example.com/7"],
      ["--commit-url", "https://git.example.com/c0ffee"],
    ];
    const [job] = await jobsOf(await pushJson([...options.flat(), native]), origin);
    expect(job).toMatchObject({
      project: "acme/shop",
      branch: "develop",
      isDefaultBranch: true,
      targetBranch: "release",
      runId: "nightly-7",
      runUrl: "https://ci.example.com/7",
      commitUrl: "https://git.example.com/c0ffee",
    });
  });

  it("of a fork or of a merge queue does not enter the series of the main branch", async () => {
    const buildkite = {
      BUILDKITE: "true",
      BUILDKITE_REPO: "https://github.com/acme/depot.git",
      BUILDKITE_BUILD_ID: "b",
      BUILDKITE_JOB_ID: "j",
      BUILDKITE_BRANCH: "main",
    };
    const input = '{ "branch": "main", "total_monthly_cost": "1", "by_resource": [] }';
    const storeIn = async (env: Record<string, string>) =>
      await pushJson(["-"], { env: { ...buildkite, ...env }, input });
    const stored = [
      ...(await storeIn({})),
      ...(await storeIn({
        BUILDKITE_PULL_REQUEST: "7",
        BUILDKITE_PULL_REQUEST_REPO: "https://github.com/outsider/depot.git",
        BUILDKITE_JOB_ID: "k",
      })),
      ...(await storeIn({ BUILDKITE_MERGE_QUEUE_BASE_BRANCH: "main", BUILDKITE_JOB_ID: "l" })),
      ...(await storeIn({ BUILDKITE_JOB_ID: "m" })),
    ];
    const jobs = await jobsOf(stored, "branch isDefaultBranch previous { id }");
    expect(jobs).toEqual([
      { branch: "main", isDefaultBranch: true, previous: null },
      { branch: "outsider:main", isDefaultBranch: false, previous: null },
      { branch: null, isDefaultBranch: false, previous: null },
      { branch: "main", isDefaultBranch: true, previous: { id: stored[0]?.job.id } },
    ]);
  });
});

describe("A repeated push", () => {
  it("with an idempotency key returns the same job for each project", async () => {
    const args = ["--idempotency-key", "nightly-7", sampleFile("ic-23")];
    const [first, second] = [await pushJson(args), await pushJson(args)];
    expect(first.map(({ created }) => created)).toEqual(Array(9).fill(true));
    expect(second.map(({ created }) => created)).toEqual(Array(9).fill(false));
    expect(second.map(({ job }) => job.id)).toEqual(first.map(({ job }) => job.id));
  });

  it("outside CI stores new jobs", async () => {
    const [first, second] = [await pushJson([native]), await pushJson([native])];
    expect(second[0]).toMatchObject({ created: true });
    expect(second[0]?.job.id).not.toBe(first[0]?.job.id);
  });

  it("stores nothing twice in the same CI attempt, but new jobs in another", async () => {
    const env = {
      GITHUB_ACTIONS: "true",
      GITHUB_REPOSITORY: "acme/shop",
      GITHUB_REF: "refs/heads/main",
      GITHUB_SHA: "c0ffee",
      GITHUB_RUN_ID: "5500",
      GITHUB_RUN_ATTEMPT: "1",
      GITHUB_JOB: "cost",
    };
    const file = join(folder, "infracost.json");
    await writeFile(file, readFileSync(sampleFile("cm-05")));
    const [first] = await pushJson([file], { env });
    const [again] = await pushJson([file], { env });
    const [rerun] = await pushJson([file], { env: { ...env, GITHUB_RUN_ATTEMPT: "2" } });
    expect([first?.created, again?.created, rerun?.created]).toEqual([true, false, true]);
    expect(again?.job.id).toBe(first?.job.id);
    // The branch is that of the file; the rest comes from CI.
    expect(first?.job).toMatchObject({ branch: "setup", project: expect.stringMatching(/^acme\/shop\//) });
  });
});
