import type { Logger } from "pino";
import { createApp } from "./app.ts";
import { type Config, readConfig } from "./config.ts";
import { findEmbeddedPostgres, startEmbeddedPostgres } from "./database/embedded/embedded-postgres.ts";
import { stopSignal } from "./stop-signal.ts";
import { createLog } from "./telemetry/log.ts";
import { welcome } from "./welcome.ts";

/** A database to work on, and how to let go of it. */
export interface DatabaseHandle {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Runs the service until it is told to stop (SIGINT, SIGTERM), then lets running requests end and stops the
 * embedded database.
 */
export async function serve(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLog(config);
  // From now on, or else a Ctrl-C while it starts would leave PostgreSQL behind.
  const stopped = stopSignal((signal) => log.info({ signal }, "stopping"));
  const database = await openDatabase(config, log);
  try {
    const app = await createApp(config, database.url, log);
    process.stdout.write(welcome(app.url, config));
    await stopped;
    await app.close();
  } finally {
    await database.stop();
  }
}

/** The existing database of DATABASE_URL, or else the embedded one, started. */
export async function openDatabase(config: Config, log: Logger): Promise<DatabaseHandle> {
  if (config.databaseUrl !== undefined) return { url: config.databaseUrl, stop: async () => {} };
  return startEmbeddedPostgres(config.dataDir, (message) => log.info(message));
}

/** The same, for a command that may work beside the server: an embedded one that runs is used as it is, and goes on. */
export async function joinDatabase(config: Config, log: Logger): Promise<DatabaseHandle> {
  if (config.databaseUrl !== undefined) return openDatabase(config, log);
  const url = await findEmbeddedPostgres(config.dataDir, (message) => log.info(message));
  return url === undefined ? openDatabase(config, log) : { url, stop: async () => {} };
}
