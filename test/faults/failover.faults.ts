import { describe, expect, it } from "vitest";
import { query, until } from "../database/embedded/server-process.ts";
import { listeningUrlOf, serve, urlOf } from "../support/served.ts";
import { replicatedPostgres } from "../support/standby.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";
import { ask, readiness } from "./dashboards.ts";
import { store } from "./storing.ts";
import { EVENT_TIMEOUT_MS } from "./timeouts.ts";

const LIST = "{ jobs { totalCount } }";

const NO_WRITES = "503 the database accepts no writes";

function untilReadinessIs(url: string, expected: string): Promise<void> {
  return until(async () => (await readiness(url)) === expected, EVENT_TIMEOUT_MS);
}

describe("A database that accepts no writes", () => {
  const postgres = replicatedPostgres();

  it("makes the server not ready, as soon as the setting of a running session says so", async () => {
    const url = await urlOf(serve({ DATABASE_URL: postgres.primaryUrl }));
    expect(await readiness(url)).toBe("200 ready");
    await query(postgres.primaryUrl, "alter system set default_transaction_read_only = on");
    await query(postgres.primaryUrl, "select pg_reload_conf()");
    await untilReadinessIs(url, NO_WRITES);
    expect(await ask(url, LIST)).toBe("ok");
    expect(await store(url, "read-only")).toEqual({ failure: "SERVICE_UNAVAILABLE" });
    await query(postgres.primaryUrl, "alter system reset default_transaction_read_only");
    await query(postgres.primaryUrl, "select pg_reload_conf()");
    await untilReadinessIs(url, "200 ready");
    expect(await store(url, "read-only")).toHaveProperty("jobId");
  });

  it("makes the server not ready when a setting of its login says so, which reaches new sessions only", async () => {
    const url = await urlOf(serve({ DATABASE_URL: postgres.primaryUrl }));
    expect(await readiness(url)).toBe("200 ready");
    await query(postgres.primaryUrl, "alter role results_storage set default_transaction_read_only = on");
    await untilReadinessIs(url, NO_WRITES);
    await query(
      postgres.primaryUrl,
      "set transaction_read_only = off; alter role results_storage reset default_transaction_read_only",
    );
    await untilReadinessIs(url, "200 ready");
  });

  it("is a standby, until it is promoted", async () => {
    const proxy = await startTcpProxy(Number(new URL(postgres.primaryUrl).port));
    const databaseUrl = new URL(postgres.primaryUrl);
    databaseUrl.port = String(proxy.port);
    const url = await urlOf(serve({ DATABASE_URL: databaseUrl.href }));
    expect(await store(url, "before")).toHaveProperty("jobId");

    proxy.aim(Number(new URL(postgres.standbyUrl).port));
    await untilReadinessIs(url, NO_WRITES);
    await until(async () => (await ask(url, LIST)) === "ok", EVENT_TIMEOUT_MS);
    expect(await store(url, "after")).toEqual({ failure: "SERVICE_UNAVAILABLE" });
    const started = await listeningUrlOf(serve({ DATABASE_URL: postgres.standbyUrl }));
    await untilReadinessIs(started, NO_WRITES);

    await postgres.promote();
    await untilReadinessIs(url, "200 ready");
    await untilReadinessIs(started, "200 ready");
    expect(await store(url, "after")).toHaveProperty("jobId");
    expect(await store(started, "started on a standby")).toHaveProperty("jobId");
    await proxy.close();
  });
});

describe("A server that has to migrate a standby", () => {
  const postgres = replicatedPostgres();

  it("waits for its promotion", async () => {
    const server = serve({ DATABASE_URL: postgres.standbyUrl });
    const url = await listeningUrlOf(server);
    await until(async () => server.stderr.includes("Waiting for the database"), EVENT_TIMEOUT_MS);
    expect(await readiness(url)).toBe("503 waiting for the database");
    await postgres.promote();
    await untilReadinessIs(url, "200 ready");
    expect(await store(url, "promoted")).toHaveProperty("jobId");
  });
});
