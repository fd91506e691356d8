import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { type Cluster, NAME, passwordOf } from "./cluster.ts";
import { ensureRunning } from "./server.ts";
import { codeOf, DataDirInUse, EmbeddedPostgresError, messageOf } from "./system.ts";

/**
 * The key of the data folder's advisory lock. Advisory locks are per database, and no other client uses the database
 * named postgres.
 */
const LOCK = 1;

/** The lock timeout. PostgreSQL may need a moment to notice that the last holder has died. */
const LOCK_WAIT = "2s";

/** The time in milliseconds during which the connection to a stopped server is retried. */
const RETRY_MS = 10_000;

const LOCK_NOT_AVAILABLE = "55P03";

/** The start of the application_name of the holder's connection. The pid of the holder follows. */
const HOLDER = "results-storage holder ";

/** A connection that holds the lock of the data folder until the connection ends, and the port of the connection. */
interface HeldConnection {
  readonly client: Client;
  readonly port: number;
}

/**
 * Starts PostgreSQL unless it runs, and acquires the lock of the data folder. PostgreSQL releases the lock when the
 * holder dies, so the lock is never stale.
 * @throws DataDirInUse when another process holds the lock.
 * @throws EmbeddedPostgresError when PostgreSQL does not start, or refuses the login.
 */
export async function connectAndLock(
  cluster: Cluster,
  dataDir: string,
  wantedPort?: number,
): Promise<HeldConnection> {
  const begin = Date.now();
  for (;;) {
    const port = await ensureRunning(cluster, wantedPort);
    try {
      return { client: await lockAt(port, cluster, dataDir), port };
    } catch (error) {
      if (error instanceof EmbeddedPostgresError) throw error;
      // Another process may be stopping this PostgreSQL. The next attempt starts PostgreSQL again.
      if (Date.now() - begin > RETRY_MS) throw refused(cluster, error);
    }
    await sleep(100);
  }
}

/**
 * Creates the service's database unless it exists. Only the holder of the lock may call this function: two processes at
 * the same time would conflict.
 * @throws PostgreSQL's error when the database cannot be created.
 */
export async function createDatabase(client: Client): Promise<void> {
  const { rowCount } = await client.query("SELECT FROM pg_database WHERE datname = $1", [NAME]);
  if (rowCount === 0) await client.query(`CREATE DATABASE ${NAME}`);
}

async function lockAt(port: number, cluster: Cluster, dataDir: string): Promise<Client> {
  const client = new Client({
    host: "127.0.0.1",
    port,
    user: NAME,
    password: await passwordOf(cluster),
    database: "postgres",
    ssl: false,
    application_name: `${HOLDER}${process.pid}`,
    connectionTimeoutMillis: 10_000,
  });
  // Without a listener, an "error" event from PostgreSQL would end this process. The event "end" follows, and reports
  // the loss.
  client.on("error", () => undefined);
  try {
    await client.connect();
    await lock(client, dataDir);
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

async function lock(client: Client, dataDir: string): Promise<void> {
  try {
    await client.query(`SET lock_timeout = '${LOCK_WAIT}'`);
    await client.query("SELECT pg_advisory_lock($1)", [LOCK]);
  } catch (error) {
    if (codeOf(error) !== LOCK_NOT_AVAILABLE) throw error;
    throw new DataDirInUse(dataDir, await holderOf(client));
  }
}

async function holderOf(client: Client): Promise<number | undefined> {
  const { rows } = await client.query<{ application_name: string }>(
    `SELECT application_name FROM pg_stat_activity JOIN pg_locks USING (pid)
      WHERE locktype = 'advisory' AND granted AND objid = $1 AND datname = current_database()`,
    [LOCK],
  );
  return Number(rows[0]?.application_name.slice(HOLDER.length)) || undefined;
}

function refused({ data, passwordFile }: Cluster, error: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `PostgreSQL in ${data} runs, but refuses the login with the password of ${passwordFile}: ${messageOf(error)}`,
    { cause: error },
  );
}
