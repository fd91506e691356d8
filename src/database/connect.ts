import { setTimeout as sleep } from "node:timers/promises";
import { MikroORM } from "@mikro-orm/postgresql";
import { PostgresDialect } from "kysely";
import type { Logger } from "pino";
import { ormConfig } from "../../mikro-orm.config.ts";
import { DomainError, errorMessage, ownMessage } from "../lib/errors.ts";
import { parseConnectionString } from "./connection-string.ts";
import {
  findEmbeddedPostgres,
  startEmbeddedPostgres,
  startExistingPostgres,
} from "./embedded/embedded-postgres.ts";
import { isConnectionFault } from "./faults.ts";
import { createPool, type PoolCounts } from "./pool.ts";
import {
  CONNECT_MS,
  type DatabaseRole,
  type DatabaseTimeouts,
  silenceLimit,
  withRole,
  withTimeouts,
} from "./session.ts";
import { requirePostgres } from "./startup-checks.ts";

const PREPARED_LOST =
  "A connection pooler in front of PostgreSQL loses prepared statements, so the server prepares none from now on: each " +
  "request takes longer. Use PgBouncer 1.21 or later with max_prepared_statements = 300, or pool_mode = session; or " +
  "set DATABASE_PREPARED_STATEMENTS=off to keep the configuration of the pooler.";

/** The database, and the properties of its connections. */
export interface DatabaseOptions {
  readonly url: string;
  readonly poolSize: number;
  /** The role of the connections. Without a role, the connections have all rights of the URL's user. */
  readonly role?: DatabaseRole;
  /** The callback receives the pool and its size once, for metrics. */
  readonly onPool?: ((pool: PoolCounts, size: number) => void) | undefined;
  /** Without timeouts, statements have no time limit. */
  readonly timeouts?: DatabaseTimeouts;
  /** The connection timeout without `timeouts`, in milliseconds; 10 s by default. */
  readonly connectMs?: number;
  /** Whether statements are prepared (PreparedStatements in pool.ts); true by default. */
  readonly preparedStatements?: boolean;
  readonly log: Logger;
}

/**
 * Creates the ORM with a pool. The first statement opens the first connection; `close()` ends the pool.
 * @throws InvalidConnectionString when the URL is invalid.
 */
export function createOrm(options: DatabaseOptions): Promise<MikroORM> {
  const { poolSize, timeouts, connectMs = CONNECT_MS, preparedStatements = true, onPool, log } = options;
  return MikroORM.init({
    ...ormConfig,
    dbName: parseConnectionString(options.url).database ?? "postgres",
    driverOptions: new PostgresDialect({
      pool: createPool({
        url: sessionUrl(options),
        size: poolSize,
        connectMs: timeouts?.connectMs ?? connectMs,
        silenceMs: timeouts && silenceLimit(timeouts),
        prepare: preparedStatements,
        onPreparedLost: (error) => log.warn({ err: error }, PREPARED_LOST),
        onPool,
        onError: (error) => reportBroken(log, error),
        onSilence: (ms) =>
          log.error({ ms }, "the database sent no data on a connection, and the connection was replaced"),
      }),
    }),
    logger: (message) => log.debug(message),
  });
}

/**
 * The URL whose sessions have the role and the timeouts.
 * @throws InvalidConnectionString when the URL is invalid.
 */
export function sessionUrl({ url, role, timeouts }: Omit<DatabaseOptions, "poolSize" | "log">): string {
  const timed = timeouts === undefined ? url : withTimeouts(url, timeouts);
  return role === undefined ? timed : withRole(timed, role);
}

/**
 * Creates the ORM and checks the first connection.
 * @throws DatabaseUnusable when the database cannot be used (see requirePostgres).
 * @throws InvalidConnectionString when the URL is invalid.
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

/** A DomainError is the reason of a cancelled request, whose connection is closed on purpose. It needs no warning. */
function reportBroken(log: Logger, error: Error): void {
  log[error instanceof DomainError ? "debug" : "warn"]({ err: error }, "a database connection broke");
}

/** The location of the database. */
interface DatabaseLocation {
  /** The URL of an existing PostgreSQL; undefined: the embedded PostgreSQL is used. */
  readonly databaseUrl: string | undefined;
  /** The data directory of the embedded PostgreSQL. */
  readonly dataDir: string;
}

/** An open database. `stop` stops an embedded PostgreSQL that this process has started. */
interface DatabaseHandle {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Opens the existing database of DATABASE_URL. If DATABASE_URL is not set, the embedded PostgreSQL is started; in an
 * empty folder, an empty database is created.
 * @throws EmbeddedPostgresError when the embedded PostgreSQL cannot be started.
 */
export async function openDatabase(
  { databaseUrl, dataDir }: DatabaseLocation,
  log: Logger,
): Promise<DatabaseHandle> {
  if (databaseUrl !== undefined) return existing(databaseUrl);
  return startEmbeddedPostgres(dataDir, (message) => log.info(message));
}

/**
 * Opens the database like `openDatabase`, but creates none. For commands that cannot use an empty database.
 * @throws NoData when the data folder has no database.
 * @throws EmbeddedPostgresError when the embedded PostgreSQL cannot be started.
 */
export async function openExistingDatabase(
  { databaseUrl, dataDir }: DatabaseLocation,
  log: Logger,
): Promise<DatabaseHandle> {
  if (databaseUrl !== undefined) return existing(databaseUrl);
  return startExistingPostgres(dataDir, (message) => log.info(message));
}

/**
 * Opens the database like `openExistingDatabase`, for commands that can run beside the server. A running embedded
 * PostgreSQL is used as it is, and `stop` does not stop it.
 * @throws NoData when the data folder has no database.
 * @throws EmbeddedPostgresError when the embedded PostgreSQL cannot be started.
 */
export async function joinDatabase(
  { databaseUrl, dataDir }: DatabaseLocation,
  log: Logger,
): Promise<DatabaseHandle> {
  if (databaseUrl !== undefined) return existing(databaseUrl);
  const url = await findEmbeddedPostgres(dataDir, (message) => log.info(message));
  return url === undefined ? openExistingDatabase({ databaseUrl, dataDir }, log) : existing(url);
}

/** A database that this process does not stop. */
function existing(url: string): DatabaseHandle {
  return { url, stop: async () => {} };
}

/** The time between two attempts, well below the 3 s in which the service has to work again after a failover. */
const RETRY_MS = 1_000;

/**
 * Runs a function that needs the database, and repeats the call while the database is unreachable.
 * @throws any other error of the function: another attempt would fail too.
 * @throws the signal's reason when the signal is aborted.
 */
export async function waitForDatabase<Result>(
  run: () => Promise<Result>,
  { log, signal }: { readonly log: Logger; readonly signal: AbortSignal | undefined },
): Promise<Result> {
  let lastMessage = "";
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await run();
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      // Each message is logged once, not every second.
      if (lastMessage !== errorMessage(error)) log.warn(`Waiting for the database. ${ownMessage(error)}`);
      lastMessage = errorMessage(error);
    }
    await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/**
 * A host name with several addresses causes an AggregateError, with one error for each address. Errors of this project,
 * such as DatabaseUnusable, have the driver's error as their cause.
 */
function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (isConnectionFault(error) || isUnreachable(error.cause)) return true;
  return error instanceof AggregateError && error.errors.some(isUnreachable);
}
