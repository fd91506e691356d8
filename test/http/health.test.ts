import { describe, expect, it } from "vitest";
import { until } from "../database/embedded/server-process.ts";
import { startService } from "../support/service.ts";

const service = startService();

async function readiness(): Promise<unknown> {
  const response = await fetch(`${service.url}/health/ready`);
  return { status: response.status, body: await response.json() };
}

const READY = { status: 200, body: { status: "ready" } };

describe("Health", () => {
  it("is ready when the database answers and is migrated, also to many who ask at once", async () => {
    expect(await Promise.all(Array.from({ length: 20 }, readiness))).toEqual(Array(20).fill(READY));
    const probes = await service.sql(
      "select from pg_stat_activity where application_name = 'results-storage probe' and datname = current_database()",
    );
    expect(probes).toHaveLength(1);
  });

  it("is not ready while the database is behind this version, and live", async () => {
    await service.sql("create table forgotten as select * from schema_migrations");
    await service.sql("delete from schema_migrations where name like '%protect%'");
    const behind = { status: 503, body: { status: "the database is behind this version" } };
    await until(async () => JSON.stringify(await readiness()) === JSON.stringify(behind));
    expect((await fetch(`${service.url}/health/live`)).status).toBe(200);
    await service.sql("truncate schema_migrations; insert into schema_migrations select * from forgotten");
    await until(async () => JSON.stringify(await readiness()) === JSON.stringify(READY));
  });
});
