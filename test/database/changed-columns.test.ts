import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { store } from "../support/estimates.ts";
import { startService } from "../support/service.ts";

/** Two connections, which both prepare the statements, and no response cache. */
const service = startService({ CACHE_MB: "0", DATABASE_POOL_SIZE: "2" });
const USER = "0198a2b4-0000-7000-8000-000000000001";
let id: string;

beforeAll(async () => {
  await storeAnother();
  id = await storeAnother();
});

function storeAnother(project = "shop"): Promise<string> {
  const commit = { commitSha: "c0ffee", committedAt: "2026-11-22T10:00:00Z" };
  return store(service, { project, branch: "main", userId: USER, idempotencyKey: randomUUID(), ...commit });
}

const JOB = `id project branch commitSha userId currency totalMonthlyCost resourceCount createdAt committedAt labels
  services { service totalMonthlyCost } regions { region totalMonthlyCost }`;

/** Asks for every statement that is prepared, so often that each connection has it. */
async function askAll(): Promise<unknown[]> {
  const queries = [
    `{ job(id: "${id}") { ${JOB} resources { nodes { resourceId totalMonthlyCost tags } } } }`,
    `{ jobs(filter: { project: "shop" }) { nodes { ${JOB} previous { ${JOB} } } } }`,
    `{ jobs(filter: { project: "shop", branch: "main" }) { totalCount nodes { ${JOB} } } }`,
    `{ jobs(filter: { userId: "${USER}", project: "shop" }) { nodes { ${JOB} } } }`,
    `{ jobs(filter: { project: "shop", currency: "USD" }, orderBy: TOTAL_MONTHLY_COST_DESC) { nodes { ${JOB} } } }`,
  ];
  const answers = await Promise.all(queries.flatMap((query) => [1, 2, 3].map(() => service.query(query))));
  for (const { errors } of answers) expect(errors).toBeUndefined();
  return answers;
}

describe("A running server answers and stores as before", () => {
  it.each([
    ["jobs", "project type varchar(1000)"],
    // PostgreSQL refuses another type of a column that a generated column reads, such as branch and created_at.
    ["jobs", "commit_sha type varchar(1000)"],
    ["jobs", "currency type varchar(3)"],
    ["jobs", "resource_count type bigint"],
    ["jobs", "total_monthly_cost type numeric(60, 2)"],
    ["jobs", "committed_at type timestamptz(6)"],
    ["jobs", "user_id type uuid using user_id::uuid"],
    ["service_costs", "service type varchar(1000)"],
    ["region_costs", "total_monthly_cost type numeric(60, 2)"],
    ["cost_results", "resource_id type varchar(1000)"],
    ["cost_results", "tags type json"],
  ])("after alter table %s alter %s", async (table, change) => {
    const before = await askAll();
    await storeAnother("another");
    // PostgreSQL refuses another type of a column that a view reads. A migration creates the views again.
    await service.sql("drop schema if exists reporting cascade");
    await service.sql(`alter table ${table} alter ${change}`);
    expect(await askAll()).toEqual(before);
    await storeAnother("another");
  });

  it("after the function of a trigger was dropped and made again", async () => {
    const before = await askAll();
    await storeAnother("another");
    const [made] = await service.sql(
      `select pg_get_functiondef('refuse_late_part'::regproc) as function,
        (select string_agg(pg_get_triggerdef(oid), '; ') from pg_trigger where tgfoid = 'refuse_late_part'::regproc) as triggers`,
    );
    await service.sql(`drop function refuse_late_part cascade; ${made?.function}; ${made?.triggers}`);
    expect(await askAll()).toEqual(before);
    await storeAnother("another");
  });

  it("while a column changes again and again", async () => {
    const before = await askAll();
    for (let change = 1; change <= 20; change++) {
      const asked = askAll();
      await service.sql(`alter table jobs alter project type varchar(${1_000 + change})`);
      expect(await asked).toEqual(before);
    }
  });
});
