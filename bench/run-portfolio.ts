import type { Cluster } from "./database/cluster.ts";
import { openPortfolio } from "./database/dataset.ts";
import { SERIES } from "./database/job-sets.ts";
import { explainPortfolio } from "./measure/explain-portfolio.ts";
import { measurePortfolio } from "./measure/portfolio.ts";
import type { Options } from "./options.ts";
import { describeMachine } from "./report/machine.ts";
import { markdownTable, short } from "./report/markdown.ts";
import { verdict } from "./report/verdict.ts";
import { CACHE_OFF, startOurs } from "./servers/contenders.ts";

/** Measures portfolios by each grouping, and returns the report with the plans of PostgreSQL. */
export async function runPortfolio(
  cluster: Cluster,
  { rounds }: Options,
  say: (message: string) => void,
): Promise<string> {
  const machine = describeMachine(cluster.version);
  const url = await openPortfolio(cluster, say);
  const server = await startOurs(url, CACHE_OFF);
  try {
    say("measuring portfolios");
    const found = await measurePortfolio(server, cluster.postmaster, rounds);
    const table = markdownTable(
      ["question", "ms", "CPU of PostgreSQL", "CPU of the server", "mark", ""],
      found.map(({ question, ms, postgresMs, serverMs, mark }) => [
        question,
        short(ms),
        short(postgresMs),
        short(serverMs),
        mark === undefined ? "" : `at most ${mark}`,
        mark === undefined ? "" : verdict(ms <= mark),
      ]),
    );
    say("explaining portfolios");
    const plans = await explainPortfolio(url);
    const data = `${SERIES.toLocaleString("en")} series with 100 jobs each; 300 resources in each of the newest three. Medians of ${rounds} requests by one connection, in milliseconds.`;
    return [`${machine}.`, data, table, ...plans].join("\n\n");
  } finally {
    await server.stop();
  }
}
