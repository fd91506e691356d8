import type { Logger } from "pino";
import type { Config } from "../config.ts";
import {
  findEmbeddedPostgres,
  startEmbeddedPostgres,
  startExistingPostgres,
} from "./embedded/embedded-postgres.ts";

/** A database to work on, and how to let go of it. */
export interface DatabaseHandle {
  readonly url: string;
  stop(): Promise<void>;
}

/** The existing database of DATABASE_URL, or else the embedded one, started; an empty one is made in an empty folder. */
export async function openDatabase(config: Config, log: Logger): Promise<DatabaseHandle> {
  if (config.databaseUrl !== undefined) return existing(config.databaseUrl);
  return startEmbeddedPostgres(config.dataDir, (message) => log.info(message));
}

/**
 * The same, for a command that has no use for an empty database.
 * @throws NoData where the embedded one would be made.
 */
export async function openExistingDatabase(config: Config, log: Logger): Promise<DatabaseHandle> {
  if (config.databaseUrl !== undefined) return existing(config.databaseUrl);
  return startExistingPostgres(config.dataDir, (message) => log.info(message));
}

/**
 * The same, for a command that may work beside the server: an embedded one that runs is used as it is, and goes on.
 * @throws NoData where the embedded one would be made.
 */
export async function joinDatabase(config: Config, log: Logger): Promise<DatabaseHandle> {
  if (config.databaseUrl !== undefined) return existing(config.databaseUrl);
  const url = await findEmbeddedPostgres(config.dataDir, (message) => log.info(message));
  return url === undefined ? openExistingDatabase(config, log) : existing(url);
}

/** Nobody's to stop here. */
function existing(url: string): DatabaseHandle {
  return { url, stop: async () => {} };
}
