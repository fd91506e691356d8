import { MikroORM } from "@mikro-orm/postgresql";
import { PostgresDialect } from "kysely";
import type { Logger } from "pino";
import { ormConfig } from "../../mikro-orm.config.ts";
import { DomainError } from "../errors.ts";
import { parseConnectionString } from "./connection-string.ts";
import { createPool, type PoolCounts } from "./pool.ts";
import { requirePostgres } from "./require-postgres.ts";
import { type DatabaseRole, withRole } from "./roles.ts";
import { CONNECT_MS, type DatabaseTimeouts, silenceLimit, withTimeouts } from "./timeouts.ts";

const PREPARED_LOST =
  "A connection pooler in front of PostgreSQL loses prepared statements, so the server prepares none from now on: each " +
  "request takes longer. Use PgBouncer 1.21 or later with max_prepared_statements = 300, or pool_mode = session; or " +
  "set DATABASE_PREPARED_STATEMENTS=off if it is to stay as it is.";

/** Where the database is, and who is told what it is asked. */
export interface DatabaseOptions {
  readonly url: string;
  readonly poolSize: number;
  /** The role that the connections take; without one, they have all rights of the URL's user. */
  readonly role?: DatabaseRole;
  /** Is shown the pool, to watch it. */
  readonly onPool?: ((pool: PoolCounts, size: number) => void) | undefined;
  /** Without them, statements take as long as they take. */
  readonly timeouts?: DatabaseTimeouts;
  /** Whether statements are prepared (prepared-client.ts); they are unless this is false. */
  readonly preparedStatements?: boolean;
  readonly log: Logger;
}

/** The ORM over a pool of its own. Connects with the first statement; `close()` ends the pool. */
export function createOrm(options: DatabaseOptions): Promise<MikroORM> {
  const { poolSize, timeouts, preparedStatements = true, onPool, log } = options;
  return MikroORM.init({
    ...ormConfig,
    dbName: parseConnectionString(options.url).database ?? "postgres",
    driverOptions: new PostgresDialect({
      pool: createPool({
        url: sessionUrl(options),
        size: poolSize,
        connectMs: timeouts?.connectMs ?? CONNECT_MS,
        silenceMs: timeouts && silenceLimit(timeouts),
        prepare: preparedStatements,
        onPreparedLost: (error) => log.warn({ err: error }, PREPARED_LOST),
        onPool,
        onError: (error) => reportBroken(log, error),
        onSilence: (ms) => log.error({ ms }, "the database was silent on a connection, which was replaced"),
      }),
    }),
    logger: (message) => log.debug(message),
  });
}

/** The URL whose sessions have the role and the timeouts. */
export function sessionUrl({ url, role, timeouts }: Omit<DatabaseOptions, "poolSize" | "log">): string {
  const timed = timeouts === undefined ? url : withTimeouts(url, timeouts);
  return role === undefined ? timed : withRole(timed, role);
}

/**
 * The ORM over a database that has been seen to work.
 * @throws DatabaseUnusable when it does not.
 */
export async function connectOrm(options: DatabaseOptions): Promise<MikroORM> {
  const orm = await createOrm(options);
  try {
    await requirePostgres(orm, options.url, options.role);
    return orm;
  } catch (error) {
    await orm.close();
    throw error;
  }
}

/** A connection that was cut because its user was cancelled is nothing to worry about. */
function reportBroken(log: Logger, error: Error): void {
  log[error instanceof DomainError ? "debug" : "warn"]({ err: error }, "a database connection broke");
}
