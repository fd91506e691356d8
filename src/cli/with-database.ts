import type { MikroORM } from "@mikro-orm/postgresql";
import { readConfig } from "../config.ts";
import { connectOrm, joinDatabase, openDatabase, openExistingDatabase } from "../database/connect.ts";
import { Database } from "../database/database.ts";
import type { DatabaseRole } from "../database/session.ts";
import { DatabaseUnusable, mayMigrate, requireMigrated } from "../database/startup-checks.ts";
import { createLog } from "../telemetry/log.ts";

/**
 * Runs a command on the migrated tables of the configured database. A server may use the database at the same time.
 * @param role the role of the connections; undefined: the owner of the tables.
 * @param run gets a function that opens a database session, and the number of sessions that it may open.
 */
export function withTables<Result>(
  role: DatabaseRole | undefined,
  run: (openSession: () => Database, poolSize: number) => Promise<Result>,
): Promise<Result> {
  return withDatabase({ mode: "join", role }, async (orm, poolSize) => {
    await requireMigrated(orm);
    return run(() => new Database(orm.em.fork()), poolSize);
  });
}

/** `create` initializes a missing embedded database; `existing` and `join` fail; `join` may use one that is running. */
const OPEN = { create: openDatabase, existing: openExistingDatabase, join: joinDatabase } as const;

interface DatabaseAccess {
  readonly mode: keyof typeof OPEN;
  /** The role of the connections; undefined: the owner of the tables. */
  readonly role?: DatabaseRole | undefined;
}

/**
 * Runs a command on the configured database, then closes it.
 * @param run gets the number of connections that it may use: the pool size of the server.
 * @throws DatabaseUnusable when the command needs the owner of the tables and the login is a different one.
 */
export async function withDatabase<Result>(
  { mode, role }: DatabaseAccess,
  run: (orm: MikroORM, poolSize: number) => Promise<Result>,
): Promise<Result> {
  const config = readConfig(process.env);
  const log = createLog({ logLevel: "warn" });
  const database = await OPEN[mode](config, log);
  try {
    const url = config.ownerDatabaseUrl ?? database.url;
    const { connectMs } = config.databaseTimeouts;
    const orm = await connectOrm({ url, poolSize: config.databasePoolSize, role, connectMs, log });
    try {
      return await run(orm, config.databasePoolSize);
    } catch (error) {
      if (role === undefined && isPermissionDenied(error) && !(await mayMigrate(orm))) {
        throw ownerRequired(error, config.ownerDatabaseUrl);
      }
      throw error;
    } finally {
      await orm.close();
    }
  } finally {
    await database.stop();
  }
}

/** SQLSTATE insufficient_privilege. */
const INSUFFICIENT_PRIVILEGE = "42501";

function isPermissionDenied(error: unknown): error is Error {
  return error instanceof Error && "code" in error && error.code === INSUFFICIENT_PRIVILEGE;
}

/** PostgreSQL names the table without permission, but not the login that has it. */
function ownerRequired(error: Error, ownerDatabaseUrl: string | undefined): DatabaseUnusable {
  const setting = ownerDatabaseUrl === undefined ? "DATABASE_URL" : "OWNER_DATABASE_URL";
  return new DatabaseUnusable(
    `The login of ${setting} lacks a permission (${error.message}): the command needs the owner of the tables. Set ` +
      "OWNER_DATABASE_URL, together with DATABASE_URL, to the same database with the owner's login (docs/operations/access.md, Database roles).",
    { cause: error },
  );
}
