import type { MikroORM } from "@mikro-orm/postgresql";
import type { Logger } from "pino";
import { type Config, readConfig } from "../config.ts";
import { connectOrm, type DatabaseHandle } from "../database/connect.ts";
import type { DatabaseRole } from "../database/session.ts";
import { DatabaseUnusable, mayMigrate } from "../database/startup-checks.ts";
import { createLog } from "../telemetry/log.ts";

/** How a command gets at the configured database, and as whom it works there. */
interface DatabaseAccess {
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
    const { connectMs } = config.databaseTimeouts;
    const orm = await connectOrm({ url, poolSize: config.databasePoolSize, role, connectMs, log });
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

/** PostgreSQL's insufficient_privilege. */
const NOT_PERMITTED = "42501";

/**
 * What a command that works as the owner of the tables fails with. PostgreSQL tells a login that is not the owner which
 * table it may not touch, and not which login may: that is said here. What it tells the owner stays as it is.
 */
async function ownerNeeded(error: unknown, orm: MikroORM, { ownerDatabaseUrl }: Config): Promise<unknown> {
  if (!(error instanceof Error && "code" in error && error.code === NOT_PERMITTED)) return error;
  if (await mayMigrate(orm)) return error;
  const setting = ownerDatabaseUrl === undefined ? "DATABASE_URL" : "OWNER_DATABASE_URL";
  return new DatabaseUnusable(
    `The login of ${setting} may not do this (${error.message}): it takes the owner of the tables. Set ` +
      "OWNER_DATABASE_URL, beside DATABASE_URL, to the same database with the owner's login (docs/operations.md, Roles).",
    { cause: error },
  );
}
