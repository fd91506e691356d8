import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import type { TestProject } from "vitest/node";
import { createOrm } from "../../src/database/connect.ts";
import { startEmbeddedPostgres } from "../../src/database/embedded/embedded-postgres.ts";
import { migrateUp } from "../../src/database/migrate.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** The database that every test file's own is cloned from: migrated, and empty. */
    templateUrl: string;
  }
}

/** One PostgreSQL for the whole run, with a migrated database in it that test files clone (database.ts). */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "results-storage-test-"));
  const postgres = await startEmbeddedPostgres(folder, () => {});
  const orm = await createOrm({ url: postgres.url, poolSize: 2, log: pino({ level: "silent" }) });
  await migrateUp(orm);
  await orm.close();
  project.provide("templateUrl", postgres.url);
  return async () => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
