import type { MikroORM } from "@mikro-orm/postgresql";
import type { Logger } from "pino";
import { createAuthenticator, requireWayIn } from "./access/authenticator.ts";
import type { Config } from "./config.ts";
import { createOrm, type DatabaseOptions, sessionUrl } from "./database/orm.ts";
import { createProbe, type DatabaseState } from "./database/probe.ts";
import { requireMigrated } from "./database/require-migrated.ts";
import { requirePostgres } from "./database/require-postgres.ts";
import { createAnswerCache } from "./graphql/answers/answer-cache.ts";
import { startApollo } from "./graphql/apollo.ts";
import { createContext } from "./graphql/context.ts";
import { closerOf } from "./http/close-server.ts";
import type { Readiness } from "./http/health.routes.ts";
import type { LargeRequests } from "./http/large-requests/large-requests.ts";
import { UploadMemory } from "./http/limits/upload-memory.ts";
import { createServer, type WebServer } from "./http/server.ts";
import type { Telemetry } from "./telemetry/start-telemetry.ts";

/** The service: what answers requests, over a database. */
export interface Service {
  /** Refuses everything but health until the service is open. Listens nowhere yet. */
  readonly server: WebServer;
  readonly orm: MikroORM;
  /**
   * Checks the database, which must be migrated, and answers requests from then on.
   * @throws DatabaseUnusable, NoWayIn, or why the database cannot be reached.
   */
  open(): Promise<void>;
  /** Takes no new connections, and lets the requests that are running end. */
  stop(): Promise<void>;
  /** Lets go of the database. No request must be under way. */
  close(): Promise<void>;
}

/** What the service is made of. */
export interface ServiceOptions {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly log: Logger;
  /** Who is told of requests and of the pool; undefined: nobody. */
  readonly telemetry?: Telemetry;
  /** Answers what is large; undefined: it is answered like everything else. */
  readonly largeRequests?: LargeRequests;
}

const READINESS: Readonly<Record<DatabaseState, Readiness>> = {
  ready: "ready",
  "not answering": "the database does not answer",
  "read-only": "the database accepts no writes",
  "not migrated": "the database is behind this version",
};

/** Makes the service. It asks the database nothing before it is opened. */
export async function createService({
  config,
  databaseUrl,
  log,
  telemetry,
  largeRequests,
}: ServiceOptions): Promise<Service> {
  const database: DatabaseOptions = {
    url: databaseUrl,
    poolSize: config.databasePoolSize,
    role: "results_storage_server",
    timeouts: config.databaseTimeouts,
    preparedStatements: config.databasePreparedStatements,
    onPool: telemetry?.metrics?.watchPool,
    log,
  };
  const orm = await createOrm(database);
  const probe = createProbe(sessionUrl(database));
  const authenticator = createAuthenticator(config, orm, log);
  const cache = config.cacheBytes > 0 ? createAnswerCache(config.cacheBytes) : undefined;
  if (cache !== undefined) telemetry?.metrics?.watchCache(cache.counts);
  const apollo = await startApollo({
    log,
    cache,
    limits: config.queryLimits,
    introspection: config.introspection,
  });
  const uploadMemory = new UploadMemory(config.httpLimits.bodyBytes);
  telemetry?.metrics?.watchUploads(() => uploadMemory.bytesHeld);
  let state: "waiting" | "open" | "stopping" = "waiting";
  const server = await createServer({
    apollo,
    authenticate: authenticator.authenticate,
    createContext: (viewer) => createContext(orm, viewer),
    readiness: async () => {
      if (state === "stopping") return "stopping";
      return state === "open" ? READINESS[await probe.look()] : "waiting for the database";
    },
    isOpen: () => state !== "waiting",
    limits: config.httpLimits,
    uploadMemory,
    corsOrigins: config.corsOrigins,
    // A page cannot send a token that it does not have.
    acceptedHosts: config.auth === "none" ? config : undefined,
    trustProxy: config.trustProxy,
    observers: telemetry?.observers ?? [],
    largeRequests,
    log,
  });
  const closeServer = closerOf(server, config.shutdownGraceMs);
  return {
    server,
    orm,
    open: async () => {
      await requirePostgres(orm, databaseUrl, database.role);
      await requireMigrated(orm);
      await requireWayIn(config, orm);
      // Connected while there is little to do, it costs little later.
      await probe.look();
      state = "open";
    },
    stop: async () => {
      state = "stopping";
      await closeServer();
    },
    close: async () => {
      await apollo.stop();
      await authenticator.close();
      probe.close();
      await orm.close();
    },
  };
}
