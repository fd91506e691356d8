import type { Server } from "../servers/server.ts";
import { type LoadOptions, putLoad } from "./load.ts";
import { cpuMs, familyCpuMs } from "./processes.ts";
import { quantile } from "./statistics.ts";

/** What one round of one contender has shown. */
export interface Round {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Milliseconds of processor time for each request: the server's, and PostgreSQL's. */
  readonly serverCpu: number;
  readonly postgresCpu: number;
}

/** Puts load on a server, and watches what it costs. */
export async function measureRound(
  server: Server,
  postmaster: number,
  options: Omit<LoadOptions, "url">,
): Promise<Round> {
  const [serverBefore, postgresBefore] = [cpuMs(server.pid), familyCpuMs(postmaster)];
  const { requests, elapsedMs, latencies } = await putLoad({ ...options, url: server.url });
  return {
    requests,
    perSecond: (requests / elapsedMs) * 1000,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    serverCpu: (cpuMs(server.pid) - serverBefore) / requests,
    postgresCpu: (familyCpuMs(postmaster) - postgresBefore) / requests,
  };
}
