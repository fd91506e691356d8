import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { setInterval as every, setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import type { Server } from "../servers/server.ts";
import { storeEstimate } from "../workloads/estimate.ts";
import { cpuMs, familyCpuMs, residentBytes } from "./processes.ts";
import { send } from "./send.ts";

/** Streams of events while jobs are stored. */
export interface Live {
  readonly streams: number;
  readonly stores: number;
  readonly storesPerSecond: number;
  /** From the answer of a store to the arrival of its event, at each stream, in milliseconds. */
  readonly delays: readonly number[];
  /** Events that have not arrived at a stream, or have arrived twice. */
  readonly missing: number;
  /** Processor time in milliseconds for each second. */
  readonly serverCpu: number;
  readonly postgresCpu: number;
  /** The longest time for which the event loop of the server was blocked. */
  readonly longestBlockMs: number;
  /** The server's memory in MiB, in the order of time. */
  readonly memory: readonly number[];
}

/** The groups of streams, which differ in their filter. Each matches all jobs. */
const GROUPS = 10;

const QUERY = `subscription Live($filter: JobFilter) { jobStored(filter: $filter) {
  cursor isGap job { id project branch effectiveAt currency totalMonthlyCost unpricedResourceCount }
} }`;

/** The time after which an event that has not arrived is missing. */
const PATIENCE_MS = 15_000;

const MIB = 1_048_576;

/** Opens streams, stores jobs at a steady rate, and measures when their events arrive. */
export async function measureLive(
  server: Server,
  postmaster: number,
  { streams, storesPerSecond, seconds }: { streams: number; storesPerSecond: number; seconds: number },
): Promise<Live> {
  /** The number of arrivals of each job, and their times. */
  const arrivals = new Map<string, number[]>();
  const onJob = (id: string) => {
    const times = arrivals.get(id) ?? [];
    arrivals.set(id, times);
    times.push(performance.now());
  };
  const open: ClientRequest[] = [];
  for (let n = 0; n < streams; n++) open.push(await openStream(server.url, n % GROUPS, onJob));
  const pool = new Pool(server.url, { connections: 8 });
  const stored = new Map<string, number>();
  const memory = [residentBytes(server.pid) / MIB];
  try {
    await server.longestBlockMs();
    const cpuBefore = [cpuMs(server.pid), familyCpuMs(postmaster)] as const;
    const begin = performance.now();
    const storing: Promise<void>[] = [];
    for await (const _ of every(1_000 / storesPerSecond)) {
      storing.push(
        send(pool, storeEstimate(30)).then((answer) => {
          const { data } = JSON.parse(answer.toString());
          stored.set(data.storeEstimate.job.id, performance.now());
        }),
      );
      if (storing.length % (storesPerSecond * Math.ceil(seconds / 20)) === 0)
        memory.push(residentBytes(server.pid) / MIB);
      if (performance.now() - begin >= seconds * 1_000) break;
    }
    await Promise.all(storing);
    const elapsed = (performance.now() - begin) / 1_000;
    const serverCpu = (cpuMs(server.pid) - cpuBefore[0]) / elapsed;
    const postgresCpu = (familyCpuMs(postmaster) - cpuBefore[1]) / elapsed;
    const isComplete = () => [...stored.keys()].every((id) => arrivals.get(id)?.length === streams);
    const end = performance.now() + PATIENCE_MS;
    while (!isComplete() && performance.now() < end) await sleep(50);
    const delays = [...stored].flatMap(([id, at]) => (arrivals.get(id) ?? []).map((time) => time - at));
    const missing = [...stored.keys()].reduce(
      (sum, id) => sum + Math.abs(streams - (arrivals.get(id)?.length ?? 0)),
      0,
    );
    const longestBlockMs = await server.longestBlockMs();
    return {
      streams,
      stores: stored.size,
      storesPerSecond: stored.size / elapsed,
      delays,
      missing,
      serverCpu,
      postgresCpu,
      longestBlockMs,
      memory,
    };
  } finally {
    for (const stream of open) stream.destroy();
    await pool.destroy();
  }
}

/** Opens a stream, and waits for its first event. */
async function openStream(url: string, group: number, onJob: (id: string) => void): Promise<ClientRequest> {
  const sending = request(`${url}/graphql/stream`, {
    method: "POST",
    agent: false,
    headers: { "content-type": "application/json", accept: "text/event-stream" },
  });
  sending.end(
    JSON.stringify({ query: QUERY, variables: { filter: { minTotalMonthlyCost: `-${group + 1}` } } }),
  );
  const [response] = (await once(sending, "response")) as [IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`A stream was answered with ${response.statusCode}.`);
  // The streams are destroyed at the end.
  sending.on("error", () => undefined);
  response.on("error", () => undefined);
  let rest = "";
  response.setEncoding("utf8").on("data", (chunk: string) => {
    const events = (rest + chunk).split("\n\n");
    rest = events.pop() ?? "";
    for (const event of events) {
      const [, id] = /"job":\{"id":"([^"]+)"/.exec(event) ?? [];
      if (id !== undefined) onJob(id);
    }
  });
  await once(response, "data");
  return sending;
}
