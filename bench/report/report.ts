import type { LargestStore } from "../measure/largest-store.ts";
import type { Result } from "../measure/measure-workload.ts";
import type { Mix } from "../measure/mix.ts";
import { median } from "../measure/statistics.ts";
import { describeOptions, type Options } from "../options.ts";
import type { Start } from "../servers/server.ts";
import { describeLargestStore } from "./largest-store.ts";
import { marksTable } from "./marks.ts";
import { describeMix } from "./mix.ts";
import { resultsTable } from "./results.ts";
import { verdict } from "./verdict.ts";

/** All that was found out. */
export interface Findings {
  readonly machine: string;
  readonly results: readonly Result[];
  /** How long ours took to start. */
  readonly starts: readonly Start[] | undefined;
  readonly mix: Mix | undefined;
  readonly largestStore: LargestStore | undefined;
}

/** Within this time ours must listen, on a database that exists. */
const LONGEST_START_MS = 1_000;

/** The report as Markdown: the same on the screen and in RESULTS.md. */
export function report({ machine, results, starts, mix, largestStore }: Findings, options: Options): string {
  const workloads = new Map(results.map(({ workload }) => [workload.name, workload.title]));
  return [
    `${machine}.`,
    describeOptions(options),
    ...(results.length === 0
      ? []
      : [
          [...workloads].map(([name, title]) => `- ${name}: ${title}`).join("\n"),
          resultsTable(results),
          "Against the marks, at 16 connections or at the maximum of the workload:",
          marksTable(results),
        ]),
    ...(starts === undefined ? [] : [describeStarts(starts)]),
    ...(mix === undefined ? [] : [describeMix(mix)]),
    ...(largestStore === undefined ? [] : [describeLargestStore(largestStore)]),
  ].join("\n\n");
}

function describeStarts(starts: readonly Start[]): string {
  const listened = median(starts.map(({ listenedMs }) => listenedMs));
  const answered = median(starts.map(({ answeredMs }) => answeredMs));
  const found = verdict(listened <= LONGEST_START_MS);
  return (
    `Start on an existing database, median of ${starts.length}: listens after ${listened.toFixed(0)} ms, ` +
    `mark ${LONGEST_START_MS}: ${found}; answers from the database after ${answered.toFixed(0)} ms.`
  );
}
