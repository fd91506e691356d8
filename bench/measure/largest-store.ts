import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import type { Server } from "../servers/server.ts";
import { dashboard } from "../workloads/dashboard.ts";
import { storeEstimate } from "../workloads/estimate.ts";
import { putLoad } from "./load.ts";
import { highestResidentBytes } from "./processes.ts";
import { type Request, send, TIMEOUT_MS } from "./send.ts";

/** What storing the largest estimate does to everybody else. */
export interface LargestStore {
  readonly seconds: number;
  /** How long the event loop was blocked at most: by the dashboard alone, and while storing beside it. */
  readonly blockAloneMs: number;
  readonly blockMs: number;
  readonly highestMib: number;
}

const RESOURCES = 100_000;
const READERS = 4;
const MIB = 1_048_576;

/** (h) Stores an estimate of 100,000 resources while dashboards are read beside it. */
export async function measureLargestStore(server: Server): Promise<LargestStore> {
  const request = dashboard().requests.us;
  if (request === undefined) throw new Error("The dashboard has no request for the service.");
  const read = () => putLoad({ url: server.url, connections: READERS, seconds: 2, request });
  const store = storeEstimate(RESOURCES);
  await read();
  await server.longestBlockMs();
  await read();
  const blockAloneMs = await server.longestBlockMs();
  let stored = false;
  const reading = (async () => {
    while (!stored) await read();
  })();
  const seconds = await secondsOf(server.url, store).finally(() => {
    stored = true;
  });
  await reading;
  // The watch notes a block only after it.
  await sleep(50);
  const blockMs = await server.longestBlockMs();
  return { seconds, blockAloneMs, blockMs, highestMib: highestResidentBytes(server.pid) / MIB };
}

async function secondsOf(url: string, request: Request): Promise<number> {
  const pool = new Pool(url, { headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });
  const begin = performance.now();
  await send(pool, request).finally(() => pool.close());
  return (performance.now() - begin) / 1000;
}
