import type { Logger } from "pino";
import type { Config } from "./config.ts";
import { migrateUp } from "./database/migrate.ts";
import { connectOrm } from "./database/orm.ts";
import { mayMigrate, requireMigrated } from "./database/require-migrated.ts";
import { startApollo } from "./graphql/apollo.ts";
import { createContext } from "./graphql/context.ts";
import { closerOf } from "./http/close-server.ts";
import { listen } from "./http/listen.ts";
import { createServer } from "./http/server.ts";

/** A running service. */
export interface App {
  /** Where it listens, for instance http://127.0.0.1:8007. */
  readonly url: string;
  /** Stops listening, lets the requests that are running end, and lets go of the database. */
  close(): Promise<void>;
}

/** Starts the service on a PostgreSQL that is running: migrates it, then listens. */
export async function createApp(config: Config, databaseUrl: string, log: Logger): Promise<App> {
  await migrate(config.ownerDatabaseUrl ?? databaseUrl, log);
  const orm = await connectOrm({
    url: databaseUrl,
    poolSize: config.databasePoolSize,
    role: "results_storage_server",
    log,
  });
  try {
    await requireMigrated(orm);
    const apollo = await startApollo(log, {
      limits: config.queryLimits,
      introspection: config.introspection,
    });
    const server = await createServer({
      apollo,
      createContext: () => createContext(orm),
      isReady: () => orm.isConnected(),
      limits: config.httpLimits,
      corsOrigins: config.corsOrigins,
      trustProxy: config.trustProxy,
      log,
    });
    const closeServer = closerOf(server);
    const url = await listen(server, config);
    return {
      url,
      close: async () => {
        await closeServer();
        await apollo.stop();
        await orm.close();
      },
    };
  } catch (error) {
    await orm.close();
    throw error;
  }
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
