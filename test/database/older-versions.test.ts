import { randomUUID } from "node:crypto";
import { Client } from "pg";
import { pino } from "pino";
import { beforeAll, describe, expect, it } from "vitest";
import { connectOrm } from "../../src/database/connect.ts";
import { migrateDown, migrateUp } from "../../src/database/migrate.ts";
import { migrations } from "../../src/database/migrations.ts";
import { newJobId, shardKeyOf } from "../../src/estimates/job-id.ts";
import { startChain } from "../integrity/chain.ts";
import { run } from "../support/command-line.ts";
import { store, tryToStore } from "../support/estimates.ts";
import { answersOfOlderVersion, loadOlderVersion } from "../support/older-versions.ts";
import { pastTriggers } from "../support/past-triggers.ts";
import { startService } from "../support/service.ts";
import { sqlAs } from "../support/sql-as.ts";
import { until } from "./embedded/server-process.ts";

/** What is in the catalogue and in the rows of the database before the service migrates it. */
let old: { triggers: unknown; keys: unknown; rows: unknown };

const service = startService(
  {},
  {
    prepare: async (databaseUrl) => {
      await loadOlderVersion(databaseUrl, "form-1");
      old = await contentsOf(databaseUrl);
    },
  },
);
const chain = startChain(service);

/** The columns that sealed form 1 does not have, and a value of each. */
const NEW_COLUMNS = {
  stated_complete: "true",
  unsupported_resource_count: "0",
  stated_default_branch: "true",
  run_id: "''",
  run_url: "''",
  commit_url: "''",
  committed_at: "now()",
  commit_message: "''",
  commit_author: "''",
  pull_request_title: "''",
  target_branch: "''",
};

const TRIGGERS = `select tgrelid::regclass::text as table, tgname as name, tgenabled as enabled from pg_trigger
  where not tgisinternal order by 1, 2`;

async function contentsOf(databaseUrl: string): Promise<typeof old> {
  const ask = (statement: string) => sqlAs(databaseUrl, undefined, statement);
  const tables = ["jobs", "cost_results", "service_costs", "region_costs", "purged_jobs", "seals"];
  return {
    triggers: await ask(TRIGGERS),
    keys: await ask(
      `select conname, pg_get_constraintdef(oid) from pg_constraint where connamespace = 'public'::regnamespace
         and contype in ('p', 'u', 'f') order by 1`,
    ),
    rows: await Promise.all(
      tables.map((table) => ask(`select row_to_json(t) from ${table} as t order by t::text`)),
    ),
  };
}

let answers: Awaited<ReturnType<typeof answersOfOlderVersion>>;

beforeAll(async () => {
  answers = await answersOfOlderVersion("form-1");
});

/** The job with these values in the answers of the older version. */
function jobOf(fields: Record<string, unknown>): string {
  const found = answers.answer.data.jobs.nodes.find((job: Record<string, unknown>) =>
    Object.entries(fields).every(([name, value]) => job[name] === value),
  );
  return found.id;
}

