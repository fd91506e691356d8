import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { until } from "../database/embedded/server-process.ts";
import { createTestDatabase } from "../support/database.ts";
import { exitCodeOf, serve, urlOf } from "../support/served.ts";
import { keepAsking, readiness } from "./dashboards.ts";
import { expectPromiseKept, keepStoring } from "./storing.ts";
import { EVENT_TIMEOUT_MS } from "./timeouts.ts";

describe("64 dashboards and 8 stores at once", () => {
  it("are all answered, and told to stop, the service answers what it has accepted", async () => {
    const database = await createTestDatabase();
    const server = serve({ DATABASE_URL: database.url });
    const url = await urlOf(server);
    const asking = keepAsking(64, () => url);
    const storing = keepStoring(8, () => url);
    await sleep(4_000);
    await until(
      async () => storing.acknowledged.size > 8 && (asking.answers.get("ok") ?? 0) > 64,
      EVENT_TIMEOUT_MS,
    );
    expect([...storing.failures]).toEqual([]);
    expect([...asking.answers.keys()]).toEqual(["ok"]);
    expect(await readiness(url)).toBe("200 ready");

    server.child.kill("SIGTERM");
    expect(await exitCodeOf(server)).toBe(0);
    await Promise.all([asking.stop(), storing.stop()]);
    // Requests after the end got no connection; no request was cut off or refused.
    expect([...storing.failures]).toEqual(["no answer"]);
    expect(new Set(asking.answers.keys())).toEqual(new Set(["ok", "no answer"]));

    const next = serve({ DATABASE_URL: database.url });
    await expectPromiseKept(storing, await urlOf(next), database.url);
    next.child.kill("SIGTERM");
    await next.ended;
    await database.drop();
  });
});
