import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { DERIVED } from "../../src/database/derived-columns.ts";
import { newJobId, shardKeyOf } from "../../src/estimates/job-id.ts";
import { store } from "../support/estimates.ts";
import { startService } from "../support/service.ts";

const service = startService();

const lastBitsOf = (id: string) => Number.parseInt(id.slice(-4), 16);

/** The tables with the rows of a job. */
const TABLES = [
  "jobs",
  "cost_results",
  "service_costs",
  "region_costs",
  "purged_jobs",
  "job_exclusions",
] as const;

describe("The id of a new job", () => {
  it("is a UUID of version 8 with the milliseconds first and the shard key last", () => {
    const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });
    fc.assert(
      fc.property(time, fc.integer({ min: 0, max: 32_767 }), (now, shardKey) => {
        vi.useFakeTimers({ toFake: ["Date"], now });
        try {
          const id = newJobId(shardKey);
          expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
          expect(Number.parseInt(id.slice(0, 13).replace("-", ""), 16)).toBe(now);
          expect(lastBitsOf(id)).toBe(shardKey);
        } finally {
          vi.useRealTimers();
        }
      }),
    );
  });

  it("differs from all others of its millisecond and project, without an order among them", () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    try {
      const ids = Array.from({ length: 1_000 }, () => newJobId(7));
      expect(new Set(ids).size).toBe(1_000);
      const rises = ids.filter((id, i) => id > (ids[i - 1] ?? "")).length;
      expect(rises).toBeGreaterThan(400);
      expect(rises).toBeLessThan(600);
    } finally {
      vi.useRealTimers();
    }
  });

  it.each([-1, 32_768, 0.5, Number.NaN])("is refused for the shard key %d", (shardKey) => {
    expect(() => newJobId(shardKey)).toThrow(RangeError);
  });
});

describe("The shard key", () => {
  it("of a project is the same in Node.js and in PostgreSQL", async () => {
    const projects = [
      ...["shop", "Zürich/Käse", "日本", "🦊", "a".repeat(1_000)],
      ...fc.sample(fc.string({ unit: "grapheme", minLength: 1, maxLength: 50 }), 200),
    ].map((project) => project.replaceAll("\0", ""));
    const list = JSON.stringify(projects).replaceAll("'", "''");
    const derived = await service.sql(
      `select ${DERIVED.shardKey} as key
       from (
         select n, project, gen_random_uuid() as id
         from json_array_elements_text('${list}') with ordinality as listed (project, n)
       ) as jobs order by n`,
    );
    expect(derived.map(({ key }) => key)).toEqual(projects.map(shardKeyOf));
    // As a server of the previous version inserts jobs: the trigger fills the column.
    const filled = await service.sql(
      `with added as (
         insert into jobs (id, project, user_id, currency, schema_version, total_monthly_cost, resource_count,
           unpriced_resource_count, labels, warnings)
         select gen_random_uuid(), project, n, 'USD', '1', 0, 0, 0, '{}', '[]'
         from json_array_elements_text('${list}') with ordinality as listed (project, n)
         returning user_id::int as n, shard_key as key
       )
       select key from added order by n`,
    );
    expect(filled.map(({ key }) => key)).toEqual(projects.map(shardKeyOf));
  });

  it("is one value in all rows of a job, and in its id", async () => {
    const ids = [await store(service, { project: "shop" }), await store(service)];
    for (const id of ids) {
      const found = await service.sql(
        ["id", "job_id", "job_id", "job_id"]
          .map((key, i) => `select shard_key from ${TABLES[i]} where ${key} = '${id}'`)
          .join(" union all "),
      );
      expect(found).toEqual(Array(4).fill({ shard_key: lastBitsOf(id) }));
    }
    expect(lastBitsOf(ids[0] ?? "")).toBe(shardKeyOf("shop"));
  });

  it("is random without a project", () => {
    expect(new Set(Array.from({ length: 100 }, () => shardKeyOf(null))).size).toBeGreaterThan(90);
  });

  it("is the last column of every primary, unique and foreign key of the tables of a job", async () => {
    const keys = await service.sql(
      `select conrelid::regclass::text as table, conname as name,
         (select attname::text from pg_attribute where attrelid = conrelid and attnum = conkey[array_upper(conkey, 1)]) as last
       from pg_constraint
       where contype in ('p', 'u', 'f') and confrelid <> 'purges'::regclass
         and conrelid = any(array[${TABLES.map((table) => `'${table}'`).join()}]::regclass[])
       union all
       select indrelid::regclass::text, indexrelid::regclass::text,
         (select attname::text from pg_attribute where attrelid = indrelid and attnum = indkey[indnkeyatts - 1])
       from pg_index
       where indisunique and indrelid = any(array[${TABLES.map((table) => `'${table}'`).join()}]::regclass[])`,
    );
    expect(new Set(keys.map((key) => key.table))).toEqual(new Set(TABLES));
    expect(keys.filter(({ last }) => last !== "shard_key")).toEqual([]);
  });

  it("is the last column of the index of resources by job, which has the name of the specification", async () => {
    const [index] = await service.sql(
      "select pg_get_constraintdef(oid) as definition from pg_constraint where conname = 'idx_cost_results_job'",
    );
    expect(index?.definition).toBe("PRIMARY KEY (job_id, cost_rank, shard_key)");
  });
});
