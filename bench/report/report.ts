import type { LargestStore } from "../measure/largest-store.ts";
import type { Result } from "../measure/measure-workload.ts";
import type { Mix } from "../measure/mix.ts";
import { describeOptions, type Options } from "../options.ts";
import { describeLargestStore } from "./largest-store.ts";
import { marksTable } from "./marks.ts";
import { describeMix } from "./mix.ts";
import { resultsTable } from "./results.ts";
import { verdict } from "./verdict.ts";

/** All that was found out. */
export interface Findings {
  readonly machine: string;
  readonly results: readonly Result[];
  /** How long ours took until it answered. */
  readonly startMs: number | undefined;
  readonly mix: Mix | undefined;
  readonly largestStore: LargestStore | undefined;
}

/** Ours must answer within this time on a database that exists. */
const LONGEST_START_MS = 1_000;

/** The report as Markdown: the same on the screen and in RESULTS.md. */
export function report({ machine, results, startMs, mix, largestStore }: Findings, options: Options): string {
  const workloads = new Map(results.map(({ workload }) => [workload.name, workload.title]));
  return [
    `${machine}.`,
    describeOptions(options),
    ...(results.length === 0
      ? []
      : [
          [...workloads].map(([name, title]) => `- ${name}: ${title}`).join("\n"),
          resultsTable(results),
          "Against the marks, at 16 connections or else the workload's most:",
          marksTable(results),
        ]),
    ...(startMs === undefined ? [] : [describeStart(startMs)]),
    ...(mix === undefined ? [] : [describeMix(mix)]),
    ...(largestStore === undefined ? [] : [describeLargestStore(largestStore)]),
  ].join("\n\n");
}

function describeStart(startMs: number): string {
  const found = verdict(startMs <= LONGEST_START_MS);
  return `Start on an existing database: answers after ${startMs.toFixed(0)} ms, mark ${LONGEST_START_MS}: ${found}.`;
}
