import type { Live } from "../measure/live.ts";
import { quantile } from "../measure/statistics.ts";
import { short } from "./markdown.ts";
import { verdict } from "./verdict.ts";

/** In this time, an event must be at each stream after the answer of the store. */
const LONGEST_DELAY_MS = 3_000;

/** The memory may grow by this share from the first third to the last. */
const MOST_GROWTH = 0.1;

/** How streams have done, beside the marks. */
export function describeLive(live: Live): string {
  const { streams, stores, storesPerSecond, delays, missing, serverCpu, postgresCpu, memory } = live;
  const [p50, p99, most] = [quantile(delays, 0.5), quantile(delays, 0.99), quantile(delays, 1)];
  const third = Math.ceil(memory.length / 3);
  const growth = mean(memory.slice(-third)) / mean(memory.slice(third, 2 * third)) - 1;
  const count = (value: number) => value.toLocaleString("en");
  return [
    `${count(streams)} streams of 10 different filters; ${count(stores)} stores of 30 resources, ${short(storesPerSecond)} a second; ${count(delays.length)} events, ${count(missing)} missing or repeated.`,
    `From the answer of a store to its event at a stream: p50 ${short(p50)} ms, p99 ${short(p99)} ms, longest ${short(most)} ms; mark ${count(LONGEST_DELAY_MS)} ms: ${verdict(missing === 0 && most <= LONGEST_DELAY_MS)}.`,
    `Processor time for each second: server ${short(serverCpu)} ms, PostgreSQL ${short(postgresCpu)} ms. The event loop was blocked for at most ${short(live.longestBlockMs)} ms.`,
    `Resident memory in MiB: ${memory.map((value) => value.toFixed(0)).join(" ")}. From the second third to the last ${(growth * 100).toFixed(0)} %, mark ${MOST_GROWTH * 100} %: ${verdict(growth <= MOST_GROWTH)}.`,
  ].join("\n");
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
