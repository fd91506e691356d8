import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import type { Config } from "./config.ts";
import { migrateUp } from "./database/migrate.ts";
import { connectOrm } from "./database/orm.ts";
import { mayMigrate } from "./database/require-migrated.ts";
import { missingTimeouts } from "./database/timeouts.ts";
import { waitForDatabase } from "./database/wait-for-database.ts";
import { createLargeRequests } from "./http/large-requests/large-requests.ts";
import { listen } from "./http/listen.ts";
import { serveMetrics } from "./http/metrics-server.ts";
import { type Sealer, startSealer } from "./integrity/sealer.ts";
import { createService } from "./service.ts";
import { startTelemetry, type Telemetry } from "./telemetry/start-telemetry.ts";

/** A running service. */
export interface App {
  /** Where it listens, for instance http://127.0.0.1:8007. */
  readonly url: string;
  /** Where its metrics are, without the path; undefined: they are not served. */
  readonly metricsUrl: string | undefined;
  /** Stops listening, lets the requests that are running end, and lets go of the database. */
  close(): Promise<void>;
}

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
  const telemetry = await startTelemetry(config, log);
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
  const largeRequests = createLargeRequests({ config: configOfThread(config), databaseUrl });
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
      await migrate(config.ownerDatabaseUrl ?? databaseUrl, log);
      await service.open();
      return missingTimeouts(service.orm.em.fork(), config.databaseTimeouts);
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
async function migrate(url: string, log: Logger): Promise<void> {
  const orm = await connectOrm({ url, poolSize: 2, log });
  try {
    if (!(await mayMigrate(orm))) return;
    for (const name of await migrateUp(orm)) log.info({ migration: name }, "migrated");
  } finally {
    await orm.close();
  }
}
