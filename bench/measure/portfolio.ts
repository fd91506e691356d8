import { Pool } from "undici";
import type { Server } from "../servers/server.ts";
import { operation } from "../workloads/workload.ts";
import { cpuMs, familyCpuMs } from "./processes.ts";
import { send, TIMEOUT_MS } from "./send.ts";
import { median } from "./statistics.ts";

/** The median time of a portfolio, in milliseconds. */
export interface PortfolioTime {
  readonly question: string;
  readonly ms: number;
  readonly postgresMs: number;
  readonly serverMs: number;
  /** The most that it may take. */
  readonly mark: number | undefined;
}

const GROUPS =
  "groups { key isOther currency totalMonthlyCost resourceCount unpricedResourceCount jobCount }";
const TOTALS =
  "totals { currency totalMonthlyCost unattributed resourceCount unpricedResourceCount jobCount }";

/** The arguments of each portfolio, and the marks. */
const QUESTIONS: readonly (readonly [question: string, args: string, mark?: number])[] = [
  ["PROJECT", "groupBy: PROJECT", 100],
  ["TAG, 20 values", 'groupBy: TAG, key: "team"', 1_000],
  ["TAG, 300 values", 'groupBy: TAG, key: "Name"', 1_000],
  ["TAG, a year ago", 'groupBy: TAG, key: "team", asOf: "2025-11-02T12:00:00Z"', 1_000],
  ["LABEL", 'groupBy: LABEL, key: "team"'],
  ["TOTAL", "groupBy: TOTAL"],
  ["BRANCH", "groupBy: BRANCH"],
  ["SERVICE", "groupBy: SERVICE"],
  ["REGION", "groupBy: REGION"],
  ["PROVIDER", "groupBy: PROVIDER"],
  ["RESOURCE_TYPE", "groupBy: RESOURCE_TYPE"],
  ["MODULE", "groupBy: MODULE"],
  ["TAG of one project", 'groupBy: TAG, key: "team", filter: { project: "portfolio-7" }'],
];

/** Asks for each portfolio in turn, in so many rounds after one that is not counted. */
export async function measurePortfolio(
  server: Server,
  postmaster: number,
  rounds: number,
): Promise<PortfolioTime[]> {
  const pool = new Pool(server.url, { connections: 1, headersTimeout: TIMEOUT_MS });
  const asked = [
    ...QUESTIONS.map(([question, args, mark]) => ({ question, args, mark, fields: `${TOTALS} ${GROUPS}` })),
    {
      question: "PROJECT with warnings",
      args: "groupBy: PROJECT",
      mark: undefined,
      fields: "warnings { code message }",
    },
  ];
  const times = new Map(asked.map(({ question }) => [question, [] as (readonly number[])[]]));
  try {
    for (let round = 0; round <= rounds; round++) {
      for (const { question, args, fields } of asked) {
        const request = operation(`{ portfolio(${args}) { asOf ${fields} } }`);
        const before = [performance.now(), familyCpuMs(postmaster), cpuMs(server.pid)];
        await send(pool, request);
        const after = [performance.now(), familyCpuMs(postmaster), cpuMs(server.pid)];
        if (round > 0) times.get(question)?.push(after.map((value, i) => value - (before[i] ?? 0)));
      }
    }
  } finally {
    await pool.close();
  }
  return asked.map(({ question, mark }) => {
    const of = times.get(question) ?? [];
    const column = (i: number) => median(of.map((values) => values[i] ?? Number.NaN));
    return { question, ms: column(0), postgresMs: column(1), serverMs: column(2), mark };
  });
}
