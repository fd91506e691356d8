import { setTimeout as sleep } from "node:timers/promises";
import { it } from "vitest";
import { query, until } from "../database/embedded/server-process.ts";
import { serve, urlOf } from "../support/served.ts";
import { ownPostgres } from "./own-postgres.ts";
import { expectPromiseKept, keepStoring } from "./storing.ts";
import { EVENT_TIMEOUT_MS } from "./timeouts.ts";

const postgres = ownPostgres();

it("A PostgreSQL with synchronous_commit=off that is killed loses nothing that was acknowledged", async () => {
  await query(postgres.url, "alter role all set synchronous_commit = off");
  // The maximum: asynchronous commits stay in memory for this time.
  await query(postgres.url, "alter system set wal_writer_delay = '10s'");
  await query(postgres.url, "select pg_reload_conf()");
  const server = serve({ DATABASE_URL: postgres.url, SEAL_INTERVAL_SECONDS: "0" });
  const url = await urlOf(server);
  const storing = keepStoring(8, () => url);
  for (let time = 0; time < 3; time++) {
    const before = storing.acknowledged.size;
    await until(async () => storing.acknowledged.size > before + 20, EVENT_TIMEOUT_MS);
    await sleep(Math.random() * 200);
    await postgres.kill();
    await postgres.start();
  }
  await storing.stop();
  await expectPromiseKept(storing, url, postgres.url);
});
