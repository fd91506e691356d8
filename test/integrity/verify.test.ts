import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { expect, it } from "vitest";
import { connectOrm } from "../../src/database/connect.ts";
import { Database } from "../../src/database/database.ts";
import { type Verification, verify } from "../../src/integrity/verify.ts";
import { until } from "../database/embedded/server-process.ts";
import { store } from "../support/estimates.ts";
import { startService } from "../support/service.ts";
import { whileLocked } from "../support/while-locked.ts";
import { startChain } from "./chain.ts";

const service = startService();
const chain = startChain(service);

/** Sessions that wait for a lock. */
const WAITING =
  "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";

it("Verifying waits in peace where PostgreSQL ends transactions that do nothing", async () => {
  await store(service);
  await chain.seal();
  const orm = await connectOrm({
    url: service.databaseUrl,
    timeouts: { connectMs: 10_000, statementMs: 0, lockMs: 0, idleInTransactionMs: 100 },
    poolSize: 4,
    role: "results_storage_server",
    log: pino({ level: "silent" }),
  });
  let verifying: Promise<Verification> | undefined;
  await whileLocked(service.databaseUrl, "cost_results", async () => {
    verifying = verify(() => new Database(orm.em.fork()), 4, { range: {} });
    verifying.catch(() => undefined);
    await until(async () => (await service.sql(WAITING)).length > 0);
    // Five times as long as PostgreSQL lets a transaction do nothing.
    await sleep(500);
  });
  const found = await verifying?.finally(() => orm.close());
  expect(found).toMatchObject({ problemCount: 0, jobs: 1 });
});

it("Verifying refuses to find nothing because it could read nothing", async () => {
  await expect(verify(() => new Database(chain.orm.em.fork()), 1, { range: {} })).rejects.toThrow(
    "two connections",
  );
});
