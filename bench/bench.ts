/** `npm run bench`: measures the service beside PostGraphile and beside bare SQL; see README.md. */
import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { startCluster } from "./database/cluster.ts";
import { type Options, readOptions } from "./options.ts";
import { runIntegrity } from "./run-integrity.ts";
import { runLive } from "./run-live.ts";
import { runPage } from "./run-page.ts";
import { runPortfolio } from "./run-portfolio.ts";
import { runScale } from "./run-scale.ts";
import { runWorkloads } from "./run-workloads.ts";

const options = readOptions(process.argv.slice(2));
const say = (message: string) => process.stderr.write(`${message}\n`);

if (options.build) {
  execFileSync("npm", ["run", "--silent", "build"], { cwd: `${import.meta.dirname}/..`, stdio: "inherit" });
}
const cluster = await startCluster(say);
for (const signal of ["SIGINT", "SIGTERM"]) {
  // The servers end with this process, PostgreSQL would not.
  process.once(signal, () => cluster.stop().finally(() => process.exit(1)));
}
try {
  const { run, file } = suiteOf(options);
  const text = await run(cluster, options, say);
  process.stdout.write(`${text}\n`);
  // Parts of a run are for looking at; a whole one is kept.
  if (options.only === undefined) await writeFile(`${import.meta.dirname}/${file}`, `# Results\n\n${text}\n`);
} finally {
  await cluster.stop();
}

function suiteOf({ scale, integrity, portfolio, live, page }: Options) {
  if (page) return { run: runPage, file: "RESULTS-page.md" };
  if (portfolio) return { run: runPortfolio, file: "RESULTS-portfolio.md" };
  if (scale) return { run: runScale, file: "RESULTS-scale.md" };
  if (integrity) return { run: runIntegrity, file: "RESULTS-integrity.md" };
  if (live) return { run: runLive, file: "RESULTS-live.md" };
  return { run: runWorkloads, file: "RESULTS.md" };
}
