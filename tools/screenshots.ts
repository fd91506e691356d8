/** `npm run screenshots`: takes the pictures of the README from a service with the demo, on a temporary database. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { CHROMIUM_ARGS, chromiumPath } from "../test/support/chromium.ts";

const FOLDER = join(import.meta.dirname, "../docs/images");

/** The size of a picture in a repository that is cloned often. */
const MAX_BYTES = 200_000;

const WINDOW = { width: 1_280, height: 960 };

const executablePath = chromiumPath();
if (executablePath === undefined)
  throw new Error("Chromium is not installed: set CHROMIUM_PATH to its program.");

const dataDir = await mkdtemp(join(tmpdir(), "results-storage-screenshots-"));
const server = spawn(process.execPath, ["bin/results-storage.js", "serve"], {
  env: { PATH: process.env.PATH, DATA_DIR: dataDir, PORT: "0", AUTH: "none", LOG_LEVEL: "warn" },
  stdio: ["ignore", "pipe", "inherit"],
});
const ended = once(server, "exit");
try {
  const url = await urlOf(server);
  const env = { ...process.env, RESULTS_STORAGE_URL: url };
  await promisify(execFile)("npm", ["run", "--silent", "demo"], { env });
  const [base, target] = await comparedJobs(url);
  const browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGS });
  const page = await browser.newPage({ viewport: WINDOW, reducedMotion: "reduce", colorScheme: "light" });
  await page.goto(url);
  await page.getByRole("heading", { name: "Largest changes" }).waitFor();
  await page.getByText("Live", { exact: true }).waitFor();
  await take("portfolio.png");
  await page.goto(`${url}/#/c/${base}...${target}`);
  await page.getByRole("table", { name: "Difference by kind of change" }).waitFor();
  await take("compare.png");
  await browser.close();

  /** Takes a picture of what is in the window, when all of it is loaded. */
  async function take(name: string): Promise<void> {
    while (!(await page.evaluate<boolean>(`document.querySelector(".skeleton, [aria-busy=true]") === null`)));
    const path = join(FOLDER, name);
    await page.screenshot({ path, scale: "css" });
    const { size } = await stat(path);
    if (size > MAX_BYTES) throw new Error(`${path} has ${size} bytes, and may have ${MAX_BYTES}.`);
    console.log(`${path}  ${size} bytes`);
  }
} finally {
  server.kill();
  await ended;
  await rm(dataDir, { recursive: true });
}

/** Waits until the service can be used. */
async function urlOf({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error("The output of the service is not read.");
  for await (const line of createInterface(stdout)) {
    const [, found] = /(http:\S+)\/graphql/.exec(line) ?? [];
    if (found !== undefined) {
      stdout.resume();
      return found;
    }
  }
  throw new Error("The service has ended.");
}

/** The pull request of the demo and the job of its target branch. */
async function comparedJobs(url: string): Promise<[base: string, target: string]> {
  const query = `{ jobs(first: 1, filter: { project: "acme/shop", branch: "larger-database" }) { nodes { id baseline { id } } } }`;
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query }),
  });
  const { data }: { data: { jobs: { nodes: { id: string; baseline: { id: string } }[] } } } = JSON.parse(
    await response.text(),
  );
  const [job] = data.jobs.nodes;
  if (job === undefined) throw new Error("The demo has no pull request.");
  return [job.baseline.id, job.id];
}
