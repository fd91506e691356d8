import type { Logger } from "pino";
import { createAuthenticator } from "./access/authenticator.ts";
import type { Config } from "./config.ts";
import { connectOrm } from "./database/orm.ts";
import { requireMigrated } from "./database/require-migrated.ts";
import { startApollo } from "./graphql/apollo.ts";
import { createContext } from "./graphql/context.ts";
import type { LargeRequests } from "./http/large-requests/large-requests.ts";
import { createServer, type WebServer } from "./http/server.ts";

/** The service, ready to be asked; it listens nowhere yet. */
export interface Service {
  readonly server: WebServer;
  /** Lets go of the database. No request must be under way. */
  close(): Promise<void>;
}

/**
 * Opens the service on a migrated database.
 * @param largeRequests answers what is large; undefined: it is answered like everything else.
 */
export async function openService(
  config: Config,
  databaseUrl: string,
  log: Logger,
  largeRequests?: LargeRequests,
): Promise<Service> {
  const orm = await connectOrm({
    url: databaseUrl,
    poolSize: config.databasePoolSize,
    role: "results_storage_server",
    log,
  });
  try {
    await requireMigrated(orm);
    const authenticator = await createAuthenticator(config, orm, log);
    const apollo = await startApollo(log, config.cacheBytes);
    const server = await createServer({
      apollo,
      authenticate: authenticator.authenticate,
      createContext: (viewer) => createContext(orm, viewer),
      isReady: () => orm.isConnected(),
      bodyLimit: config.bodyLimit,
      largeRequests,
      log,
    });
    return {
      server,
      close: async () => {
        await apollo.stop();
        await authenticator.close();
        await orm.close();
      },
    };
  } catch (error) {
    await orm.close();
    throw error;
  }
}
