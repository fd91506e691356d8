import type { Cluster } from "./database/cluster.ts";
import { openDataset } from "./database/dataset.ts";
import { measureScale } from "./measure/scale.ts";
import type { Options } from "./options.ts";
import { describeMachine } from "./report/machine.ts";
import { scaleTable } from "./report/scale.ts";
import { CACHE_OFF, startOurs } from "./servers/contenders.ts";

const SMALL_JOBS = 10_000;

/** Asks ours the same of a small and of a large database, and returns the report. */
export async function runScale(
  cluster: Cluster,
  { jobs, rounds, seconds }: Options,
  say: (message: string) => void,
): Promise<string> {
  const machine = describeMachine(cluster.version);
  const small = await openDataset(cluster, SMALL_JOBS, say);
  const large = await openDataset(cluster, jobs, say);
  const servers = [await startOurs(small.url, CACHE_OFF)];
  try {
    const [atSmall, atLarge] = [servers[0], await startOurs(large.url, CACHE_OFF)];
    servers.push(atLarge);
    if (atSmall === undefined) throw new Error("The server was not started.");
    const found = await measureScale(
      { server: atSmall, databaseUrl: small.url },
      { server: atLarge, databaseUrl: large.url },
      rounds,
      seconds,
    );
    return `${machine}.\n\n${scaleTable(found, SMALL_JOBS, jobs)}`;
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}
