import { setTimeout as sleep } from "node:timers/promises";
import { MikroORM } from "@mikro-orm/postgresql";
import { PostgresDialect } from "kysely";
import type { Logger } from "pino";
import { ormConfig } from "../../mikro-orm.config.ts";
import { DomainError, errorMessage } from "../lib/errors.ts";
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
  /** How long to wait for a connection without `timeouts`, in milliseconds; 10 s by default. */
  readonly connectMs?: number;
  /** Whether statements are prepared (prepared-client.ts); they are unless this is false. */
  readonly preparedStatements?: boolean;
  readonly log: Logger;
}

/** The ORM over a pool of its own. Connects with the first statement; `close()` ends the pool. */
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

/** Where the database is. */
interface DatabaseLocation {
  /** An existing PostgreSQL; undefined: the embedded one. */
  readonly databaseUrl: string | undefined;
  /** The data directory of the embedded one. */
  readonly dataDir: string;
}

/** A database to work on, and how to let go of it. */
export interface DatabaseHandle {
  readonly url: string;
  stop(): Promise<void>;
}

/** The existing database of DATABASE_URL, or else the embedded one, started; an empty one is made in an empty folder. */
export async function openDatabase(
  { databaseUrl, dataDir }: DatabaseLocation,
  log: Logger,
): Promise<DatabaseHandle> {
  if (databaseUrl !== undefined) return existing(databaseUrl);
  return startEmbeddedPostgres(dataDir, (message) => log.info(message));
}

/**
 * The same, for a command that has no use for an empty database.
 * @throws NoData where the embedded one would be made.
 */
export async function openExistingDatabase(
  { databaseUrl, dataDir }: DatabaseLocation,
  log: Logger,
): Promise<DatabaseHandle> {
  if (databaseUrl !== undefined) return existing(databaseUrl);
  return startExistingPostgres(dataDir, (message) => log.info(message));
}

/**
 * The same, for a command that may work beside the server: an embedded one that runs is used as it is, and goes on.
 * @throws NoData where the embedded one would be made.
 */
export async function joinDatabase(
  { databaseUrl, dataDir }: DatabaseLocation,
  log: Logger,
): Promise<DatabaseHandle> {
  if (databaseUrl !== undefined) return existing(databaseUrl);
  const url = await findEmbeddedPostgres(dataDir, (message) => log.info(message));
  return url === undefined ? openExistingDatabase({ databaseUrl, dataDir }, log) : existing(url);
}

/** Nobody's to stop here. */
function existing(url: string): DatabaseHandle {
  return { url, stop: async () => {} };
}

/** Between two attempts: well within the 3 s in which the service is to be back. */
const RETRY_MS = 1_000;

/**
 * Runs something that needs the database, again and again while none can be reached.
 * @throws Error of any other kind, which waiting would not mend; the signal's reason once it is aborted.
 */
export async function waitForDatabase<Result>(
  run: () => Promise<Result>,
  { log, signal }: { readonly log: Logger; readonly signal: AbortSignal | undefined },
): Promise<Result> {
  let said = "";
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await run();
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      // Once each, not every second.
      if (said !== errorMessage(error)) log.warn(`Waiting for the database. ${messageOf(error)}`);
      said = errorMessage(error);
    }
    await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Connecting to a name with several addresses fails with an error for each; our own errors wrap the driver's. */
function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (isConnectionFault(error) || isUnreachable(error.cause)) return true;
  return error instanceof AggregateError && error.errors.some(isUnreachable);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || errorMessage(error) : String(error);
}
