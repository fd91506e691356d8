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
import { JobEvents } from "./live/job-events.ts";
import { hasTrigramIndex } from "./search/search.sql.ts";
import { startApollo } from "./server/graphql/apollo.ts";
import { createResponseCache } from "./server/graphql/response-cache.ts";
import { createLargeRequests, type LargeRequests } from "./server/large-requests.ts";
import { createServerCloser, listen, type Readiness, serveMetrics } from "./server/lifecycle.ts";
import { createServer, type WebServer } from "./server/server.ts";
import { UploadMemory } from "./server/upload-memory.ts";
import { startTelemetry, type Telemetry } from "./telemetry/start-telemetry.ts";

/** A running service. */
interface App {
  /** For instance http://127.0.0.1:8007. */
  readonly url: string;
  /** The URL of the metrics without the path; undefined: they are not served. */
  readonly metricsUrl: string | undefined;
  /** Stops listening, waits for the running requests, and closes the database connections. */
  close(): Promise<void>;
}

/**
 * Starts the service: listens, waits for the database, migrates it, and then answers requests. Until then only health
 * is answered.
 * @param signal aborts the start, which then fails.
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
    workerData: { config: threadConfig(config), databaseUrl } satisfies ThreadData,
    timeoutMs: config.httpLimits.requestTimeoutMs,
  });
  const service = await createService({ config, databaseUrl, log, telemetry, largeRequests });
  let sealer: Sealer | undefined;
  const close = async () => {
    const gracePeriod = sleep(config.shutdownGraceMs, undefined, { ref: false });
    // The next server seals a store that is acknowledged after this.
    const sealed = sealer?.close();
    await service.stop();
    // The COMMIT of a batch may wait for a standby; its connection ends with the pool.
    await Promise.race([sealed, gracePeriod]);
    await largeRequests.close();
    await service.close();
    await sealed;
  };
  try {
    const { host, port } = config;
    const url = await listen(service.server, { host, port });
    const prepare = async () => {
      await migrate(config.ownerDatabaseUrl ?? databaseUrl, config.databaseTimeouts.connectMs, log);
      await service.open();
      const db = new Database(service.orm.em.fork());
      return {
        missing: await missingTimeouts(db, config.databaseTimeouts),
        findsAnyPart: await hasTrigramIndex(db),
      };
    };
    const { missing, findsAnyPart } = await waitForDatabase(prepare, { log, signal });
    if (missing.length > 0) log.warn(`${TIMEOUTS_IGNORED} Let an administrator run: ${missing.join("; ")}`);
    if (!findsAnyPart) log.warn(NO_TRIGRAM_INDEX);
    log.info(`Server listening at ${url}`);
    const interval = config.sealIntervalMs;
    const { orm, onSealed } = service;
    sealer = interval > 0 ? startSealer({ orm, interval, onSealed, log }) : undefined;
    return { url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The `workerData` of the thread for large requests. */
export interface ThreadData {
  readonly config: Config;
  readonly databaseUrl: string;
}

/** In the folder of this file, both in src/ and in dist/. */
const THREAD_FILE = new URL(`./large-requests.thread${extname(import.meta.filename)}`, import.meta.url);

/**
 * The thread handles one or two requests at a time, from this process only, and none twice. Prepared statements would
 * save it little, and it would have to detect by itself that a pooler drops them.
 */
function threadConfig(config: Config): Config {
  const httpLimits = { ...config.httpLimits, requestsPerSecond: 0 };
  return { ...config, databasePoolSize: 2, databasePreparedStatements: false, cacheBytes: 0, httpLimits };
}

const TIMEOUTS_IGNORED =
  "A connection pooler in front of PostgreSQL ignores the timeouts that the connections of the server set.";

const NO_TRIGRAM_INDEX =
  "The database has no index of trigrams (idx_jobs_search), so that a search finds older jobs only by the beginnings of their texts. " +
  "Let an administrator create the extension pg_trgm and the index: docs/operations/deploy.md, Search.";

