import { extname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { MikroORM } from "@mikro-orm/postgresql";
import type { Logger } from "pino";
import { createAuthenticator, requireCredentials } from "./access/authenticator.ts";
import type { Config } from "./config.ts";
import {
  connectOrm,
  createOrm,
  type DatabaseOptions,
  sessionUrl,
  waitForDatabase,
} from "./database/connect.ts";
import { Database } from "./database/database.ts";
import { migrateUp } from "./database/migrate.ts";
import { createProbe, type DatabaseState } from "./database/probe.ts";
import { missingTimeouts } from "./database/session.ts";
import { mayMigrate, requireMigrated, requirePostgres } from "./database/startup-checks.ts";
import { createContext } from "./graphql/context.ts";
import { type Sealer, startSealer } from "./integrity/seal-jobs.ts";
import { startApollo } from "./server/graphql/apollo.ts";
import { createResponseCache } from "./server/graphql/response-cache.ts";
import { createLargeRequests, type LargeRequests } from "./server/large-requests.ts";
import { createCloser, listen, type Readiness, serveMetrics } from "./server/lifecycle.ts";
import { createServer, type WebServer } from "./server/server.ts";
import { UploadMemory } from "./server/upload-memory.ts";
import { startTelemetry, type Telemetry } from "./telemetry/start-telemetry.ts";

/** A running service. */
interface App {
  /** Where it listens, for instance http://127.0.0.1:8007. */
  readonly url: string;
  /** Where its metrics are, without the path; undefined: they are not served. */
  readonly metricsUrl: string | undefined;
  /** Stops listening, lets the requests that are running end, and lets go of the database. */
  close(): Promise<void>;
}

/** What the thread for large requests is started with. */
export interface ThreadData {
  readonly config: Config;
  readonly databaseUrl: string;
}

/** Beside this file, in the sources and in dist/. */
const THREAD_FILE = new URL(`./large-requests.thread${extname(import.meta.filename)}`, import.meta.url);

/**
 * The thread for large requests does one or two at a time, is asked nothing twice, and is asked by us alone. It reads too
 * little for prepared statements, and would find out for itself that a pooler loses them.
 */
function configOfThread(config: Config): Config {
  const httpLimits = { ...config.httpLimits, requestsPerSecond: 0 };
  return { ...config, databasePoolSize: 2, databasePreparedStatements: false, cacheBytes: 0, httpLimits };
}

const TIMEOUTS_DROPPED =
  "A connection pooler in front of PostgreSQL drops the timeouts that the server's connections ask for.";

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
  const telemetry = await startTelemetry(
    { metrics: config.metrics !== undefined, traces: config.traces },
    log,
  );
  const { metrics } = telemetry;
  const metricsServer =
    config.metrics && metrics && (await serveMetrics(config.metrics, metrics, config.allowedHosts));
  const stopTelemetry = async () => {
    await metricsServer?.close();
    await telemetry.stop();
  };
  try {
    const app = await startServing({ config, databaseUrl, log, telemetry, signal });
    const close = () => app.close().finally(stopTelemetry);
    return { ...app, metricsUrl: metricsServer?.url, close };
  } catch (error) {
    await stopTelemetry();
    throw error;
  }
}

interface Start {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly log: Logger;
  readonly telemetry: Telemetry;
  readonly signal: AbortSignal | undefined;
}

async function startServing({
  config,
  databaseUrl,
  log,
  telemetry,
  signal,
}: Start): Promise<Omit<App, "metricsUrl">> {
  const largeRequests = createLargeRequests({
    file: THREAD_FILE,
    workerData: { config: configOfThread(config), databaseUrl } satisfies ThreadData,
    timeoutMs: config.httpLimits.requestTimeoutMs,
  });
  const service = await createService({ config, databaseUrl, log, telemetry, largeRequests });
  let sealer: Sealer | undefined;
  const close = async () => {
    const overdue = sleep(config.shutdownGraceMs, undefined, { ref: false });
    // A store that is acknowledged now is sealed by the next server.
    const sealed = sealer?.close();
    await service.stop();
    // The COMMIT of a batch may wait for a standby; its connection ends with the pool.
    await Promise.race([sealed, overdue]);
    await largeRequests.close();
    await service.close();
    await sealed;
  };
  try {
    const url = await listen(service.server, config);
    const prepare = async () => {
      await migrate(config.ownerDatabaseUrl ?? databaseUrl, config.databaseTimeouts.connectMs, log);
      await service.open();
      return missingTimeouts(new Database(service.orm.em.fork()), config.databaseTimeouts);
    };
    const missing = await waitForDatabase(prepare, { log, signal });
    if (missing.length > 0) log.warn(`${TIMEOUTS_DROPPED} Let an administrator run: ${missing.join("; ")}`);
    log.info(`Server listening at ${url}`);
    const interval = config.sealInterval;
    sealer = interval > 0 ? startSealer({ orm: service.orm, interval, log }) : undefined;
    return { url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** As the owner of the tables. A login that is none of the owner's leaves it to whoever is. */
async function migrate(url: string, connectMs: number, log: Logger): Promise<void> {
  const orm = await connectOrm({ url, poolSize: 2, connectMs, log });
  try {
    if (!(await mayMigrate(orm))) return;
    for (const name of await migrateUp(orm)) log.info({ migration: name }, "migrated");
  } finally {
    await orm.close();
  }
}

/** The service: what answers requests, over a database. */
interface Service {
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
interface ServiceOptions {
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
  const cache = config.cacheBytes > 0 ? createResponseCache(config.cacheBytes) : undefined;
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
  const closeServer = createCloser(server, config.shutdownGraceMs);
  return {
    server,
    orm,
    open: async () => {
      await requirePostgres(orm, databaseUrl, database.role);
      await requireMigrated(orm);
      await requireCredentials(config, orm);
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
