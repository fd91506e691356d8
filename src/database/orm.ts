import { MikroORM } from "@mikro-orm/postgresql";
import { PostgresDialect } from "kysely";
import type { Logger } from "pino";
import { ormConfig } from "../../mikro-orm.config.ts";
import { createPool, type PoolCounts } from "./pool.ts";
import { requirePostgres } from "./require-postgres.ts";
import { type DatabaseRole, withRole } from "./roles.ts";

/** Where the database is, and who is told what it is asked. */
export interface DatabaseOptions {
  readonly url: string;
  readonly poolSize: number;
  /** The role that the connections take; without one, they have all rights of the URL's user. */
  readonly role?: DatabaseRole;
  /** Is shown the pool, to watch it. */
  readonly onPool?: ((pool: PoolCounts, size: number) => void) | undefined;
  readonly log: Logger;
}

/** The ORM over a pool of its own. Connects with the first statement; `close()` ends the pool. */
export function createOrm({ url, poolSize, role, onPool, log }: DatabaseOptions): Promise<MikroORM> {
  const pool = createPool({
    url: role === undefined ? url : withRole(url, role),
    size: poolSize,
    onError: (error) => log.warn({ err: error }, "a database connection broke"),
  });
  onPool?.(pool, poolSize);
  return MikroORM.init({
    ...ormConfig,
    dbName: databaseName(url),
    driverOptions: new PostgresDialect({ pool }),
    logger: (message) => log.debug(message),
  });
}

/**
 * The ORM over a database that has been seen to work.
 * @throws DatabaseUnusable when it does not.
 */
export async function connectOrm(options: DatabaseOptions): Promise<MikroORM> {
  const orm = await createOrm(options);
  try {
    await requirePostgres(orm, options.url, options.role);
    // Statements need it not, but without it MikroORM calls the database not connected, and /health/ready says so.
    await orm.connect();
    return orm;
  } catch (error) {
    await orm.close();
    throw error;
  }
}

function databaseName(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1)) || "postgres";
}
