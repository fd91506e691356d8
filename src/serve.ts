import { existsSync } from "node:fs";
import { constants } from "node:os";
import { createApp } from "./app.ts";
import { DEFAULT_URL } from "./client/client.ts";
import { type Config, readConfig } from "./config.ts";
import { openDatabase } from "./database/connect.ts";
import { createLog } from "./telemetry/log.ts";

/**
 * Runs the service until it is told to stop (SIGINT, SIGTERM), then lets running requests end and stops the
 * embedded database.
 */
export async function serve(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLog(config);
  // From now on, or else a Ctrl-C while it starts would leave PostgreSQL behind.
  const stopping = new AbortController();
  const stopped = stopSignal((signal) => {
    log.info({ signal }, "stopping");
    stopping.abort();
  });
  const database = await openDatabase(config, log);
  try {
    const app = await createApp(config, database.url, log, stopping.signal);
    // The log is written up to 0.1 s late: on a terminal, "migrated" would come after "listening".
    log.flush(() => process.stdout.write(welcome(app.url, config)));
    await stopped;
    await app.close();
  } catch (error) {
    // Told to stop while it waited for its database.
    if (error !== stopping.signal.reason) throw error;
  } finally {
    await database.stop();
  }
}

/** What the server says on standard output once it listens: where it is, and what to do next. */
export function welcome(url: string, { databaseUrl, dataDir, auth }: Config): string {
  const data = databaseUrl === undefined ? dataDir : "the database of DATABASE_URL";
  const elsewhere = url === DEFAULT_URL ? "" : `RESULTS_STORAGE_URL=${url} `;
  const access =
    auth === "tokens"
      ? 'Clients need a token (RESULTS_STORAGE_TOKEN); "results-storage token create" makes one.'
      : "There is no access control (AUTH=none): whoever reaches this address may read and store.";
  const lines = [
    `  Explore    ${url}/graphql   (opens Apollo Sandbox with a first query)`,
    `  Push       ${elsewhere}${commandName()} push infracost.json`,
    ...(hasDemo() ? [`  Try it     ${elsewhere}npm run demo   (stores sample estimates)`] : []),
  ];
  return `
results-storage is listening; its data is in ${data}.
${access}

${lines.join("\n")}

Press Ctrl-C to stop.
`;
}

/** In a clone npx runs the project's own program; --no keeps it from looking for another one in the npm registry. */
function commandName(): string {
  return isThere("src") ? "npx --no -- results-storage" : "results-storage";
}

/** The samples and the program that stores them are in a clone only, and need its development packages. */
function hasDemo(): boolean {
  return isThere("tools/demo.ts") && isThere("node_modules/tsx");
}

/** Whether something is in the folder of the project, which is above both src/ and dist/. */
function isThere(path: string): boolean {
  return existsSync(new URL(`../${path}`, import.meta.url));
}

/** npm repeats the terminal's Ctrl-C to the program it has started; nobody presses it twice so quickly. */
const ECHO_MS = 500;

const PARENT_CHECK_MS = 500;

/**
 * Waits to be told to stop: by Ctrl-C (SIGINT) or SIGTERM. Told once more while stopping, the process ends at once;
 * an embedded PostgreSQL then goes on, and is found by the next start.
 */
export function stopSignal(onStop: (signal: NodeJS.Signals) => void): Promise<void> {
  let since: number | undefined;
  return new Promise((resolve) => {
    const told = (signal: NodeJS.Signals) => {
      if (since === undefined) {
        since = Date.now();
        onStop(signal);
        resolve();
      } else if (Date.now() - since > ECHO_MS) {
        // As a shell reports a program that a signal has ended.
        process.exit(128 + constants.signals[signal]);
      }
    };
    process.on("SIGINT", told);
    process.on("SIGTERM", told);
    if (process.env.npm_lifecycle_event !== undefined) whenParentEnds(() => told("SIGTERM"));
  });
}

/**
 * npm hands a signal to the shell that it has started us in; the shell ends of it and tells nobody (`npm start` in
 * a container, or under a service manager). So the end of that shell is taken for the signal.
 */
function whenParentEnds(onEnd: () => void): void {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    onEnd();
  }, PARENT_CHECK_MS).unref();
}
