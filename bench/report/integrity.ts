import type { Sealing } from "../measure/sealing.ts";
import { median } from "../measure/statistics.ts";
import type { Verify } from "../measure/verify.ts";
import { markdownTable, short } from "./markdown.ts";
import { cpuOf, medianOf } from "./results.ts";
import { verdict } from "./verdict.ts";

/** Sealing may take this share of what is stored in the same time. */
const MOST_TAKEN = 0.05;

const LEAST_ROWS_PER_SECOND = 100_000;

/** What tamper-evidence costs, beside the marks of issue 5. */
export function describeIntegrity(sealing: Sealing, verify: Verify): string {
  return `${sealingTable(sealing)}\n\n${describeSealing(sealing)}\n\n${describeVerify(verify)}`;
}

function sealingTable({ withSealer, without, connections }: Sealing): string {
  const row = (name: string, rounds: Sealing["without"]) => [
    name,
    String(connections),
    short(medianOf(rounds, "perSecond")),
    short(medianOf(rounds, "p50")),
    short(medianOf(rounds, "p99")),
    short(cpuOf(rounds)),
  ];
  return markdownTable(
    ["stores of 30 resources", "connections", "req/s", "p50 ms", "p99 ms", "CPU ms"],
    [row("with the sealer", withSealer), row("without", without)],
  );
}

function describeSealing({ withSealer, without }: Sealing): string {
  const taken = 1 - medianOf(withSealer, "perSecond") / medianOf(without, "perSecond");
  return `The sealer takes ${(taken * 100).toFixed(1)} % of the throughput, mark ${MOST_TAKEN * 100} %: ${verdict(taken <= MOST_TAKEN)}.`;
}

function describeVerify({ jobs, resources, rows, seconds, postgresCpu }: Verify): string {
  const perSecond = rows / median(seconds);
  const count = (value: number) => value.toLocaleString("en", { maximumFractionDigits: 0 });
  return (
    `\`results-storage verify\` of ${count(jobs)} jobs with ${count(resources)} resources, ${count(rows)} rows in all: ${median(seconds).toFixed(1)} s, ` +
    `its start included, with ${median(postgresCpu).toFixed(1)} s of PostgreSQL's processor time: ${count(perSecond)} rows a second, ` +
    `mark ${count(LEAST_ROWS_PER_SECOND)}: ${verdict(perSecond >= LEAST_ROWS_PER_SECOND)}.`
  );
}