describe("A database that an older version filled and sealed", () => {
  it("is verified with the same result after the migration", async () => {
    const { stdout, code } = await run(["verify", "--json"], { env: { DATABASE_URL: service.databaseUrl } });
    expect(JSON.parse(stdout)).toEqual(answers.verification);
    expect(code).toBe(0);
  });

  it("has the same answers as before", async () => {
    const { data, errors } = await service.query(answers.query);
    expect(errors).toBeUndefined();
    expect(data).toEqual(answers.answer.data);
  });

  it("has the shard key of its project, or of its id, in every row of a job", async () => {
    const jobs = await service.sql("select id, project, shard_key from jobs");
    expect(jobs).toHaveLength(9);
    const purged = await service.sql("select job_id as id, project, shard_key from purged_jobs");
    expect(purged).toHaveLength(2);
    for (const { id, project, shard_key } of [...jobs, ...purged]) {
      const lastBits = Number.parseInt(String(id).slice(-4), 16) % 32_768;
      expect(shard_key).toBe(project === null ? lastBits : shardKeyOf(String(project)));
    }
    for (const part of ["cost_results", "service_costs", "region_costs"]) {
      const [found] = await service.sql(
        `select count(*)::int, bool_and(part.shard_key = jobs.shard_key) as same
         from ${part} as part join jobs on id = job_id`,
      );
      expect(found).toMatchObject({ same: true });
      expect(found?.count).toBeGreaterThan(5);
    }
  });

  it("has the time, the completeness and the default branch that follow from its jobs", async () => {
    const found = await service.sql(
      `select id, effective_at = estimated_at as is_backfilled, effective_at = created_at as is_stored_now,
         is_complete, is_default_branch
       from jobs order by created_at, id`,
    );
    const facts = Object.fromEntries(found.map(({ id, ...fact }) => [id, fact]));
    const usual = { is_backfilled: null, is_stored_now: true, is_complete: true, is_default_branch: true };
    expect(facts).toEqual({
      [jobOf({ commitSha: "c0ffee" })]: { ...usual, is_backfilled: true, is_stored_now: false },
      [jobOf({ totalMonthlyCost: "0" })]: { ...usual, is_complete: false },
      [jobOf({ estimatedAt: "2027-06-01T00:00:00.000Z" })]: { ...usual, is_backfilled: false },
      [jobOf({ branch: "feature" })]: { ...usual, is_default_branch: false },
      [jobOf({ pullRequestUrl: "https://git.example.com/shop/pull/8" })]: {
        ...usual,
        is_default_branch: false,
      },
      [jobOf({ currency: "CHF" })]: usual,
      [jobOf({ currency: "EUR" })]: usual,
      [jobOf({ branch: "trunk" })]: usual,
      [jobOf({ totalMonthlyCost: "11.00", branch: "main" })]: usual,
    });
  });

  it("still has every trigger that protects its rows, enabled", async () => {
    const triggers = await service.sql(TRIGGERS);
    expect(triggers).toEqual(expect.arrayContaining(old.triggers as unknown[]));
    expect(triggers.filter(({ enabled }) => enabled !== "O" && enabled !== "A")).toEqual([]);
    await expect(service.sql("update jobs set branch = branch")).rejects.toThrow("is refused");
    await expect(service.sql("delete from cost_results")).rejects.toThrow("is refused");
  });

  it("gives a retry the job that the older version stored", async () => {
    const { data, errors } = await tryToStore(service, answers.retry);
    expect(errors).toBeUndefined();
    expect(data.storeEstimate).toMatchObject({ created: false, job: { id: jobOf({ commitSha: "c0ffee" }) } });
  });

  it.each(Object.entries({ ...NEW_COLUMNS, branch: "'Main'" }))(
    "shows a changed job of form 1: %s",
    async (column, value) => {
      const job = jobOf({ commitSha: "c0ffee" });
      const set = (to: string) =>
        pastTriggers(service, `update jobs set ${column} = ${to} where id = '${job}'`);
      await set(value);
      expect(await chain.problems()).toEqual([["ALTERED", job, 3]]);
      await set(column === "branch" ? "'main'" : "null");
      expect(await chain.problems()).toEqual([]);
    },
  );
});

interface Page {
  readonly nodes: readonly { id: string }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
}

async function pageAfter(after: string | undefined): Promise<Page> {
  const { data, errors } = await service.query<{ jobs: Page }>(
    "query ($after: String) { jobs(first: 1, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }",
    { after },
  );
  expect(errors).toBeUndefined();
  return data.jobs;
}

describe("Ids of version 7 and of version 8", () => {
  it("are in one list, page by page, and each is read by GraphQL, REST and the command line", async () => {
    const id = await store(service, { project: "shop", userId: "both" });
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await pageAfter(after);
      seen.push(page.nodes[0]?.id ?? "");
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : undefined;
    } while (after !== undefined);
    const older = answers.answer.data.jobs.nodes.map((job: { id: string }) => job.id);
    expect(seen).toEqual([id, ...older]);
    expect(new Set(seen.map((each) => each[14]))).toEqual(new Set(["7", "8"]));
    for (const each of [id, older[0]]) {
      const { data } = await service.query(`{ job(id: "${each.toUpperCase()}") { id } }`);
      expect(data.job.id).toBe(each);
      expect((await fetch(`${service.url}/api/v1/jobs/${each}`)).status).toBe(200);
      expect(await run(["export", each, "--url", service.url])).toMatchObject({ code: 0 });
    }
    const { data } = await service.query(
      `{ compareJobs(baseJobId: "${older[0]}", targetJobId: "${id}") { delta } }`,
    );
    expect(data.compareJobs.delta).toBe("-1.00");
  });
});

/** As a server of the previous version, which does not know the column. */
const asOlderServer = (statement: string) =>
  sqlAs(service.databaseUrl, "results_storage_server", `begin; ${statement}; rollback`);

