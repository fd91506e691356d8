import type { MikroORM } from "@mikro-orm/postgresql";
import type { Logger } from "pino";
import { createAuthenticator } from "./access/authenticator.ts";
import type { Config } from "./config.ts";
import { connectOrm } from "./database/orm.ts";
import { requireMigrated } from "./database/require-migrated.ts";
import { createAnswerCache } from "./graphql/answers/answer-cache.ts";
import { startApollo } from "./graphql/apollo.ts";
import { createContext } from "./graphql/context.ts";
import type { LargeRequests } from "./http/large-requests/large-requests.ts";
import { createServer, type WebServer } from "./http/server.ts";
import type { Telemetry } from "./telemetry/start-telemetry.ts";

/** The service, ready to be asked; it listens nowhere yet. */
export interface Service {
  readonly server: WebServer;
  readonly orm: MikroORM;
  /** Lets go of the database. No request must be under way. */
  close(): Promise<void>;
}

/** What the service is opened with. */
export interface ServiceOptions {
  readonly config: Config;
  /** A database that is migrated. */
  readonly databaseUrl: string;
  readonly log: Logger;
  /** Who is told of requests and of the pool; undefined: nobody. */
  readonly telemetry?: Telemetry;
  /** Answers what is large; undefined: it is answered like everything else. */
  readonly largeRequests?: LargeRequests;
}

/** Opens the service. */
export async function openService({
  config,
  databaseUrl,
  log,
  telemetry,
  largeRequests,
}: ServiceOptions): Promise<Service> {
  const orm = await connectOrm({
    url: databaseUrl,
    poolSize: config.databasePoolSize,
    role: "results_storage_server",
    onPool: telemetry?.metrics?.watchPool,
    log,
  });
  try {
    await requireMigrated(orm);
    const authenticator = await createAuthenticator(config, orm, log);
    const cache = config.cacheBytes > 0 ? createAnswerCache(config.cacheBytes) : undefined;
    if (cache !== undefined) telemetry?.metrics?.watchCache(cache.counts);
    const apollo = await startApollo({
      log,
      cache,
      limits: config.queryLimits,
      introspection: config.introspection,
    });
    const server = await createServer({
      apollo,
      authenticate: authenticator.authenticate,
      createContext: (viewer) => createContext(orm, viewer),
      isReady: () => orm.isConnected(),
      limits: config.httpLimits,
      corsOrigins: config.corsOrigins,
      trustProxy: config.trustProxy,
      observers: telemetry?.observers ?? [],
      largeRequests,
      log,
    });
    return {
      server,
      orm,
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
