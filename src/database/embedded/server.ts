import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "./cluster.ts";
import { runCommand } from "./command.ts";
import { EmbeddedPostgresError } from "./errors.ts";
import { endOfLog, shrinkLog } from "./log.ts";
import { findPostmaster, removeStalePidFile } from "./postmaster.ts";

/** A failed start is tried again for so long: the port may have been taken, or the last server be dying yet. */
const RETRY_MS = 10_000;

/** PostgreSQL may take so long to recover or to stop: it writes down what it owes to the disk. */
const PATIENCE_S = 300;

/**
 * Starts the cluster's PostgreSQL unless it runs.
 * @param port where it is to listen if it has to be started; a free one by default.
 * @returns the port that it listens at.
 * @throws EmbeddedPostgresError with the end of PostgreSQL's log.
 */
export async function ensureRunning(cluster: Cluster, port?: number): Promise<number> {
  const begin = Date.now();
  for (;;) {
    const running = await findPostmaster(cluster.data);
    if (running?.ready && running.port !== undefined) return running.port;
    if (running === undefined) {
      const { ok, output } = await start(cluster, port ?? (await freePort()));
      if (ok) continue;
      if (Date.now() - begin > RETRY_MS) throw await failure(cluster, output);
    } else if (Date.now() - begin > PATIENCE_S * 1000) {
      throw await failure(cluster, `It runs (pid ${running.pid}), but takes no connections.`);
    }
    await sleep(50);
  }
}

/**
 * Stops the cluster's PostgreSQL, which ends every connection and writes everything to the disk. Does nothing when
 * it does not run.
 * @throws EmbeddedPostgresError when it goes on running.
 */
export async function stopServer(cluster: Cluster): Promise<void> {
  // pg_ctl would signal whatever process has the pid by now.
  if ((await findPostmaster(cluster.data)) === undefined) return;
  const { ok, output } = await control(cluster, ["stop", "--mode=fast"]);
  if (ok || (await findPostmaster(cluster.data)) === undefined) return;
  throw new EmbeddedPostgresError(`PostgreSQL in ${cluster.data} does not stop: ${output}`);
}

async function start(cluster: Cluster, port: number) {
  await removeStalePidFile(cluster.data);
  await shrinkLog(cluster.log);
  return control(cluster, ["start", `--log=${cluster.log}`, `--options=${serverOptions(port)}`]);
}

function control({ folder, data, binaries, user }: Cluster, args: readonly string[]) {
  const always = [`--pgdata=${data}`, "--wait", `--timeout=${PATIENCE_S}`];
  return runCommand(binaries.pgCtl, [...args, ...always], { cwd: folder, user });
}

function serverOptions(port: number): string {
  const settings = [
    `port=${port}`,
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=100",
    // What is acknowledged is on the disk, even if somebody has edited postgresql.conf.
    "fsync=on",
    "synchronous_commit=on",
    "full_page_writes=on",
    // The default of macOS stops at the cache of the disk.
    ...(process.platform === "darwin" ? ["wal_sync_method=fsync_writethrough"] : []),
  ];
  return settings.map((setting) => `-c ${setting}`).join(" ");
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string")
    throw new EmbeddedPostgresError("There is no free port.");
  return address.port;
}

async function failure({ data, log }: Cluster, output: string): Promise<EmbeddedPostgresError> {
  return new EmbeddedPostgresError(
    `PostgreSQL in ${data} does not start: ${output}\nThe end of its log, ${log}:\n${await endOfLog(log)}\n` +
      "If this cannot be mended, choose another data folder, or set DATABASE_URL to an existing PostgreSQL.",
  );
}