describe("A server of the previous version on the migrated database", () => {
  it("stores jobs, and the database adds the shard key", async () => {
    const id = newJobId(0);
    const found = await sqlAs(
      service.databaseUrl,
      "results_storage_server",
      `insert into jobs (id, project, schema_version, currency, total_monthly_cost, resource_count,
         unpriced_resource_count, labels, warnings)
       values ('${id}', 'shop', '1', 'USD', 1, 1, 0, '{}', '[]');
       insert into service_costs (job_id, service, total_monthly_cost, resource_count, unpriced_resource_count)
       values ('${id}', 'EC2', 1, 1, 0);
       select jobs.shard_key as job, service_costs.shard_key as part from jobs join service_costs on job_id = id
       where id = '${id}'`,
    );
    expect(found).toEqual([{ job: shardKeyOf("shop"), part: shardKeyOf("shop") }]);
  });

  const sealOf = (job: string) =>
    `insert into seals select 99, 'SEALED', id, created_at, 1, '', created_at, created_at, '' from jobs where id = '${job}'`;

  it("cannot seal a job with columns that its form does not have", async () => {
    const job = await store(service, { userId: "eve" });
    await expect(asOlderServer(sealOf(job))).rejects.toThrow(
      `The seal is refused: form 1 does not have all columns of job ${job}`,
    );
  });

  it("can seal a job that it stored", async () => {
    await asOlderServer(sealOf(jobOf({ totalMonthlyCost: "11.00", branch: "main" })));
  });
});

it("The migrations go down to the rows, keys and triggers of the older version, and up again", async () => {
  await loadOlderVersion(service.databaseUrl, "form-1");
  const orm = await connectOrm({ url: service.databaseUrl, poolSize: 2, log: pino({ level: "silent" }) });
  try {
    await migrateUp(orm);
    while ((await migrateDown(orm)) !== "20261127-correct-history");
    expect(await contentsOf(service.databaseUrl)).toEqual(old);
    await migrateUp(orm);
    expect(await orm.schema.getUpdateSchemaSQL()).toBe("");
  } finally {
    await orm.close();
  }
  expect((await chain.verify()).problemCount).toBe(0);
});

it("The migration names the jobs of parts without a job, and changes nothing; without these parts, it runs", async () => {
  await loadOlderVersion(service.databaseUrl, "form-1");
  const orphan = (n: number) => `00000000-0000-7000-8000-00000000000${n}`;
  await pastTriggers(
    service,
    [1, 2, 3, 4, 5, 6]
      .map((n) => `insert into region_costs values ('${orphan(n)}', 'moon', 1, 1, 0, '[]')`)
      .join(";"),
  );
  await pastTriggers(service, `insert into service_costs values ('${orphan(1)}', 'EC2', 1, 1, 0)`);
  const before = await contentsOf(service.databaseUrl);
  const migrate = () => run(["migrate", "up"], { env: { DATABASE_URL: service.databaseUrl } });
  const { code, stderr } = await migrate();
  expect(code).toBe(1);
  expect(stderr).toContain(
    `have rows of jobs that do not exist; the first jobs are: ${[1, 2, 3, 4, 5].map(orphan).join(", ")}. Run "results-storage verify" of the previous version`,
  );
  expect(await contentsOf(service.databaseUrl)).toEqual(before);
  for (const part of ["region_costs", "service_costs"]) {
    await service.sql(`delete from ${part} where job_id::text like '00000000-%'`);
  }
  expect(await migrate()).toMatchObject({ code: 0 });
});

it("The migration waits for a store of a running server, and gives its job the shard key", async () => {
  await loadOlderVersion(service.databaseUrl, "form-1");
  const orm = await connectOrm({ url: service.databaseUrl, poolSize: 2, log: pino({ level: "silent" }) });
  const storing = new Client({
    connectionString: service.databaseUrl,
    options: "-c role=results_storage_server",
  });
  await storing.connect();
  try {
    const id = randomUUID();
    await storing.query(
      `begin; insert into jobs (id, project, schema_version, currency, total_monthly_cost, resource_count,
         unpriced_resource_count, labels, warnings) values ('${id}', 'shop', '1', 'USD', 1, 1, 0, '{}', '[]')`,
    );
    const migrating = migrateUp(orm);
    await until(async () => {
      const waiting =
        "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
      return (await service.sql(waiting)).length > 0;
    });
    await storing.query(`insert into service_costs values ('${id}', 'EC2', 1, 1, 0); commit`);
    const names = migrations.map(({ name }) => name);
    expect(await migrating).toEqual(names.slice(names.indexOf("20261127-correct-history")));
    const found = await service.sql(`select shard_key from service_costs where job_id = '${id}'`);
    expect(found).toEqual([{ shard_key: shardKeyOf("shop") }]);
  } finally {
    await storing.end();
    await orm.close();
  }
});
