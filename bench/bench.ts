/** `npm run bench`: measures the service beside PostGraphile and beside bare SQL; see README.md. */
import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { startCluster } from "./database/cluster.ts";
import { readOptions } from "./options.ts";
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
  const text = await (options.scale ? runScale : runWorkloads)(cluster, options, say);
  process.stdout.write(`${text}\n`);
  // Parts of a run are for looking at; a whole one is kept.
  const file = options.scale ? "RESULTS-scale.md" : "RESULTS.md";
  if (options.only === undefined) await writeFile(`${import.meta.dirname}/${file}`, `# Results\n\n${text}\n`);
} finally {
  await cluster.stop();
}
