import type { MikroORM } from "@mikro-orm/postgresql";
import { readConfig } from "../config.ts";
import { migrateDown, migrateUp, migrationStatus } from "../database/migrate.ts";
import { connectOrm } from "../database/orm.ts";
import { openDatabase } from "../main.ts";
import { createLog } from "../telemetry/log.ts";

/** Runs the migrations that have not run yet, on the configured database. */
export const up = () => withDatabase(migrateUp);

/** Takes back the newest migration of the configured database. */
export const down = () => withDatabase(migrateDown);

/** Where the configured database is. */
export const status = () => withDatabase(migrationStatus);

async function withDatabase<Result>(run: (orm: MikroORM) => Promise<Result>): Promise<Result> {
  const config = readConfig(process.env);
  const log = createLog({ logLevel: "warn" });
  const database = await openDatabase(config, log);
  try {
    const url = config.ownerDatabaseUrl ?? database.url;
    const orm = await connectOrm({ url, poolSize: config.databasePoolSize, log });
    return await run(orm).finally(() => orm.close());
  } finally {
    await database.stop();
  }
}
