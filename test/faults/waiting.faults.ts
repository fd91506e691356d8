import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { until } from "../database/embedded/server-process.ts";
import { startService } from "../support/service.ts";
import { whileLocked } from "../support/while-locked.ts";
import { ask, readiness } from "./dashboards.ts";
import { expectPromiseKept, keepStoring, store } from "./storing.ts";
import { EVENT_TIMEOUT_MS } from "./timeouts.ts";

const service = startService({
  DATABASE_POOL_SIZE: "3",
  DATABASE_CONNECT_TIMEOUT_S: "1",
  DATABASE_STATEMENT_TIMEOUT_S: "10",
  DATABASE_LOCK_TIMEOUT_S: "4",
});

const LIST = "{ jobs { totalCount } }";
const OTHER = "{ topResources(first: 1) { resourceId } }";

/** The number of the service's statements that wait for the lock. Not in a transaction, whose statistics do not change. */
async function waiting(): Promise<number> {
  const found = await service.sql(
    "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
  );
  return found.length;
}

describe("A lock that is held for long", () => {
  it("is given up after the timeout, with nothing stored, and a retry with the same key stores it", async () => {
    await whileLocked(service.databaseUrl, "region_costs", async () => {
      const begin = Date.now();
      expect(await store(service.url, "locked out")).toEqual({ failure: "SERVICE_UNAVAILABLE" });
      expect(Date.now() - begin).toBeGreaterThan(3_900);
      expect(await ask(service.url, LIST)).toBe("ok");
    });
    expect(await service.sql("select from idempotency_keys")).toEqual([]);
    expect(await store(service.url, "locked out")).toHaveProperty("jobId");
  });
});

describe("A pool whose connections are all taken", () => {
  it("makes others wait for the timeout and no longer, says so, and is used again as soon as it can be", async () => {
    await whileLocked(service.databaseUrl, "jobs", async () => {
      const holders = Array.from({ length: 3 }, () => ask(service.url, LIST));
      await until(async () => (await waiting()) === 3, EVENT_TIMEOUT_MS);
      expect(await ask(service.url, OTHER)).toBe("SERVICE_UNAVAILABLE");
      expect(await waiting()).toBe(3);
      expect(await readiness(service.url)).toBe("200 ready");
      expect(await Promise.all(holders)).toEqual(Array(3).fill("SERVICE_UNAVAILABLE"));
    });
    expect(await ask(service.url, LIST)).toBe("ok");
  });
});

describe("A client that hangs up", () => {
  it("has its queries cancelled, whose connections serve others at once", async () => {
    await whileLocked(service.databaseUrl, "region_costs", async () => {
      const hangUp = new AbortController();
      const query = "{ jobs { nodes { regions { region } } } }";
      const asked = Array.from({ length: 3 }, () => ask(service.url, query, hangUp.signal));
      await until(async () => (await waiting()) === 3, EVENT_TIMEOUT_MS);
      hangUp.abort();
      await Promise.all(asked);
      const begin = Date.now();
      await until(async () => (await waiting()) === 0);
      expect(await ask(service.url, LIST)).toBe("ok");
      expect(Date.now() - begin).toBeLessThan(1_500);
    });
  });

  it("in the middle of a store leaves nothing of it behind", async () => {
    await whileLocked(service.databaseUrl, "region_costs", async () => {
      const hangUp = new AbortController();
      const storing = store(service.url, "hung up", { signal: hangUp.signal });
      await until(async () => (await waiting()) === 1, EVENT_TIMEOUT_MS);
      hangUp.abort();
      expect(await storing).toEqual({ failure: "no answer" });
      await until(async () => (await waiting()) === 0);
    });
    expect(await service.sql("select from idempotency_keys where key = 'hung up'")).toEqual([]);
    expect(await store(service.url, "hung up")).toHaveProperty("jobId");
  });
});

describe("Clients that read slowly", () => {
  it("keep no connection of the pool from others", async () => {
    const big = keepStoring(3, () => service.url);
    await until(async () => big.acknowledged.size > 5, EVENT_TIMEOUT_MS);
    await big.stop();
    await expectPromiseKept(big, service.url, service.databaseUrl);
    const [job] = big.acknowledged.values();
    const slow = new AbortController();
    const downloads = await Promise.all(
      Array.from({ length: 12 }, () =>
        fetch(`${service.url}/api/v1/jobs/${job}/resources.csv`, { signal: slow.signal }),
      ),
    );
    await sleep(200);
    expect(await ask(service.url, LIST)).toBe("ok");
    expect(downloads.map(({ status }) => status)).toEqual(Array(12).fill(200));
    slow.abort();
  });
});
