import type { Logger } from "pino";
import type { Config } from "../config.ts";
import { findEmbeddedPostgres, startEmbeddedPostgres } from "./embedded/embedded-postgres.ts";

/** A database to work on, and how to let go of it. */
export interface DatabaseHandle {
  readonly url: string;
  stop(): Promise<void>;
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
