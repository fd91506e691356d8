import type { Logger } from "pino";
import type { Config } from "./config.ts";
import { migrateUp } from "./database/migrate.ts";
import { connectOrm } from "./database/orm.ts";
import { mayMigrate } from "./database/require-migrated.ts";
import { closerOf } from "./http/close-server.ts";
import { createLargeRequests } from "./http/large-requests/large-requests.ts";
import { listen } from "./http/listen.ts";
import { serveMetrics } from "./http/metrics-server.ts";
import { startSealer } from "./integrity/sealer.ts";
import { openService } from "./service.ts";
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

/** The thread for large requests does one or two at a time, is asked nothing twice, and is asked by us alone. */
function configOfThread(config: Config): Config {
  const httpLimits = { ...config.httpLimits, requestsPerSecond: 0 };
  return { ...config, databasePoolSize: 2, cacheBytes: 0, httpLimits };
}

/** Starts the service on a PostgreSQL that is running: migrates it, then listens. */
export async function createApp(config: Config, databaseUrl: string, log: Logger): Promise<App> {
  const telemetry = await startTelemetry(config, log);
  const { metrics } = telemetry;
  const metricsServer = config.metrics && metrics && (await serveMetrics(config.metrics, metrics));
  const stopTelemetry = async () => {
    await metricsServer?.close();
    await telemetry.stop();
  };
  try {
    const app = await startServing(config, databaseUrl, log, telemetry);
    const close = () => app.close().finally(stopTelemetry);
    return { ...app, metricsUrl: metricsServer?.url, close };
  } catch (error) {
    await stopTelemetry();
    throw error;
  }
}

async function startServing(
  config: Config,
  databaseUrl: string,
  log: Logger,
  telemetry: Telemetry,
): Promise<Omit<App, "metricsUrl">> {
  await migrate(config.ownerDatabaseUrl ?? databaseUrl, log);
  const largeRequests = createLargeRequests({ config: configOfThread(config), databaseUrl });
  const service = await openService({ config, databaseUrl, log, telemetry, largeRequests });
  try {
    const closeServer = closerOf(service.server);
    const url = await listen(service.server, config);
    const { orm } = service;
    const interval = config.sealInterval;
    const sealer = interval > 0 ? startSealer({ orm, interval, log }) : undefined;
    return {
      url,
      close: async () => {
        // A store that is acknowledged now is sealed by the next server.
        const sealed = sealer?.close();
        await closeServer();
        await sealed;
        await largeRequests.close();
        await service.close();
      },
    };
  } catch (error) {
    await service.close();
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
