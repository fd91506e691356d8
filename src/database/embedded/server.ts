import { once } from "node:events";
import { constants } from "node:fs";
import { open, readFile, stat, unlink } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "./cluster.ts";
import { commandLineOf, EmbeddedPostgresError, isAlive, runCommand } from "./system.ts";

/**
 * The time in milliseconds during which a failed start is retried: the port may be in use, or the last server may still
 * be stopping.
 */
const RETRY_MS = 10_000;

/**
 * The timeout of recovery and shutdown, in seconds. PostgreSQL writes its pending data to the disk during this time.
 */
const TIMEOUT_S = 300;

/**
 * Starts the cluster's PostgreSQL unless it runs.
 * @param port the port of a server that has to be started; a free port by default.
 * @returns the port of the server.
 * @throws EmbeddedPostgresError with the last lines of PostgreSQL's log.
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
    } else if (Date.now() - begin > TIMEOUT_S * 1000) {
      throw await failure(cluster, `It runs (pid ${running.pid}), but accepts no connections.`);
    }
    await sleep(50);
  }
}

/**
 * Stops the cluster's PostgreSQL. PostgreSQL ends every connection and writes all data to the disk. The function does
 * nothing when PostgreSQL does not run.
 * @throws EmbeddedPostgresError when PostgreSQL still runs afterwards.
 */
export async function stopServer(cluster: Cluster): Promise<void> {
  // pg_ctl would send its signal to any process that has the pid now.
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
  const always = [`--pgdata=${data}`, "--wait", `--timeout=${TIMEOUT_S}`];
  return runCommand(binaries.pgCtl, [...args, ...always], { cwd: folder, user });
}

function serverOptions(port: number): string {
  const settings = [
    `port=${port}`,
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=100",
    // Acknowledged commits are on the disk, even if postgresql.conf was edited.
    "fsync=on",
    "synchronous_commit=on",
    "full_page_writes=on",
    // The default of macOS does not flush the cache of the disk.
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
      "If the problem cannot be solved, choose another data folder, or set DATABASE_URL to an existing PostgreSQL.",
  );
}

/** A running PostgreSQL, according to `postmaster.pid` in its data folder. */
interface Postmaster {
  readonly pid: number;
  /** Undefined early in the start, before PostgreSQL has written the port. */
  readonly port: number | undefined;
  /** Whether PostgreSQL accepts connections. During start, recovery and shutdown, PostgreSQL accepts none. */
  readonly ready: boolean;
}

/**
 * The maximum write time of the file, in milliseconds. An older file without a pid is incomplete, and is no longer
 * being written.
 */
const WRITING_MS = 2_000;

/**
 * The PostgreSQL that runs with the folder `data`; undefined when no PostgreSQL runs, even if
 * `postmaster.pid` exists.
 */
export async function findPostmaster(data: string): Promise<Postmaster | undefined> {
  const postmaster = parse(await readPidFile(data));
  if (postmaster === undefined || !(await runsOn(postmaster.pid, data))) return undefined;
  return postmaster;
}

/**
 * Removes a stale `postmaster.pid` that prevents the start. Such a file has no pid, or its pid belongs to another
 * process (after a reboot) or to a zombie. A pid without a process is no obstacle. The removal of a valid file by
 * mistake does no harm, because PostgreSQL also checks the processes that use its shared memory.
 */
async function removeStalePidFile(data: string): Promise<void> {
  const text = await readPidFile(data);
  if (text === undefined) return;
  const postmaster = parse(text);
  const stale = postmaster === undefined ? await isOld(data) : !(await runsOn(postmaster.pid, data));
  if (stale && (await readPidFile(data)) === text) await unlink(pidFile(data)).catch(() => undefined);
}

/**
 * Whether a process is the server of the folder. The command line of the server contains the folder. The pid alone is
 * not sufficient, because the system may have assigned the pid to another process.
 */
async function runsOn(pid: number, data: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  const commandLine = await commandLineOf(pid);
  return commandLine === undefined || commandLine.includes(data);
}

function parse(text: string | undefined): Postmaster | undefined {
  // The lines: pid, data folder, start time, port, socket folder, address, shared memory, state.
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
 * Limits the size of PostgreSQL's log: if the file is too long, only its end is kept. PostgreSQL may write to the file
 * at the same time, because PostgreSQL appends. The function never fails, because the log is not a reason to stop.
 * @param maxBytes the maximum size of the file, in bytes.
 * @param keptBytes the size of the end that is kept, in bytes.
 */
export async function shrinkLog(path: string, maxBytes = MAX_BYTES, keptBytes = KEPT_BYTES): Promise<void> {
  // The folder may belong to an account other than root, which may have created a symbolic link. The link must not be
  // followed.
  const file = await open(path, constants.O_RDWR | (constants.O_NOFOLLOW ?? 0)).catch(() => undefined);
  if (file === undefined) return;
  try {
    const { size } = await file.stat();
    if (size <= maxBytes) return;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(keptBytes), 0, keptBytes, size - keptBytes);
    await file.truncate(0);
    await file.write(buffer, 0, bytesRead, 0);
  } catch {
    // The log keeps its size.
  } finally {
    await file.close();
  }
}

/** The last lines of PostgreSQL's log, for an error message. The result is empty when the log cannot be read. */
export async function endOfLog(path: string, lines = 8): Promise<string> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text.trimEnd().split("\n").slice(-lines).join("\n");
}