/** Migrates the database as the owner of its tables. A login without this role skips the migration. */
async function migrate(url: string, connectMs: number, log: Logger): Promise<void> {
  const orm = await connectOrm({ url, poolSize: 2, connectMs, log });
  try {
    if (!(await mayMigrate(orm))) return;
    for (const name of await migrateUp(orm)) log.info({ migration: name }, "migrated");
  } finally {
    await orm.close();
  }
}

/** A web server with its database connections. */
interface Service {
  /** Answers only health until the service is open. It does not listen yet. */
  readonly server: WebServer;
  readonly orm: MikroORM;
  /** Sends the events of new seals to the streams now. */
  readonly onSealed: () => void;
  /**
   * Checks the database, which must be migrated, and then answers requests.
   * @throws DatabaseUnusable, NoCredentialsConfigured, or the error of the connection.
   */
  open(): Promise<void>;
  /** Stops listening, ends the streams, and waits for the running requests. */
  stop(): Promise<void>;
  /** Closes the database connections. No request must be running. */
  close(): Promise<void>;
}

interface ServiceOptions {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly log: Logger;
  /** Receives the events of requests, pool and cache. */
  readonly telemetry?: Telemetry;
  /** The handler of large requests; undefined: they are handled like all others. */
  readonly largeRequests?: LargeRequests;
}

const READINESS: Readonly<Record<DatabaseState, Readiness>> = {
  ready: "ready",
  "not answering": "the database does not answer",
  "read-only": "the database accepts no writes",
  "not migrated": "the database is behind this version",
};

/** Creates the service. It sends no statement to the database before it is opened. */
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
  const em = orm.em.fork();
  const probe = createProbe(sessionUrl(database));
  const authenticator = createAuthenticator(config, orm, log);
  const cache = config.cacheBytes > 0 ? createResponseCache(config.cacheBytes) : undefined;
  if (cache !== undefined) telemetry?.metrics?.watchCache(cache.counts);
  const apollo = await startApollo({
    log,
    cache,
    limits: config.queryLimits,
    introspection: config.introspection,
    onExecution: telemetry?.metrics?.watchExecution,
    onPersistedQueries: telemetry?.metrics?.watchPersistedQueries,
  });
  const uploadMemory = new UploadMemory(config.httpLimits.bodyBytes);
  telemetry?.metrics?.watchUploads(() => uploadMemory.bytesInUse);
  const jobEvents = new JobEvents({
    db: new Database(em),
    seals: config.sealIntervalMs > 0,
    heartbeatMs: config.streamLimits.heartbeatMs,
    log,
  });
  telemetry?.metrics?.watchStreams(() => jobEvents.counts());
  let state: "waiting" | "open" | "stopping" = "waiting";
  const server = await createServer({
    apollo,
    authenticate: authenticator.authenticate,
    createContext: (viewer) => createContext(em, viewer),
    readiness: async () => {
      if (state === "stopping") return "stopping";
      return state === "open" ? READINESS[await probe.look()] : "waiting for the database";
    },
    isOpen: () => state !== "waiting",
    limits: config.httpLimits,
    jobEvents,
    streamLimits: config.streamLimits,
    uploadMemory,
    corsOrigins: config.corsOrigins,
    // DNS rebinding is no threat where requests need a token, which the page does not have.
    acceptedHosts:
      config.auth === "none" ? { host: config.host, allowedHosts: config.allowedHosts } : undefined,
    trustProxy: config.trustProxy,
    introspection: config.introspection,
    observers: telemetry?.observers ?? [],
    largeRequests,
    log,
  });
  const closeServer = createServerCloser(server, config.shutdownGraceMs);
  return {
    server,
    orm,
    onSealed: () => jobEvents.wake(),
    open: async () => {
      await requirePostgres(orm, databaseUrl, database.role);
      await requireMigrated(orm);
      await requireCredentials(config, orm);
      // Opens the connection of the probe before the first readiness request.
      await probe.look();
      state = "open";
    },
    stop: async () => {
      state = "stopping";
      jobEvents.close();
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
