import { type Cluster, emptyDatabase } from "./database/cluster.ts";
import { measureLive } from "./measure/live.ts";
import type { Options } from "./options.ts";
import { describeLive } from "./report/live.ts";
import { describeMachine } from "./report/machine.ts";
import { startOurs } from "./servers/contenders.ts";

const STREAMS = 500;
const STORES_PER_SECOND = 20;

/** Stores jobs while many streams are open, and returns the report. */
export async function runLive(
  cluster: Cluster,
  { soak, connections }: Options,
  say: (message: string) => void,
): Promise<string> {
  const machine = describeMachine(cluster.version);
  const streams = connections?.[0] ?? STREAMS;
  // One address may open a quarter of the streams.
  const server = await startOurs(await emptyDatabase(cluster, "bench_live"), {
    STREAM_LIMIT: String(streams * 4),
  });
  try {
    say(`measuring ${streams} streams`);
    const load = { streams, storesPerSecond: STORES_PER_SECOND, seconds: soak };
    return `${machine}.\n\n${describeLive(await measureLive(server, cluster.postmaster, load))}`;
  } finally {
    await server.stop();
  }
}
