import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clusterIn, passwordOf } from "../../src/database/embedded/cluster.ts";
import { findPostmaster } from "../../src/database/embedded/server.ts";
import { killPostgres, removeFolder, temporaryFolder, until } from "../database/embedded/server-process.ts";
import { exitCodeOf, serve, urlOf } from "../support/served.ts";
import { keepAsking } from "./dashboards.ts";
import { expectPromiseKept, keepStoring } from "./storing.ts";
import { EVENT_TIMEOUT_MS, RECOVERY_MS } from "./timeouts.ts";

let dataDir: string;

beforeAll(async () => {
  dataDir = await temporaryFolder();
});
afterAll(() => removeFolder(dataDir));

async function databaseUrl(): Promise<string> {
  const folder = join(dataDir, "postgresql");
  const password = await passwordOf(clusterIn(folder, { initdb: "", pgCtl: "" }, undefined));
  const port = (await findPostmaster(join(folder, "data")))?.port;
  return `postgresql://results_storage:${password}@127.0.0.1:${port}/results_storage`;
}

describe("The service on its embedded PostgreSQL", () => {
  it("starts it again when it is killed in the middle of stores, and keeps every promise", async () => {
    const server = serve({ DATA_DIR: dataDir });
    const url = await urlOf(server);
    const before = await databaseUrl();
    const storing = keepStoring(6, () => url);
    const asking = keepAsking(6, () => url);
    for (let time = 0; time < 2; time++) {
      const begin = Date.now();
      await until(async () => storing.lastAt > begin, EVENT_TIMEOUT_MS);
      await sleep(500);
      await killPostgres(dataDir);
      const killed = Date.now();
      await until(
        async () => server.stderr.split("The embedded PostgreSQL is connected again.").length > time + 1,
        EVENT_TIMEOUT_MS,
      );
      const back = Date.now();
      await until(async () => storing.lastAt > back && asking.lastAt > back, EVENT_TIMEOUT_MS);
      expect(Math.min(storing.lastAt, asking.lastAt) - back).toBeLessThan(RECOVERY_MS);
      expect(back).toBeGreaterThan(killed);
    }
    await Promise.all([storing.stop(), asking.stop()]);
    expect(await databaseUrl()).toBe(before);
    expect([...storing.failures]).toEqual(["SERVICE_UNAVAILABLE"]);
    expect(new Set(asking.answers.keys())).toEqual(new Set(["ok", "SERVICE_UNAVAILABLE"]));
    await expectPromiseKept(storing, url, before);
    server.child.kill("SIGTERM");
    expect(await exitCodeOf(server)).toBe(0);
  });

  it("keeps every promise of one that was killed in the middle of stores", async () => {
    const killed = serve({ DATA_DIR: dataDir });
    let url = await urlOf(killed);
    const storing = keepStoring(6, () => url);
    await until(async () => storing.acknowledged.size > 5, EVENT_TIMEOUT_MS);
    killed.child.kill("SIGKILL");
    await killed.ended;
    const next = serve({ DATA_DIR: dataDir });
    url = await urlOf(next);
    const back = Date.now();
    await until(async () => storing.lastAt > back, EVENT_TIMEOUT_MS);
    await storing.stop();
    expect([...storing.failures]).toEqual(["no answer"]);
    await expectPromiseKept(storing, url, await databaseUrl());
  });
});
