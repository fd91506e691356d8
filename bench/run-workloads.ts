import type { Cluster } from "./database/cluster.ts";
import { type Dataset, openDataset } from "./database/dataset.ts";
import { removeStored } from "./database/stored.ts";
import { measureLargestStore } from "./measure/largest-store.ts";
import { measureWorkload, type Result } from "./measure/measure-workload.ts";
import { measureMix } from "./measure/mix.ts";
import { isWanted, type Options } from "./options.ts";
import { describeMachine } from "./report/machine.ts";
import { type Findings, report } from "./report/report.ts";
import { type Contender, SERVICE, startContenders, startOurs, stopContenders } from "./servers/contenders.ts";
import { type Server, type Start, startServer } from "./servers/server.ts";
import { compare } from "./workloads/compare.ts";
import { dashboard } from "./workloads/dashboard.ts";
import { details } from "./workloads/detail.ts";
import { list } from "./workloads/list.ts";
import { stores } from "./workloads/store.ts";
import { trend } from "./workloads/trend.ts";
import type { Workload } from "./workloads/workload.ts";

/** The workloads that ours shares with others. */
const COMPARED = ["a", "b", "c", "d", "e", "f"];

/** So often ours is started, for a median. */
const STARTS = 5;

/** Measures the workloads that are asked for, and returns the report. */
export async function runWorkloads(
  cluster: Cluster,
  options: Options,
  say: (message: string) => void,
): Promise<string> {
  const machine = describeMachine(cluster.version);
  const dataset = await openDataset(cluster, options.jobs, say);
  await removeStored(dataset.url);
  try {
    const results = await compareContenders(dataset, cluster.postmaster, options, say);
    const alone = await watchOurs(dataset, options, say);
    return report({ machine, results, ...alone }, options);
  } finally {
    await removeStored(dataset.url);
  }
}

async function compareContenders(
  dataset: Dataset,
  postmaster: number,
  options: Options,
  say: (message: string) => void,
): Promise<Result[]> {
  if (!COMPARED.some((name) => isWanted(options, name))) return [];
  const contenders = await startContenders(dataset.url);
  try {
    const results: Result[] = [];
    for (const workload of await workloadsFor(dataset, contenders, options)) {
      say(`measuring ${workload.name}, ${workload.title}`);
      results.push(...(await measureWorkload(workload, contenders, postmaster, options)));
    }
    return results;
  } finally {
    await stopContenders(contenders);
  }
}

async function workloadsFor(
  dataset: Dataset,
  [ours]: readonly Contender[],
  options: Options,
): Promise<Workload[]> {
  const reads = [dashboard(), ...details(dataset), list(dataset), compare(dataset), trend()];
  // Storing comes last: what is stored would be the dashboard's newest.
  const writes = ours && isWanted(options, "f") ? await stores(dataset.url, ours.server.url) : [];
  return [...reads, ...writes].filter(({ name }) => isWanted(options, name));
}

/** What is asked of ours alone: each time a server that has done nothing else. */
async function watchOurs(
  dataset: Dataset,
  options: Options,
  say: (message: string) => void,
): Promise<Pick<Findings, "starts" | "mix" | "largestStore">> {
  const fresh = async <Seen>(name: string, watch: (server: Server) => Promise<Seen>) => {
    if (!isWanted(options, name)) return undefined;
    say(`measuring ${name}`);
    const server = await startOurs(dataset.url);
    return watch(server).finally(server.stop);
  };
  return {
    starts: isWanted(options, "start") ? await measureStarts(dataset.url, say) : undefined,
    mix: await fresh("g", (server) => measureMix(server, dataset, options.soak)),
    largestStore: await fresh("h", measureLargestStore),
  };
}

async function measureStarts(databaseUrl: string, say: (message: string) => void): Promise<Start[]> {
  say("measuring start");
  const starts: Start[] = [];
  for (let n = 0; n < STARTS; n++) {
    const { start, stop } = await startServer(SERVICE, databaseUrl);
    starts.push(start);
    await stop();
  }
  return starts;
}
