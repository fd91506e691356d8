import type { LargestStore } from "../measure/largest-store.ts";
import { verdict } from "./verdict.ts";

const LONGEST_BLOCK_MS = 50;
const MOST_MIB = 1024;

/** What storing 100,000 resources has shown. */
export function describeLargestStore({ seconds, blockAloneMs, blockMs, highestMib }: LargestStore): string {
  return (
    `h, 100,000 resources stored while 4 connections read dashboards: ${seconds.toFixed(1)} s. The event loop was blocked for ` +
    `${blockMs.toFixed(0)} ms at most (by dashboards alone ${blockAloneMs.toFixed(0)}), mark ${LONGEST_BLOCK_MS}: ${verdict(blockMs <= LONGEST_BLOCK_MS)}; ` +
    `memory ${highestMib.toFixed(0)} MiB at most, mark ${MOST_MIB}: ${verdict(highestMib < MOST_MIB)}.`
  );
}
