import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** How long a start took, in milliseconds. */
export interface Start {
  /** Until the port was listened at. Ours then tells its health, before it has seen its database. */
  readonly listenedMs: number;
  /** Until requests were answered. */
  readonly answeredMs: number;
}

/** A contender's server, in a process of its own. */
export interface Server {
  readonly url: string;
  readonly pid: number;
  readonly start: Start;
  /** How long its event loop was blocked at most since this was last asked; only where watch-event-loop.ts is loaded. */
  longestBlockMs(): Promise<number>;
  stop(): Promise<void>;
}

/** So many connections to PostgreSQL each of them has: the service's own default. */
const POOL_SIZE = 10;

const TIMEOUT_MS = 30_000;

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
    const pid = await running(child, () => listens(port));
    const listenedMs = performance.now() - begin;
    await running(child, () => answers(port));
    const start = { listenedMs, answeredMs: performance.now() - begin };
    return { url: `http://127.0.0.1:${port}`, pid, start, longestBlockMs, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Waits until a server is as far as it should be, and returns its process. */
async function running(child: ChildProcess, isSoFar: () => Promise<boolean>): Promise<number> {
  for (const begin = performance.now(); performance.now() - begin < TIMEOUT_MS; await sleep(5)) {
    if (child.exitCode !== null)
      throw new Error(`${child.spawnargs.join(" ")} ended with ${child.exitCode}.`);
    if (child.pid !== undefined && (await isSoFar())) return child.pid;
  }
  throw new Error(`${child.spawnargs.join(" ")} does not answer.`);
}

/** Asks the operating system alone, because whoever waits shares the processors with whoever starts. */
async function listens(port: number): Promise<boolean> {
  const socket = connect({ port, host: "127.0.0.1" });
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Ours listens before it has seen its database, and says so; the others have no such route. */
async function answers(port: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/health/ready`);
  return answer.status !== 503;
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
