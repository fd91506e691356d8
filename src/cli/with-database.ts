import type { MikroORM } from "@mikro-orm/postgresql";
import type { Logger } from "pino";
import { type Config, readConfig } from "../config.ts";
import type { DatabaseHandle } from "../database/open-database.ts";
import { connectOrm } from "../database/orm.ts";
import type { DatabaseRole } from "../database/roles.ts";
import { createLog } from "../telemetry/log.ts";
import { ownerNeeded } from "./owner-needed.ts";

/** How a command gets at the configured database, and as whom it works there. */
export interface DatabaseAccess {
  readonly open: (config: Config, log: Logger) => Promise<DatabaseHandle>;
  /** The role to take; without one, the command has all rights of the owner of the tables. */
  readonly role?: DatabaseRole;
}

/**
 * Runs something on the configured database as the owner of its tables, or in a role, and lets go of it again.
 * @param run is given how many connections it may use: as many as the server.
 * @throws DatabaseUnusable when it takes the owner, and the login is another's.
 */
export async function withDatabase<Result>(
  { open, role }: DatabaseAccess,
  run: (orm: MikroORM, poolSize: number) => Promise<Result>,
): Promise<Result> {
  const config = readConfig(process.env);
  const log = createLog({ logLevel: "warn" });
  const database = await open(config, log);
  try {
    const url = config.ownerDatabaseUrl ?? database.url;
    const orm = await connectOrm({ url, poolSize: config.databasePoolSize, role, log });
    try {
      return await run(orm, config.databasePoolSize);
    } catch (error) {
      throw role === undefined ? await ownerNeeded(error, orm, config) : error;
    } finally {
      await orm.close();
    }
  } finally {
    await database.stop();
  }
}
