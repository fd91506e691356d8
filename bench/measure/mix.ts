import { setInterval as every } from "node:timers/promises";
import type { Dataset } from "../database/dataset.ts";
import type { Server } from "../servers/server.ts";
import { storeEstimate } from "../workloads/estimate.ts";
import { mixedReads } from "../workloads/mix.ts";
import { type Load, putLoad } from "./load.ts";
import { residentBytes } from "./processes.ts";
import type { Request } from "./send.ts";
import { quantile } from "./statistics.ts";

/** Requests of one sort in the mix. */
export interface MixPart {
  readonly connections: number;
  readonly requests: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

/** What the mix has shown. */
export interface Mix {
  readonly reads: MixPart;
  readonly stores: MixPart;
  /** The server's memory in MiB, in the order of time, one for each `everySeconds`. */
  readonly memory: readonly number[];
  readonly everySeconds: number;
}

const READERS = 64;
const WRITERS = 8;
const MIB = 1_048_576;

/** (g) 64 readers of seven kinds of query and 8 writers, while the server's memory is watched. */
export async function measureMix(server: Server, dataset: Dataset, seconds: number): Promise<Mix> {
  const everySeconds = Math.max(2, Math.round(seconds / 60));
  const watching = new AbortController();
  const memory = watchMemory(server.pid, everySeconds, watching.signal);
  const { url } = server;
  const store = storeEstimate(30);
  const [reads, stores] = await Promise.all([
    readAll(url, mixedReads(dataset), seconds),
    putLoad({ url, connections: WRITERS, seconds, request: () => store }),
  ]).finally(() => watching.abort());
  return {
    reads: partOf(READERS, reads),
    stores: partOf(WRITERS, stores),
    memory: await memory,
    everySeconds,
  };
}

/** Each reader asks one kind of query: so no more heavy ones run together than the server allows. */
async function readAll(
  url: string,
  kinds: readonly ((n: number) => Request)[],
  seconds: number,
): Promise<Load> {
  const loads = await Promise.all(
    kinds.map((request, kind) => {
      const connections = Math.floor((READERS + kind) / kinds.length);
      return putLoad({ url, connections, seconds, request });
    }),
  );
  return {
    requests: loads.reduce((sum, { requests }) => sum + requests, 0),
    elapsedMs: Math.max(...loads.map(({ elapsedMs }) => elapsedMs)),
    latencies: loads.flatMap(({ latencies }) => latencies),
  };
}

function partOf(connections: number, { requests, elapsedMs, latencies }: Load): MixPart {
  return {
    connections,
    requests,
    perSecond: (requests / elapsedMs) * 1000,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
  };
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
