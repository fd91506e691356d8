import { Pool } from "undici";
import { type Request, send, TIMEOUT_MS } from "./send.ts";

/** How a server did under load. */
export interface Load {
  readonly requests: number;
  readonly elapsedMs: number;
  /** One for each request, in milliseconds. */
  readonly latencies: readonly number[];
}

/** What load to put on it. */
export interface LoadOptions {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  /** The n-th request, counted from 0. */
  readonly request: (n: number) => Request;
  /** The number of the first request, so that a round does not begin where the last one did. */
  readonly from?: number;
}

/**
 * Keeps so many connections busy for so long: each sends its next request when it has its answer. Requests that are
 * under way at the end are waited for and count, so that the processor time that they took belongs to somebody.
 */
export async function putLoad({ url, connections, seconds, request, from = 0 }: LoadOptions): Promise<Load> {
  const pool = new Pool(url, { connections, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });
  const latencies: number[] = [];
  const begin = performance.now();
  const end = begin + seconds * 1000;
  let next = from;
  const keepBusy = async () => {
    do {
      const sent = performance.now();
      await send(pool, request(next++));
      latencies.push(performance.now() - sent);
    } while (performance.now() < end);
  };
  try {
    await Promise.all(Array.from({ length: connections }, keepBusy));
    return { requests: latencies.length, elapsedMs: performance.now() - begin, latencies };
  } finally {
    await pool.destroy();
  }
}
