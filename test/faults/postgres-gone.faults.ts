import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { until } from "../database/embedded/server-process.ts";
import { listeningUrlOf, serve, urlOf } from "../support/served.ts";
import { ask, keepAsking, readiness } from "./dashboards.ts";
import { ownPostgres } from "./own-postgres.ts";
import { expectPromiseKept, keepStoring } from "./storing.ts";
import { EVENT_TIMEOUT_MS, RECOVERY_MS } from "./timeouts.ts";

const postgres = ownPostgres();

/** How long PostgreSQL stays away: longer than the timeout of a connection, so that every kind of waiting ends. */
const AWAY_MS = 15_000;

describe("A PostgreSQL that is not there", () => {
  it("is waited for at the start, and migrated once it is there", async () => {
    await postgres.kill();
    const server = serve({ DATABASE_URL: postgres.url });
    const url = await listeningUrlOf(server);
    expect(await readiness(url)).toBe("503 waiting for the database");
    expect(await ask(url, "{ jobs { totalCount } }")).toBe("SERVICE_UNAVAILABLE");

    await postgres.start();
    // Migrating takes as long as it takes.
    await until(async () => (await readiness(url)) === "200 ready", EVENT_TIMEOUT_MS);
    expect(await ask(url, "{ jobs { totalCount } }")).toBe("ok");
  });

  it("loses nothing that was acknowledged when it is killed in the middle of stores, time and again", async () => {
    const server = serve({ DATABASE_URL: postgres.url });
    const url = await urlOf(server);
    const storing = keepStoring(8, () => url);
    const asking = keepAsking(8, () => url);
    for (let time = 0; time < 3; time++) {
      await until(async () => storing.lastAt > 0, EVENT_TIMEOUT_MS);
      await sleep(700);
      await postgres.kill();
      await sleep(300);
      await postgres.start();
      const back = Date.now();
      await until(async () => storing.lastAt > back && asking.lastAt > back, EVENT_TIMEOUT_MS);
      expect(Math.min(storing.lastAt, asking.lastAt) - back).toBeLessThan(RECOVERY_MS);
    }
    await Promise.all([storing.stop(), asking.stop()]);
    expect([...storing.failures]).toEqual(["SERVICE_UNAVAILABLE"]);
    expect(new Set(asking.answers.keys())).toEqual(new Set(["ok", "SERVICE_UNAVAILABLE"]));
    await expectPromiseKept(storing, url, postgres.url);
    expect(server.child.exitCode).toBeNull();
  });

  it("is reported as unavailable under load, and serves requests again after its return", async () => {
    const server = serve({ DATABASE_URL: postgres.url });
    const url = await urlOf(server);
    const storing = keepStoring(4, () => url);
    const asking = keepAsking(16, () => url);
    await until(async () => storing.lastAt > 0 && asking.lastAt > 0, EVENT_TIMEOUT_MS);
    await postgres.kill();
    await until(async () => (await readiness(url)) === "503 the database does not answer", EVENT_TIMEOUT_MS);
    await sleep(AWAY_MS);
    expect(await readiness(url)).toBe("503 the database does not answer");
    expect((await fetch(`${url}/health/live`)).status).toBe(200);

    await postgres.start();
    const back = Date.now();
    await until(async () => storing.lastAt > back && asking.lastAt > back, EVENT_TIMEOUT_MS);
    expect(Math.min(storing.lastAt, asking.lastAt) - back).toBeLessThan(RECOVERY_MS);
    expect(await readiness(url)).toBe("200 ready");
    await Promise.all([storing.stop(), asking.stop()]);
    expect([...storing.failures]).toEqual(["SERVICE_UNAVAILABLE"]);
    await expectPromiseKept(storing, url, postgres.url);
  });
});

describe("A PostgreSQL that hangs", () => {
  it("makes the service not ready within a second or so, and is answered from again when it goes on", async () => {
    const server = serve({
      DATABASE_URL: postgres.url,
      DATABASE_STATEMENT_TIMEOUT_S: "1",
      DATABASE_IDLE_TIMEOUT_S: "1",
    });
    const url = await urlOf(server);
    expect(await readiness(url)).toBe("200 ready");
    const storing = keepStoring(12, () => url);
    await until(async () => storing.lastAt > 0, EVENT_TIMEOUT_MS);
    await postgres.freeze();
    // Past the time for which the last look is good.
    await sleep(300);
    const begin = Date.now();
    expect(await readiness(url)).toBe("503 the database does not answer");
    expect(Date.now() - begin).toBeLessThan(2_000);
    expect((await fetch(`${url}/health/live`)).status).toBe(200);

    // A running statement fails 5 s after PostgreSQL's own timeout; a waiting one, sooner.
    await until(async () => storing.failures.has("SERVICE_UNAVAILABLE"), EVENT_TIMEOUT_MS);
    await until(
      async () => server.stderr.includes("the database sent no data on a connection"),
      EVENT_TIMEOUT_MS,
    );
    await postgres.thaw();
    const back = Date.now();
    await until(async () => storing.lastAt > back, EVENT_TIMEOUT_MS);
    expect(storing.lastAt - back).toBeLessThan(RECOVERY_MS);
    await storing.stop();
    expect([...storing.failures]).toEqual(["SERVICE_UNAVAILABLE"]);
    await expectPromiseKept(storing, url, postgres.url);
  });
});
