import type { MikroORM } from "@mikro-orm/postgresql";
import { pino } from "pino";
import { afterAll, beforeAll } from "vitest";
import { connectOrm } from "../../src/database/connect.ts";
import { Database } from "../../src/database/database.ts";
import { purgeJobs } from "../../src/retention/purge.ts";
import type { TestService } from "../support/service.ts";

/** Connects to the database of a service in the role of retention, for the tests of a file. */
export function startRetention(service: Pick<TestService, "databaseUrl">): () => Database {
  let orm: MikroORM;
  beforeAll(async () => {
    orm = await connectOrm({
      url: service.databaseUrl,
      poolSize: 2,
      role: "results_storage_retention",
      log: pino({ level: "silent" }),
    });
  });
  afterAll(() => orm.close());
  return () => new Database(orm.em.fork());
}

/** Purges the jobs that are older than this number of days. */
export async function purgeOlderThan(retention: Database, olderThanDays: number): Promise<void> {
  const { batches } = await purgeJobs(retention, { olderThanDays }, "test");
  while (!(await batches.next()).done);
}
