import { existsSync } from "node:fs";
import { constants } from "node:os";
import { createApp } from "./app.ts";
import { DEFAULT_URL } from "./client/client.ts";
import { type Config, readConfig } from "./config.ts";
import { openDatabase } from "./database/connect.ts";
import { logAbandonedErrors } from "./server/graphql/errors.ts";
import { createLog } from "./telemetry/log.ts";

/** Runs the service until SIGINT or SIGTERM, then waits for running requests and stops the embedded database. */
export async function serve(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLog(config);
  logAbandonedErrors(log);
  // Before the start, because a Ctrl-C during the start would leave PostgreSQL running.
  const stopping = new AbortController();
  const stopped = stopSignal((signal) => {
    log.info({ signal }, "stopping");
    stopping.abort();
  });
  const database = await openDatabase(config, log);
  try {
    const app = await createApp(config, database.url, log, stopping.signal);
    // The log is written with a delay of up to 0.1 s: on a terminal "migrated" would follow "listening".
    log.flush(() => process.stdout.write(welcome(app.url, config)));
    await stopped;
    await app.close();
  } catch (error) {
    // A signal during the wait for the database is not an error.
    if (error !== stopping.signal.reason) throw error;
  } finally {
    await database.stop();
  }
}

/** The text on standard output when the server listens: its URL, and the next steps. */
function welcome(url: string, { databaseUrl, dataDir, auth }: Config): string {
  const data = databaseUrl === undefined ? dataDir : "the database of DATABASE_URL";
  const urlVariable = url === DEFAULT_URL ? "" : `RESULTS_STORAGE_URL=${url} `;
  const access =
    auth === "tokens"
      ? 'Clients need a token (RESULTS_STORAGE_TOKEN); "results-storage token create" creates one.'
      : "There is no access control (AUTH=none): every client that reaches this address may read and store.";
  const lines = [
    `  Look       ${url}/   (dashboards)`,
    `  Explore    ${url}/graphql   (Apollo Sandbox with a first query; without internet: ${url}/explorer)`,
    `  Push       ${urlVariable}${commandName()} push infracost.json`,
    ...(hasDemo() ? [`  Try it     ${urlVariable}npm run demo   (stores sample estimates)`] : []),
  ];
  return `
results-storage is listening; its data is in ${data}.
${access}

${lines.join("\n")}

Press Ctrl-C to stop.
`;
}

/** In a clone npx runs the program of the project; --no prevents the download of another one from the npm registry. */
function commandName(): string {
  return exists("src") ? "npx --no -- results-storage" : "results-storage";
}

/** The demo exists in a clone only, and requires its development packages. */
function hasDemo(): boolean {
  return exists("tools/demo.ts") && exists("node_modules/tsx");
}

/** Whether the folder of the project, the parent of both src/ and dist/, contains a path. */
function exists(path: string): boolean {
  return existsSync(new URL(`../${path}`, import.meta.url));
}

/** npm forwards the Ctrl-C of the terminal, so that the program receives it twice; a person is slower than this. */
const DUPLICATE_SIGNAL_MS = 500;

const PARENT_CHECK_MS = 500;

/**
 * Waits for SIGINT (Ctrl-C) or SIGTERM. A second signal while stopping ends the process immediately; an embedded
 * PostgreSQL then keeps running, and the next start reuses it.
 */
function stopSignal(onStop: (signal: NodeJS.Signals) => void): Promise<void> {
  let stoppedAt: number | undefined;
  return new Promise((resolve) => {
    const receive = (signal: NodeJS.Signals) => {
      if (stoppedAt === undefined) {
        stoppedAt = Date.now();
        onStop(signal);
        resolve();
      } else if (Date.now() - stoppedAt > DUPLICATE_SIGNAL_MS) {
        // The exit code of a shell for a program that was ended by a signal.
        process.exit(128 + constants.signals[signal]);
      }
    };
    process.on("SIGINT", receive);
    process.on("SIGTERM", receive);
    if (process.env.npm_lifecycle_event !== undefined) whenParentEnds(() => receive("SIGTERM"));
  });
}

/**
 * npm sends a signal to the shell that runs this program; the shell ends without forwarding it (`npm start` in a
 * container or under a service manager). So the end of the shell counts as the signal.
 */
function whenParentEnds(onEnd: () => void): void {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    onEnd();
  }, PARENT_CHECK_MS).unref();
}
