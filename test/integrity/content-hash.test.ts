import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { Database } from "../../src/database/database.ts";
import { rows, sql } from "../../src/database/sql.ts";
import { copyOfJob } from "../support/copied-jobs.ts";
import { decimal } from "../support/decimals.ts";
import { estimate, resource, store } from "../support/estimates.ts";
import { pastTriggers } from "../support/past-triggers.ts";
import { startService } from "../support/service.ts";
import { startChain } from "./chain.ts";

const service = startService();
const chain = startChain(service);

/** Column by column, another value than the one that is stored. */
const OTHER_VALUES: Record<string, Record<string, string>> = {
  jobs: {
    created_at: "created_at + interval '1 millisecond'",
    estimated_at: "now()",
    user_id: "'eve'",
    project: "''",
    branch: "'Main'",
    commit_sha: "'c0ffef'",
    pull_request_url: "null",
    profile: "'DEV'",
    estimator: "estimator || ' '",
    terraform_plan_hash: "'other'",
    schema_version: "'2'",
    currency: "'EUR'",
    total_monthly_cost: "10.000",
    confidence_score: "0.9000000000000001",
    resource_count: "3",
    unpriced_resource_count: "1",
    labels: `labels || '{"team": "Platform"}'`,
    warnings: "warnings - 0",
    stated_complete: "false",
    unsupported_resource_count: "1",
    stated_default_branch: "true",
    run_id: "'other'",
    run_url: "'https://ci.example.com/2'",
    commit_url: "null",
    committed_at: "committed_at + interval '1 millisecond'",
    commit_message: "commit_message || '.'",
    commit_author: "'Eve'",
    pull_request_title: "''",
    target_branch: "'Main'",
  },
  cost_results: {
    job_id: "gen_random_uuid()",
    cost_rank: "7",
    position: "7",
    resource_id: "resource_id || 'x'",
    resource_type: "'aws_instances'",
    service: "'ec2'",
    region: "'eu-west-2'",
    total_monthly_cost: "null",
    compute_cost: "compute_cost + 0.0000000000000000000000000001",
    storage_cost: "0.0",
    network_cost: "0.0",
    other_cost: "-1",
    confidence_score: "null",
    cost_drivers: `jsonb_set(cost_drivers, '{0,name}', '"N"')`,
    assumptions: "assumptions || '[null]'",
    tags: `jsonb_set(tags, '{size}', '12345678901234567891')`,
  },
  service_costs: {
    job_id: "gen_random_uuid()",
    service: "'S3'",
    total_monthly_cost: "10.0",
    resource_count: "2",
    unpriced_resource_count: "1",
  },
  region_costs: {
    job_id: "gen_random_uuid()",
    region: "'global'",
    total_monthly_cost: "10.0",
    resource_count: "2",
    unpriced_resource_count: "1",
    services: "jsonb_set(services, '{0,totalMonthlyCost}', '\"10.0\"')",
  },
};

/** `id` says which job it is, so that another is another job. */
const KEYS = ["id"];

/** Columns that no form has: verification compares them with what they are derived from. */
const DERIVED_COLUMNS = [
  "jobs.effective_at",
  "jobs.is_complete",
  "jobs.is_default_branch",
  "jobs.shard_key",
  "cost_results.shard_key",
  "service_costs.shard_key",
  "region_costs.shard_key",
];

let job: string;

beforeEach(async () => {
  job = await store(service, {
    userId: "ana",
    project: "shop",
    branch: "main",
    commitSha: "c0ffee",
    pullRequestUrl: "https://example.com/pull/1",
    terraformPlanHash: "abc",
    labels: { team: "platform", "": [true] },
    isDefaultBranch: false,
    runId: "1",
    runUrl: "https://ci.example.com/1",
    commitUrl: "https://example.com/commit/c0ffee",
    committedAt: "2026-11-22T10:00:00Z",
    commitMessage: "Add a shop",
    commitAuthor: "Ana",
    pullRequestTitle: "A shop",
    targetBranch: "main",
    estimate: estimate({
      profile: "PROD",
      estimator: "test 1.0",
      estimatedAt: "2026-11-22T10:15:00Z",
      confidenceScore: 0.9,
      warnings: [{ code: "A_CODE", message: "A message." }],
      byResource: [
        resource({
          confidenceScore: 0.5,
          costDrivers: [{ name: "n", value: 1 }],
          assumptions: [],
          tags: { size: JSON.rawJSON("12345678901234567890"), half: JSON.rawJSON("1.50"), b: 1, a: 2 },
        }),
      ],
    }),
  });
});

const set = (table: string, column: string, value: string) =>
  pastTriggers(
    service,
    `update ${table} set ${column} = ${value} where ${table === "jobs" ? "id" : "job_id"} = '${job}'`,
  );

