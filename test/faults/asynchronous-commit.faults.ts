import { setTimeout as sleep } from "node:timers/promises";
import { it } from "vitest";
import { query, until } from "../database/embedded/server-process.ts";
import { serve, urlOf } from "../support/served.ts";
import { ownPostgres } from "./own-postgres.ts";
import { PATIENCE_MS } from "./patience.ts";
import { expectPromiseKept, keepStoring } from "./storing.ts";

const postgres = ownPostgres();

it("A PostgreSQL with synchronous_commit=off that is killed loses nothing that was acknowledged", async () => {
  await query(postgres.url, "alter role all set synchronous_commit = off");
  // PostgreSQL's longest: what is committed asynchronously stays in memory until then.
  await query(postgres.url, "alter system set wal_writer_delay = '10s'");
  await query(postgres.url, "select pg_reload_conf()");
  const server = serve({ DATABASE_URL: postgres.url, SEAL_INTERVAL_SECONDS: "0" });
  const url = await urlOf(server);
  const storing = keepStoring(8, () => url);
  for (let time = 0; time < 3; time++) {
    const before = storing.acknowledged.size;
    await until(async () => storing.acknowledged.size > before + 20, PATIENCE_MS);
    await sleep(Math.random() * 200);
    await postgres.kill();
    await postgres.start();
  }
  await storing.stop();
  await expectPromiseKept(storing, url, postgres.url);
});
