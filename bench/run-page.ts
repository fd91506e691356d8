import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { CHROMIUM_ARGS, chromiumPath } from "../test/support/chromium.ts";
import { type Cluster, withClient } from "./database/cluster.ts";
import { measurePaint, measurePoints } from "./measure/page.ts";
import type { Options } from "./options.ts";
import { describeMachine } from "./report/machine.ts";
import { markdownTable, short } from "./report/markdown.ts";
import { verdict } from "./report/verdict.ts";
import { startOurs } from "./servers/contenders.ts";

const DATABASE = "bench_page";

/** The numbers of points of the drawn trends. */
const POINTS = [10_000, 50_000];

/** The budgets, in milliseconds. */
const MARKS = { firstPaint: 1_000, points: 100 };

/** Measures the page with the data of the demo in Chromium, and returns the report. */
export async function runPage(
  cluster: Cluster,
  { rounds }: Options,
  say: (message: string) => void,
): Promise<string> {
  const executablePath = chromiumPath();
  if (executablePath === undefined)
    throw new Error("Chromium is not installed: set CHROMIUM_PATH to its program.");
  const machine = describeMachine(cluster.version);
  await withClient(cluster.urlOf("postgres"), async (admin) => {
    await admin.query(`drop database if exists ${DATABASE} with (force)`);
    await admin.query(`create database ${DATABASE}`);
  });
  const server = await startOurs(cluster.urlOf(DATABASE), { LOG_LEVEL: "error" });
  const browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGS });
  try {
    say("storing the demo");
    await promisify(execFile)("npm", ["run", "--silent", "demo"], {
      cwd: `${import.meta.dirname}/..`,
      env: { ...process.env, RESULTS_STORAGE_URL: server.url },
    });
    say("measuring the page");
    const { firstPaint, totals, plot } = await measurePaint(browser, server.url, rounds);
    const rows = [
      row("first paint of /", firstPaint, MARKS.firstPaint),
      row("the totals of the portfolio", totals),
      row("the trend of the portfolio", plot),
    ];
    for (const points of POINTS) {
      const ms = await measurePoints(browser, server.url, points, rounds);
      const mark = points === POINTS[0] ? MARKS.points : undefined;
      rows.push(row(`${points.toLocaleString("en")} points, from the answer to the plot`, ms, mark));
    }
    const data = `Chromium ${browser.version()} with an empty cache, the data of \`npm run demo\`. Medians of ${rounds} visits, in milliseconds.`;
    return [`${machine}.`, data, markdownTable(["step", "ms", "mark", ""], rows)].join("\n\n");
  } finally {
    await browser.close();
    await server.stop();
  }
}

function row(step: string, ms: number, mark?: number): string[] {
  return [
    step,
    short(ms),
    mark === undefined ? "" : `at most ${mark}`,
    mark === undefined ? "" : verdict(ms <= mark),
  ];
}
