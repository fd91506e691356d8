import { readFile, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { commandLineOf, isAlive } from "./process.ts";

/** A PostgreSQL that runs, as the `postmaster.pid` in its data folder tells. */
export interface Postmaster {
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
export async function removeStalePidFile(data: string): Promise<void> {
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
