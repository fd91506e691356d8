import { once } from "node:events";
import { constants } from "node:fs";
import { open, readFile, stat, unlink } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "./cluster.ts";
import { commandLineOf, EmbeddedPostgresError, isAlive, runCommand } from "./system.ts";

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

/** A PostgreSQL that runs, as the `postmaster.pid` in its data folder tells. */
interface Postmaster {
  readonly pid: number;
  /** Undefined while it has not come so far. */
  readonly port: number | undefined;
  /** Whether it takes connections: not while it starts, recovers or stops. */
  readonly ready: boolean;
}

/** A file without a pid that is older than this is no longer being written. */
const WRITING_MS = 2_000;

/** The PostgreSQL that runs on the folder `data`; undefined when none does, whatever the file says. */
export async function findPostmaster(data: string): Promise<Postmaster | undefined> {
  const postmaster = parse(await readPidFile(data));
  if (postmaster === undefined || !(await runsOn(postmaster.pid, data))) return undefined;
  return postmaster;
}

/**
 * Removes a `postmaster.pid` that would keep PostgreSQL from starting though none runs: one without a pid, or whose
 * pid now belongs to something else (after a reboot) or to a zombie. A merely dead pid is no obstacle. Should we
 * err, no harm is done: PostgreSQL also looks at who has its shared memory.
 */
async function removeStalePidFile(data: string): Promise<void> {
  const text = await readPidFile(data);
  if (text === undefined) return;
  const postmaster = parse(text);
  const stale = postmaster === undefined ? await isOld(data) : !(await runsOn(postmaster.pid, data));
  if (stale && (await readPidFile(data)) === text) await unlink(pidFile(data)).catch(() => undefined);
}

/** The folder stands in the command line of the server that serves it: a pid alone may have been given anew. */
async function runsOn(pid: number, data: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  const commandLine = await commandLineOf(pid);
  return commandLine === undefined || commandLine.includes(data);
}

function parse(text: string | undefined): Postmaster | undefined {
  // Its lines: pid, data folder, start time, port, socket folder, address, shared memory, state.
  const lines = (text ?? "").split("\n").map((line) => line.trim());
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return { pid, port: Number(lines[3]) || undefined, ready: lines[7] === "ready" };
}

async function isOld(data: string): Promise<boolean> {
  const found = await stat(pidFile(data)).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > WRITING_MS;
}

async function readPidFile(data: string): Promise<string | undefined> {
  return readFile(pidFile(data), "utf8").catch(() => undefined);
}

function pidFile(data: string): string {
  return join(data, "postmaster.pid");
}

const MAX_BYTES = 10 * 1024 * 1024;
const KEPT_BYTES = 1024 * 1024;

/**
 * Keeps PostgreSQL's log from growing for ever: of one that is too long, only the end stays. Works while PostgreSQL
 * writes to it, because it appends. Never fails: the log is not worth stopping for.
 */
export async function shrinkLog(path: string, maxBytes = MAX_BYTES, keptBytes = KEPT_BYTES): Promise<void> {
  // The folder belongs to another account than root: do not follow a link that it may have put there.
  const file = await open(path, constants.O_RDWR | (constants.O_NOFOLLOW ?? 0)).catch(() => undefined);
  if (file === undefined) return;
  try {
    const { size } = await file.stat();
    if (size <= maxBytes) return;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(keptBytes), 0, keptBytes, size - keptBytes);
    await file.truncate(0);
    await file.write(buffer, 0, bytesRead, 0);
  } catch {
    // It stays as long as it is.
  } finally {
    await file.close();
  }
}

/** The last lines of PostgreSQL's log, for an error message. */
export async function endOfLog(path: string, lines = 8): Promise<string> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text.trimEnd().split("\n").slice(-lines).join("\n");
}
