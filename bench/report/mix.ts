import type { Mix } from "../measure/mix.ts";
import { short } from "./markdown.ts";
import { verdict } from "./verdict.ts";

/** Resident memory must stay below this, in MiB. */
const MOST_MEMORY = 300;

/** What the mix has shown, in a few lines. */
export function describeMix({ round, connections, memory, everySeconds }: Mix): string {
  const highest = Math.max(...memory);
  return [
    `g, 95 % reads and 5 % stores at ${connections} connections, ours alone: ${short(round.perSecond)} req/s, p50 ${short(round.p50)} ms, ` +
      `p99 ${short(round.p99)} ms, CPU ${short(round.serverCpu)} ms in the server and ${short(round.postgresCpu)} ms in PostgreSQL a request.`,
    `Resident memory in MiB every ${everySeconds} s: ${memory.map((value) => value.toFixed(0)).join(" ")}. ` +
      `Highest ${highest.toFixed(0)}, mark below ${MOST_MEMORY}: ${verdict(highest < MOST_MEMORY)}.`,
  ].join("\n");
}
