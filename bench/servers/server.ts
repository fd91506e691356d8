import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** A contender's server, in a process of its own. */
export interface Server {
  readonly url: string;
  readonly pid: number;
  /** How long it took until it answered. */
  readonly startMs: number;
  /** How long its event loop was blocked at most since this was last asked; only where watch-event-loop.ts is loaded. */
  longestBlockMs(): Promise<number>;
  stop(): Promise<void>;
}

/** So many connections to PostgreSQL each of them has: the service's own default. */
const POOL_SIZE = 10;

const PATIENCE_MS = 30_000;

/** Starts a server of Node.js in production settings, at a free port, and waits until it answers. */
export async function startServer(
  args: readonly string[],
  databaseUrl: string,
  environment: NodeJS.ProcessEnv = {},
): Promise<Server> {
  const port = await freePort();
  const begin = performance.now();
  const child = spawn(process.execPath, args, {
    env: {
      PATH: process.env.PATH,
      NODE_ENV: "production",
      GRAPHILE_ENV: "production",
      HOST: "127.0.0.1",
      PORT: String(port),
      DATABASE_URL: databaseUrl,
      DATABASE_POOL_SIZE: String(POOL_SIZE),
      AUTH: "none",
      // All requests come from one address, as fast as they can.
      RATE_LIMIT: "0",
      ...environment,
    },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  const stop = async () => {
    process.off("exit", kill);
    await end(child);
  };
  const longestBlockMs = async () => {
    const answer = once(child, "message");
    child.send("longest block");
    return Number((await answer)[0]);
  };
  try {
    const pid = await answering(child, port);
    return { url: `http://127.0.0.1:${port}`, pid, startMs: performance.now() - begin, longestBlockMs, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function answering(child: ChildProcess, port: number): Promise<number> {
  for (const begin = performance.now(); performance.now() - begin < PATIENCE_MS; await sleep(5)) {
    if (child.exitCode !== null)
      throw new Error(`${child.spawnargs.join(" ")} ended with ${child.exitCode}.`);
    if (child.pid !== undefined && (await answers(port))) return child.pid;
  }
  throw new Error(`${child.spawnargs.join(" ")} does not answer.`);
}

/** Ours listens before it has seen its database, and says so; the others have no such route. */
async function answers(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/health/ready`)).status !== 503;
  } catch {
    return false;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await exit;
  clearTimeout(timer);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("There is no free port.");
  return address.port;
}
