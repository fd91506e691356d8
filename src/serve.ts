import { existsSync } from "node:fs";
import { constants } from "node:os";
import { createApp } from "./app.ts";
import { DEFAULT_URL } from "./client/client.ts";
import { type Config, readConfig } from "./config.ts";
import { openDatabase } from "./database/connect.ts";
import { createLog } from "./telemetry/log.ts";

/**
 * Runs the service until SIGINT or SIGTERM, then completes the running requests and stops the embedded database.
 */
export async function serve(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLog(config);
  // Before the start of the database: a Ctrl-C during the start must not leave PostgreSQL running.
  const stopping = new AbortController();
  const stopped = stopSignal((signal) => {
    log.info({ signal }, "stopping");
    stopping.abort();
  });
  const database = await openDatabase(config, log);
  try {
    const app = await createApp(config, database.url, log, stopping.signal);
    // The log is buffered for up to 0.1 s; without the flush, "migrated" follows "listening" on a terminal.
    log.flush(() => process.stdout.write(welcome(app.url, config)));
    await stopped;
    await app.close();
  } catch (error) {
    // The signal came while the service waited for its database.
    if (error !== stopping.signal.reason) throw error;
  } finally {
    await database.stop();
  }
}

/** The text on standard output when the server listens: its URL and the next steps. */
export function welcome(url: string, { databaseUrl, dataDir, auth }: Config): string {
  const data = databaseUrl === undefined ? dataDir : "the database of DATABASE_URL";
  const urlVariable = url === DEFAULT_URL ? "" : `RESULTS_STORAGE_URL=${url} `;
  const access =
    auth === "tokens"
      ? 'Clients need a token (RESULTS_STORAGE_TOKEN); "results-storage token create" creates one.'
      : "There is no access control (AUTH=none): every client that reaches this address may read and store.";
  const lines = [
    `  Explore    ${url}/graphql   (Apollo Sandbox with a first query)`,
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

/** In a clone, npx runs the program of the project; --no disables the search in the npm registry. */
function commandName(): string {
  return isThere("src") ? "npx --no -- results-storage" : "results-storage";
}

/** The demo exists in a clone only and needs the development packages. */
function hasDemo(): boolean {
  return isThere("tools/demo.ts") && isThere("node_modules/tsx");
}

/** Whether a path exists in the project folder, the parent of both src/ and dist/. */
function isThere(path: string): boolean {
  return existsSync(new URL(`../${path}`, import.meta.url));
}

/** npm forwards the terminal's Ctrl-C, so the signal arrives twice; a user needs longer for a second one. */
const ECHO_MS = 500;

/**
 * Resolves at the first SIGINT (Ctrl-C) or SIGTERM. A second signal ends the process at once; an embedded PostgreSQL
 * then continues to run, and the next start uses it.
 */
function stopSignal(onStop: (signal: NodeJS.Signals) => void): Promise<void> {
  let stoppedAt: number | undefined;
  return new Promise((resolve) => {
    const onSignal = (signal: NodeJS.Signals) => {
      if (stoppedAt === undefined) {
        stoppedAt = Date.now();
        onStop(signal);
        resolve();
      } else if (Date.now() - stoppedAt > ECHO_MS) {
        // The exit code of a process that was ended by a signal.
        process.exit(128 + constants.signals[signal]);
      }
    };
    process.on("SIGINT", onSignal);
    process.on("SIGTERM", onSignal);
    if (process.env.npm_lifecycle_event !== undefined) whenParentEnds(() => onSignal("SIGTERM"));
  });
}

const PARENT_CHECK_MS = 500;

/**
 * npm sends a signal to the shell between npm and this process; the shell ends without forwarding it (`npm start` in a
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
