import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import { until } from "../database/embedded/server-process.ts";
import { tryToStore } from "../support/estimates.ts";
import { startService } from "../support/service.ts";

const service = startService();

async function readiness(): Promise<unknown> {
  const response = await fetch(`${service.url}/health/ready`);
  return { status: response.status, body: await response.json() };
}

const READY = { status: 200, body: { status: "ready" } };

/** Sets a parameter for new sessions of the database. */
async function configure(setting: string): Promise<void> {
  const [database] = await service.sql("select current_database() as name");
  await service.sql(`alter database ${database?.name} set ${setting}`);
}

/** Terminates the sessions of the probe and of the pool, and waits until the probe has a new one. */
async function endSessions(): Promise<void> {
  await service.sql(`select pg_terminate_backend(pid, 10000) from pg_stat_activity
    where datname = current_database() and starts_with(application_name, 'results-storage')`);
}

/** Stores an estimate, and returns the headers as well. */
async function storeOverHttp() {
  const query = `mutation { storeEstimate(input: { estimate: { totalMonthlyCost: "1", byResource: [] } }) { created } }`;
  const response = await fetch(`${service.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query }),
  });
  return { headers: response.headers, json: await response.json() };
}

const READ_ONLY = { status: 503, body: { status: "the database accepts no writes" } };

describe("Health", () => {
  it("is ready when the database answers and is migrated, also for many concurrent requests", async () => {
    expect(await Promise.all(Array.from({ length: 20 }, readiness))).toEqual(Array(20).fill(READY));
    const probes = await service.sql(
      "select from pg_stat_activity where application_name = 'results-storage probe' and datname = current_database()",
    );
    expect(probes).toHaveLength(1);
  });

  it("is not ready while the database accepts no writes, and stores at once when it does again", async () => {
    await configure("default_transaction_read_only = on");
    await endSessions();
    await until(async () => isDeepStrictEqual(await readiness(), READ_ONLY));
    const reads = Array.from({ length: 8 }, () => service.query("{ jobs { totalCount } }"));
    for (const { data } of await Promise.all(reads)) expect(data).toEqual({ jobs: { totalCount: 0 } });
    expect(await tryToStore(service)).toMatchObject({
      errors: [{ extensions: { code: "SERVICE_UNAVAILABLE" } }],
    });
    const { headers, json } = await storeOverHttp();
    expect(json).toMatchObject({ errors: [{ extensions: { code: "SERVICE_UNAVAILABLE" } }] });
    expect(headers.get("retry-after")).toBe("1");
    await configure("default_transaction_read_only = off");
    await until(async () => isDeepStrictEqual(await readiness(), READY));
    expect(await tryToStore(service)).toMatchObject({ data: { storeEstimate: { created: true } } });
  });

  it("is not ready while the server's role may not insert", async () => {
    await service.sql("revoke insert on jobs from results_storage_server");
    await until(async () => isDeepStrictEqual(await readiness(), READ_ONLY));
    await service.sql("grant insert on jobs to results_storage_server");
    await until(async () => isDeepStrictEqual(await readiness(), READY));
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
