import { setInterval as every } from "node:timers/promises";
import type { Server } from "../servers/server.ts";
import { readDetails } from "../workloads/detail.ts";
import { storeEstimate } from "../workloads/estimate.ts";
import { residentBytes } from "./processes.ts";
import { measureRound, type Round } from "./round.ts";
import type { Request } from "./send.ts";

/** What the mix has shown. */
export interface Mix {
  readonly round: Round;
  readonly connections: number;
  /** The server's memory in MiB, in the order of time, one for each `everySeconds`. */
  readonly memory: readonly number[];
  readonly everySeconds: number;
}

const CONNECTIONS = 16;
/** One request in so many stores. */
const STORE_EVERY = 20;
const MIB = 1_048_576;

/** (g) 95 % reads over many jobs and 5 % stores, while the server's memory is watched. */
export async function measureMix(
  server: Server,
  postmaster: number,
  jobIds: readonly string[],
  seconds: number,
): Promise<Mix> {
  const everySeconds = Math.max(2, Math.round(seconds / 60));
  const watching = new AbortController();
  const memory = watchMemory(server.pid, everySeconds, watching.signal);
  const load = { connections: CONNECTIONS, seconds, request: mixed(jobIds) };
  const round = await measureRound(server, postmaster, load).finally(() => watching.abort());
  return { round, connections: CONNECTIONS, memory: await memory, everySeconds };
}

function mixed(jobIds: readonly string[]): (n: number) => Request {
  const store = storeEstimate(30);
  const read = readDetails(jobIds);
  return (n) => (n % STORE_EVERY === 0 ? store : read(n));
}

async function watchMemory(pid: number, everySeconds: number, signal: AbortSignal): Promise<number[]> {
  const seen = [residentBytes(pid) / MIB];
  try {
    for await (const _ of every(everySeconds * 1000, undefined, { signal }))
      seen.push(residentBytes(pid) / MIB);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return seen;
}
