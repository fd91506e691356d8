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

/** A PostgreSQL of our own, held by this process. */
export interface EmbeddedPostgres {
  /** `postgresql://user:password@127.0.0.1:port/results_storage?sslmode=disable`; stays the same until `stop`. */
  readonly url: string;
  /** Stops PostgreSQL and gives up the hold, unless another process has taken it. May be called more than once. */
  stop(): Promise<void>;
}

const SHRINK_LOG_EVERY_MS = 60 * 60 * 1000;

/**
 * Starts (or finds running) the PostgreSQL that keeps its data in `dataDir`, and takes hold of it for this process.
 * Its connection keeps the process alive until `stop`; PostgreSQL itself outlives a process that is killed.
 * @throws DataDirInUse when another server process holds it; EmbeddedPostgresError, with what to do, otherwise.
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
 * Starts the PostgreSQL of a `dataDir` that has data, and never makes one.
 * @throws NoData when there is none; otherwise as `startEmbeddedPostgres`.
 */
export async function startExistingPostgres(
  dataDir: string,
  log: (message: string) => void,
): Promise<EmbeddedPostgres> {
  if (!(await hasData(resolve(dataDir)))) throw new NoData(dataDir);
  return startEmbeddedPostgres(dataDir, log);
}

/**
 * The URL of the PostgreSQL that runs on `dataDir`, whoever holds it; undefined when none takes connections. For a
 * command beside the server: it takes no hold, so the server may stop PostgreSQL in the middle of it. Makes nothing.
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
  const hold = new DataDirLock(client, () => takeAgain(cluster, dataDir, port), log);
  const stop = stopper(cluster, hold, log);
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

/** Sees to it that the cluster is on the disk, somewhere PostgreSQL can use it. */
async function prepare(dataDir: string, log: (message: string) => void): Promise<Cluster> {
  const user = await unprivilegedUser();
  const home = await locateData(dataDir, user);
  if (dirname(home) === SYSTEM_FOLDER) {
    log(
      `PostgreSQL does not run as root, and no other account can enter ${dataDir}: the data is in ${home}.`,
    );
  }
  const folder = join(home, CLUSTER);
  // An account that has been added to the machine since does not own the data.
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

/** Clients know the port, so PostgreSQL is no use to them at another one. */
async function takeAgain(cluster: Cluster, dataDir: string, port: number): Promise<Client> {
  const held = await connectAndLock(cluster, dataDir, port);
  if (held.port === port) return held.client;
  await held.client.end();
  throw new EmbeddedPostgresError(`It has moved from port ${port} to ${held.port}: restart the service.`);
}

function stopper(cluster: Cluster, hold: DataDirLock, log: (message: string) => void): () => Promise<void> {
  const shrinking = setInterval(() => shrinkLog(cluster.log), SHRINK_LOG_EVERY_MS).unref();
  let stopping: Promise<void> | undefined;
  const stop = async () => {
    clearInterval(shrinking);
    const client = await hold.release();
    if (client === undefined) return log("PostgreSQL is not ours to stop: the hold of its data is lost.");
    // In this order, or another process could take a server that is about to stop.
    await stopServer(cluster).finally(() => client.end());
  };
  return () => {
    stopping ??= stop();
    return stopping;
  };
}

/** pg_ctl puts paths between double quotes in a command of the shell, and quotes them no further. */
function refuseSpecialCharacters(paths: readonly string[]): void {
  if (process.platform === "win32") return;
  const path = paths.find((candidate) => /["$`\\\n]/.test(candidate));
  if (path === undefined) return;
  throw new EmbeddedPostgresError(
    `PostgreSQL cannot be started with the path ${path}: it must not contain any of " $ \` \\ or a line break.`,
  );
}
