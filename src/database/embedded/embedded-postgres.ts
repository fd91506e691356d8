import { dirname, join, resolve } from "node:path";
import type { Client } from "pg";
import {
  CLUSTER,
  type Cluster,
  clusterIn,
  createCluster,
  hasData,
  locateData,
  NAME,
  passwordOf,
  SYSTEM_FOLDER,
} from "./cluster.ts";
import { connectAndLock, createDatabase } from "./connection.ts";
import { findBinaries } from "./install.ts";
import { DataDirLock } from "./lock.ts";
import { findPostmaster, shrinkLog, stopServer } from "./server.ts";
import {
  EmbeddedPostgresError,
  exists,
  messageOf,
  NoData,
  ownerOf,
  removeDrafts,
  unprivilegedUser,
} from "./system.ts";

/** An embedded PostgreSQL whose lock this process holds. */
export interface EmbeddedPostgres {
  /** `postgresql://user:password@127.0.0.1:port/results_storage?sslmode=disable`; constant until `stop`. */
  readonly url: string;
  /**
   * Stops PostgreSQL and releases the lock, unless another process has acquired the lock. The method may be called more
   * than once.
   * @throws EmbeddedPostgresError when PostgreSQL does not stop.
   */
  stop(): Promise<void>;
}

const SHRINK_LOG_EVERY_MS = 60 * 60 * 1000;

/**
 * Starts the PostgreSQL with the data in `dataDir`, or uses the running PostgreSQL, and acquires the lock for this
 * process. The connection of the lock keeps the process alive until `stop`. If the process is killed, PostgreSQL
 * continues to run.
 * @throws DataDirInUse when another server process holds the lock.
 * @throws EmbeddedPostgresError, with the next step, for any other failure.
 */
export async function startEmbeddedPostgres(
  dataDir: string,
  log: (message: string) => void,
): Promise<EmbeddedPostgres> {
  try {
    return await start(resolve(dataDir), log);
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) throw error;
    throw new EmbeddedPostgresError(
      `The embedded PostgreSQL in ${dataDir} cannot be started: ${messageOf(error)}. Choose another data folder, ` +
        "or set DATABASE_URL to an existing PostgreSQL.",
      { cause: error },
    );
  }
}

/**
 * Starts the PostgreSQL of a `dataDir` that has data. The function never creates a database.
 * @throws NoData when the folder has no data.
 * @throws the errors of `startEmbeddedPostgres`.
 */
export async function startExistingPostgres(
  dataDir: string,
  log: (message: string) => void,
): Promise<EmbeddedPostgres> {
  if (!(await hasData(resolve(dataDir)))) throw new NoData(dataDir);
  return startEmbeddedPostgres(dataDir, log);
}

/**
 * The URL of the PostgreSQL that runs with the data in `dataDir`; undefined when no such PostgreSQL accepts
 * connections. For commands that run beside the server. The function does not acquire the lock, so the server may stop
 * PostgreSQL during the command. The function creates no database.
 * @throws EmbeddedPostgresError when the data or the programs of PostgreSQL cannot be used.
 */
export async function findEmbeddedPostgres(
  dataDir: string,
  log: (message: string) => void,
): Promise<string | undefined> {
  if (!(await hasData(resolve(dataDir)))) return undefined;
  const cluster = await prepare(resolve(dataDir), log);
  const running = await findPostmaster(cluster.data);
  return running?.ready && running.port !== undefined ? urlOf(cluster, running.port) : undefined;
}

async function start(dataDir: string, log: (message: string) => void): Promise<EmbeddedPostgres> {
  const cluster = await prepare(dataDir, log);
  const { client, port } = await connectAndLock(cluster, dataDir);
  const lock = new DataDirLock(client, () => reacquire(cluster, dataDir, port), log);
  const stop = stopper(cluster, lock, log);
  try {
    await removeDrafts(cluster.folder);
    await createDatabase(client);
    log(
      `PostgreSQL listens at 127.0.0.1:${port}. Its data is in ${cluster.data}, its log is ${cluster.log}.`,
    );
    return { url: await urlOf(cluster, port), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Creates the cluster unless it exists, in a folder that PostgreSQL's account can enter. */
async function prepare(dataDir: string, log: (message: string) => void): Promise<Cluster> {
  const user = await unprivilegedUser();
  const home = await locateData(dataDir, user);
  if (dirname(home) === SYSTEM_FOLDER) {
    log(
      `PostgreSQL does not run as root, and no other account can enter ${dataDir}: the data is in ${home}.`,
    );
  }
  const folder = join(home, CLUSTER);
  // If the preferred account was added to the machine later, another account owns the data.
  const owner = user && ((await ownerOf(folder)) ?? user);
  const binaries = await findBinaries(owner, SYSTEM_FOLDER);
  const cluster = clusterIn(folder, binaries, owner);
  refuseSpecialCharacters([cluster.folder, binaries.pgCtl]);
  if (!(await exists(folder))) log(`Creating a database in ${folder}. This happens once.`);
  await createCluster(cluster);
  return cluster;
}

async function urlOf(cluster: Cluster, port: number): Promise<string> {
  return `postgresql://${NAME}:${await passwordOf(cluster)}@127.0.0.1:${port}/${NAME}?sslmode=disable`;
}

/** Acquires the lock again. Clients use the first port, so a PostgreSQL at another port is not usable. */
async function reacquire(cluster: Cluster, dataDir: string, port: number): Promise<Client> {
  const held = await connectAndLock(cluster, dataDir, port);
  if (held.port === port) return held.client;
  await held.client.end();
  throw new EmbeddedPostgresError(`Its port changed from ${port} to ${held.port}: restart the service.`);
}

function stopper(cluster: Cluster, lock: DataDirLock, log: (message: string) => void): () => Promise<void> {
  const shrinking = setInterval(() => shrinkLog(cluster.log), SHRINK_LOG_EVERY_MS).unref();
  let stopping: Promise<void> | undefined;
  const stop = async () => {
    clearInterval(shrinking);
    const client = await lock.release();
    if (client === undefined)
      return log("PostgreSQL is not stopped, because this process no longer holds the lock of its data.");
    // The connection ends last. Otherwise another process could acquire the lock of a server that is about to stop.
    await stopServer(cluster).finally(() => client.end());
  };
  return () => {
    stopping ??= stop();
    return stopping;
  };
}

/** pg_ctl puts paths between double quotes in a shell command, without further quoting. */
function refuseSpecialCharacters(paths: readonly string[]): void {
  if (process.platform === "win32") return;
  const path = paths.find((candidate) => /["$`\\\n]/.test(candidate));
  if (path === undefined) return;
  throw new EmbeddedPostgresError(
    `PostgreSQL cannot be started with the path ${path}: it must not contain any of " $ \` \\ or a line break.`,
  );
}
