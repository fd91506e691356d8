import type { Result } from "../measure/measure-workload.ts";
import type { Mark, Workload } from "../workloads/workload.ts";
import { markdownTable, short } from "./markdown.ts";
import { cpuOf, medianOf } from "./results.ts";
import { verdict } from "./verdict.ts";

/** The marks are read at this number of connections, or else at the workload's highest. */
const CONNECTIONS = 16;

/** Our ratios beside the marks of the workloads. */
export function marksTable(results: readonly Result[]): string {
  const workloads = [...new Set(results.map(({ workload }) => workload))];
  return markdownTable(
    ["workload", "state", "req/s against PostGraphile", "mark", "", "CPU against the limit", "mark", ""],
    workloads.flatMap((workload) => workload.marks.map((mark) => markRow(workload, mark, results))),
  );
}

function markRow(workload: Workload, mark: Mark, all: readonly Result[]): string[] {
  const results = atMarkConnections(all.filter((result) => result.workload === workload));
  const ours = ourResult(results, mark);
  const peer = results.find(({ contender }) => contender.kind === "postgraphile");
  const limit = results.find(({ contender }) => contender.kind === "limit");
  const throughput = ours && peer && medianOf(ours.rounds, "perSecond") / medianOf(peer.rounds, "perSecond");
  const cpu = ours && limit && cpuOf(ours.rounds) / cpuOf(limit.rounds);
  return [
    workload.title,
    mark.state,
    ...cells(throughput, mark.throughput, "at least", (value, wanted) => value >= wanted),
    ...cells(cpu, mark.cpu, "at most", (value, wanted) => value <= wanted),
  ];
}

function atMarkConnections(results: readonly Result[]): Result[] {
  const counts = results.map(({ connections }) => connections);
  const count = counts.includes(CONNECTIONS) ? CONNECTIONS : Math.max(...counts);
  return results.filter(({ connections }) => connections === count);
}

/** A mark for the cold state is about the cache switched off, where that was measured. */
function ourResult(results: readonly Result[], { state }: Mark): Result | undefined {
  const ours = results.filter(({ contender }) => contender.kind === "us");
  const cold = ours.find(({ contender }) => contender.cacheOff);
  return (state === "cold" ? cold : undefined) ?? ours.find(({ contender }) => !contender.cacheOff);
}

function cells(
  value: number | undefined,
  wanted: number | undefined,
  bound: string,
  holds: (value: number, wanted: number) => boolean,
): string[] {
  if (value === undefined) return ["", "", ""];
  if (wanted === undefined) return [short(value), "", ""];
  return [short(value), `${bound} ${wanted}`, verdict(holds(value, wanted))];
}
