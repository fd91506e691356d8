import type { Mix, MixPart } from "../measure/mix.ts";
import { short } from "./markdown.ts";
import { verdict } from "./verdict.ts";

/** Resident memory must stay below this, in MiB. */
const MOST_MEMORY = 300;

/** What the mix has shown, in a few lines. */
export function describeMix({ reads, stores, memory, everySeconds }: Mix): string {
  const highest = Math.max(...memory);
  return [
    `g, ours alone: ${describePart("reads of seven kinds", reads)}; ${describePart("stores", stores)}.`,
    `Resident memory in MiB every ${everySeconds} s: ${memory.map((value) => value.toFixed(0)).join(" ")}. ` +
      `Highest ${highest.toFixed(0)}, mark below ${MOST_MEMORY}: ${verdict(highest < MOST_MEMORY)}.`,
  ].join("\n");
}

function describePart(what: string, { connections, requests, perSecond, p50, p99 }: MixPart): string {
  return `${requests.toLocaleString("en")} ${what} at ${connections} connections, ${short(perSecond)} a second, p50 ${short(p50)} ms, p99 ${short(p99)} ms`;
}
