import type { Result } from "../measure/measure-workload.ts";
import type { Round } from "../measure/round.ts";
import { median, spread } from "../measure/statistics.ts";
import { markdownTable, short } from "./markdown.ts";

const HEAD = [
  "workload",
  "who",
  "connections",
  "req/s",
  "spread",
  "p50 ms",
  "p99 ms",
  "CPU ms server",
  "PostgreSQL",
  "both",
];

/** The medians of all rounds, a line for each contender and number of connections. */
export function resultsTable(results: readonly Result[]): string {
  return markdownTable(
    HEAD,
    results.map(({ workload, contender, connections, rounds }) => [
      workload.name,
      contender.name,
      String(connections),
      short(medianOf(rounds, "perSecond")),
      `${(spread(rounds.map(({ perSecond }) => perSecond)) * 100).toFixed(0)}%`,
      short(medianOf(rounds, "p50")),
      short(medianOf(rounds, "p99")),
      short(medianOf(rounds, "serverCpu")),
      short(medianOf(rounds, "postgresCpu")),
      short(cpuOf(rounds)),
    ]),
  );
}

/** The median of one figure. */
export function medianOf(rounds: readonly Round[], figure: keyof Round): number {
  return median(rounds.map((round) => round[figure]));
}

/** The median of the processor time of a request, in the server and in PostgreSQL. */
export function cpuOf(rounds: readonly Round[]): number {
  return median(rounds.map(({ serverCpu, postgresCpu }) => serverCpu + postgresCpu));
}