describe("The hash over a job changes with every column", () => {
  it("that there is: a new one needs a new form, and a line in this test", async () => {
    const columns = await service.sql(
      `select table_name, column_name from information_schema.columns
       where table_schema = 'public' and table_name in ('jobs', 'cost_results', 'service_costs', 'region_costs')`,
    );
    const known = Object.entries(OTHER_VALUES).flatMap(([table, values]) =>
      [...Object.keys(values), ...(table === "jobs" ? KEYS : [])].map((column) => `${table}.${column}`),
    );
    expect(columns.map((row) => `${row.table_name}.${row.column_name}`).toSorted()).toEqual(
      [...known, ...DERIVED_COLUMNS].toSorted(),
    );
  });

  it.each(
    Object.entries(OTHER_VALUES).flatMap(([table, values]) =>
      Object.entries(values).map(([column, value]) => [table, column, value]),
    ),
  )("%s.%s", async (table, column, value) => {
    const before = await chain.hashOf(job);
    await set(String(table), String(column), String(value));
    expect(await chain.hashOf(job)).not.toBe(before);
  });

  it("and is another for another job of the same contents", async () => {
    const before = await chain.hashOf(job);
    const other = randomUUID();
    await pastTriggers(
      service,
      `${copyOfJob(job, `'{"id": "${other}"}'`)};` +
        ["cost_results", "service_costs", "region_costs"]
          .map((table) => `update ${table} set job_id = '${other}' where job_id = '${job}'`)
          .join(";"),
    );
    expect(await chain.hashOf(other)).not.toBe(before);
  });
});

describe("The hash over a job changes with every row", () => {
  const copy = (table: string, key: string, value: string) =>
    `insert into ${table} select (jsonb_populate_record(part, '{"${key}": ${value}}')).* from ${table} as part where job_id = '${job}'`;

  it.each([
    ["cost_results", "cost_rank", "-1"],
    ["cost_results", "cost_rank", "1"],
    ["service_costs", "service", '"S3"'],
    ["region_costs", "region", '"global"'],
  ])("that is added to %s (%s %s), and is the old one again without it", async (table, key, value) => {
    const before = await chain.hashOf(job);
    await pastTriggers(service, copy(table, key, value));
    expect(await chain.hashOf(job)).not.toBe(before);
    await pastTriggers(
      service,
      `delete from ${table} where job_id = '${job}' and ${key} = '${value.replaceAll('"', "")}'`,
    );
    expect(await chain.hashOf(job)).toBe(before);
  });

  it.each(["cost_results", "service_costs", "region_costs"])("that is removed from %s", async (table) => {
    const before = await chain.hashOf(job);
    await pastTriggers(service, `delete from ${table} where job_id = '${job}'`);
    expect(await chain.hashOf(job)).not.toBe(before);
  });
});

describe("The hash over a job does not change", () => {
  it.each([
    ["the order of members", "tags", `'{"size": 12345678901234567890, "half": 1.50, "a": 2, "b": 1}'`],
    ["zeros behind a number", "tags", `jsonb_set(tags, '{half}', '1.5')`],
    ["another spelling of a number", "tags", `jsonb_set(tags, '{size}', '1234567890123456789.0e1')`],
  ])("with %s, which PostgreSQL takes for equal", async (_what, column, value) => {
    const before = await chain.hashOf(job);
    const [same] = await service.sql(
      `select bool_and(${column} = ${value}) as same from cost_results where job_id = '${job}'`,
    );
    expect(same).toEqual({ same: true });
    await set("cost_results", column, value);
    expect(await chain.hashOf(job)).toBe(before);
  });

  it("with the settings of a session, nor with where a row is", async () => {
    const before = await chain.hashOf(job);
    await set("cost_results", "position", "position");
    const elsewhere = await new Database(chain.orm.em.fork()).transactional(async (tx) => {
      await rows(tx, { name: "test" }, sql`set local timezone = 'Asia/Kolkata'`);
      await rows(tx, { name: "test" }, sql`set local datestyle = 'German, DMY'`);
      return chain.hashOf(job, tx);
    });
    expect(elsewhere).toBe(before);
  });
});

describe("The hash over an amount", () => {
  it("is another for every other text of it", async () => {
    await fc.assert(
      fc.asyncProperty(decimal(), decimal(), async (one, other) => {
        await set("cost_results", "compute_cost", one);
        const before = await chain.hashOf(job);
        await set("cost_results", "compute_cost", other);
        expect((await chain.hashOf(job)) === before).toBe(one === other);
      }),
      { numRuns: 30 },
    );
  });
});

it("A job of several pages of resources is hashed whole: the last of them counts", async () => {
  const many = await store(service, {
    estimate: estimate({
      byResource: Array.from({ length: 4_500 }, (_, i) => resource({ resourceId: `r.${i}` })),
    }),
  });
  const before = await chain.hashOf(many);
  for (const rank of [1_998, 1_999, 2_000, 3_999, 4_499]) {
    const move = (to: number) =>
      pastTriggers(
        service,
        `update cost_results set position = position + ${to} where job_id = '${many}' and cost_rank = ${rank}`,
      );
    await move(1);
    expect(await chain.hashOf(many)).not.toBe(before);
    await move(-1);
  }
  expect(await chain.hashOf(many)).toBe(before);
});
