import type { Options } from "../options.ts";
import type { Contender } from "../servers/contenders.ts";
import type { Workload } from "../workloads/workload.ts";
import { putLoad } from "./load.ts";
import { measureRound, type Round } from "./round.ts";
import { requireSameAnswers } from "./same-answer.ts";

/** All rounds of one contender at one workload with one number of connections. */
export interface Result {
  readonly workload: Workload;
  readonly contender: Contender;
  readonly connections: number;
  readonly rounds: readonly Round[];
}

/** Checks that the answers are the same, then measures the contenders in turn, round after round. */
export async function measureWorkload(
  workload: Workload,
  all: readonly Contender[],
  postmaster: number,
  options: Options,
): Promise<Result[]> {
  const contenders = all.filter(
    ({ kind, cacheOff }) => workload.requests[kind] !== undefined && (!cacheOff || workload.cacheMatters),
  );
  await requireSameAnswers(workload, contenders);
  const connections = options.connections ?? workload.connections;
  const results = connections.flatMap((count) =>
    contenders.map((contender) => ({ workload, contender, connections: count, rounds: [] as Round[] })),
  );
  // How many requests each has had: a round goes on where the last one stopped, or else it would find a cache filled.
  const asked = new Map<Contender, number>();
  for (const contender of contenders)
    asked.set(contender, await warmUp(workload, contender, Math.max(...connections)));
  for (let round = 0; round < options.rounds; round++) {
    for (const { contender, connections, rounds } of results) {
      const from = asked.get(contender) ?? 0;
      const { seconds } = options;
      const load = { connections, seconds, request: requestOf(workload, contender), from };
      const measured = await measureRound(contender.server, postmaster, load);
      asked.set(contender, from + measured.requests);
      rounds.push(measured);
    }
  }
  return results;
}

/**
 * Lets a contender compile its code, open its connections and fill its caches before it counts.
 * @returns how many requests that took.
 */
async function warmUp(workload: Workload, contender: Contender, connections: number): Promise<number> {
  const request = requestOf(workload, contender);
  return (await putLoad({ url: contender.server.url, connections, seconds: 1, request })).requests;
}

function requestOf({ name, requests }: Workload, { kind }: Contender) {
  const request = requests[kind];
  if (request === undefined) throw new Error(`${name} has no request for ${kind}.`);
  return request;
}
