import type { MikroORM } from "@mikro-orm/postgresql";
import type { Logger } from "pino";
import type { Config } from "./config.ts";
import { migrateUp } from "./database/migrate.ts";
import { connectOrm, createOrm, type DatabaseOptions, sessionUrl } from "./database/orm.ts";
import { createProbe, type DatabaseState } from "./database/probe.ts";
import { mayMigrate, requireMigrated } from "./database/require-migrated.ts";
import { requirePostgres } from "./database/require-postgres.ts";
import { waitForDatabase } from "./database/wait-for-database.ts";
import { startApollo } from "./graphql/apollo.ts";
import { createContext } from "./graphql/context.ts";
import { closerOf } from "./http/close-server.ts";
import type { Readiness } from "./http/health.routes.ts";
import { listen } from "./http/listen.ts";
import { createServer } from "./http/server.ts";

/** A running service. */
export interface App {
  /** Where it listens, for instance http://127.0.0.1:8007. */
  readonly url: string;
  /** Stops listening, lets the requests that are running end, and lets go of the database. */
  close(): Promise<void>;
}

const READINESS: Readonly<Record<DatabaseState, Readiness>> = {
  ready: "ready",
  "not answering": "the database does not answer",
  "not migrated": "the database is behind this version",
};

/**
 * Starts the service on a PostgreSQL: listens, migrates it once it can be reached, then answers. Until then only
 * health is told.
 * @param signal gives the start up, which then fails.
 */
export async function createApp(
  config: Config,
  databaseUrl: string,
  log: Logger,
  signal?: AbortSignal,
): Promise<App> {
  const database: DatabaseOptions = {
    url: databaseUrl,
    poolSize: config.databasePoolSize,
    role: "results_storage_server",
    timeouts: config.databaseTimeouts,
    log,
  };
  const orm = await createOrm(database);
  const probe = createProbe(sessionUrl(database));
  const apollo = await startApollo(log);
  let open = false;
  let stopping = false;
  const server = createServer({
    apollo,
    createContext: () => createContext(orm),
    readiness: async () => {
      if (stopping) return "stopping";
      return open ? READINESS[await probe.look()] : "waiting for the database";
    },
    isOpen: () => open,
    bodyLimit: config.bodyLimit,
    log,
  });
  const closeServer = closerOf(server, config.shutdownGraceMs);
  const close = async () => {
    stopping = true;
    await closeServer();
    await apollo.stop();
    probe.close();
    await orm.close();
  };
  try {
    const url = await listen(server, config);
    await waitForDatabase(() => prepare(orm, config, database), { log, signal });
    // Connected while there is little to do, it costs little later.
    await probe.look();
    open = true;
    return { url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Brings the database to where the service can work with it, and checks that it can. */
async function prepare(orm: MikroORM, config: Config, { url, role, log }: DatabaseOptions): Promise<void> {
  await migrate(config.ownerDatabaseUrl ?? url, log);
  await requirePostgres(orm, url, role);
  await requireMigrated(orm);
}

/** As the owner of the tables. A login that is none of the owner's leaves it to whoever is. */
async function migrate(url: string, log: Logger): Promise<void> {
  const orm = await connectOrm({ url, poolSize: 2, log });
  try {
    if (!(await mayMigrate(orm))) return;
    for (const name of await migrateUp(orm)) log.info({ migration: name }, "migrated");
  } finally {
    await orm.close();
  }
}
