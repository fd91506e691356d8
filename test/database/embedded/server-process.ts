import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, realpath, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Client } from "pg";
import * as z from "zod";
import { findPostmaster } from "../../../src/database/embedded/server.ts";
import type { UnixUser } from "../../../src/database/embedded/system.ts";

const module = new URL("../../../src/database/embedded/embedded-postgres.ts", import.meta.url);
const project = fileURLToPath(new URL("../..", import.meta.url));

const script = `
  const { startEmbeddedPostgres } = await import(${JSON.stringify(module.href)});
  try {
    const { url, stop } = await startEmbeddedPostgres(process.argv[1], () => {});
    process.on("SIGTERM", stop);
    console.log(JSON.stringify({ url }));
  } catch ({ name, message }) {
    console.log(JSON.stringify({ name, message }));
  }`;

const reply = z.object({
  url: z.string().optional(),
  name: z.string().optional(),
  message: z.string().optional(),
});

/** A server process that has tried to start the embedded PostgreSQL, and the result. */
export interface ServerProcess extends z.infer<typeof reply> {
  readonly child: ChildProcess;
}

/** Starts the embedded PostgreSQL in another process, which stops it at SIGTERM. */
export async function startServerProcess(dataDir: string, user?: UnixUser): Promise<ServerProcess> {
  const args = ["--import", "tsx", "--input-type=module", "--eval", script, dataDir];
  const child = spawn(process.execPath, args, {
    cwd: project,
    ...user,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(createInterface(child.stdout), "line");
  return { child, ...reply.parse(JSON.parse(String(line))) };
}

/** Sends a signal to a server process, and waits for its end. */
export async function end({ child }: ServerProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, "exit");
}

const MEMORY = "/dev/shm";

/** A run needs a third of it. In a container, the file system often has 64 MB only. */
const MIN_MEMORY_BYTES = 4 * 1024 ** 3;

/**
 * The parent of the folders of databases: in memory, if there is enough. A database has 300 files, and ext4 searches
 * long for inodes where many files were removed in the last minutes: a clone took up to 2 s, and takes 10 ms in memory.
 */
async function parentOfData(): Promise<string> {
  const memory = await statfs(MEMORY).catch(() => undefined);
  return memory !== undefined && memory.bavail * memory.bsize > MIN_MEMORY_BYTES ? MEMORY : tmpdir();
}

/**
 * An empty folder of its own for a test, which PostgreSQL's account can enter.
 * @param parent stated for programs, which may not be executable in memory.
 */
export async function temporaryFolder(parent?: string): Promise<string> {
  const folder = await mkdtemp(join(parent ?? (await parentOfData()), "embedded-postgres-test-"));
  await chmod(folder, 0o755);
  return realpath(folder);
}

/** Removes a folder and whatever PostgreSQL still runs in it. */
export async function removeFolder(folder: string, dataDir: string = folder): Promise<void> {
  await killPostgres(dataDir);
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Kills the PostgreSQL of a data folder, as the kernel does when memory runs out, and waits for its end. */
export async function killPostgres(dataDir: string): Promise<void> {
  const data = join(dataDir, "postgresql", "data");
  const running = await findPostmaster(data);
  if (running === undefined) return;
  process.kill(running.pid, "SIGKILL");
  await until(async () => (await findPostmaster(data))?.pid !== running.pid);
}

/** Runs one statement on a connection of its own. */
export async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Waits until a condition is true: up to the time limit of the test, or up to a shorter timeout. */
export async function until(
  condition: () => Promise<boolean>,
  timeoutMs = Number.POSITIVE_INFINITY,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`The condition was not true within ${timeoutMs} ms.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
