import { createApp } from "./app.ts";
import { readConfig } from "./config.ts";
import { openDatabase } from "./database/open-database.ts";
import { stopSignal } from "./stop-signal.ts";
import { createLog } from "./telemetry/log.ts";
import { welcome } from "./welcome.ts";

/**
 * Runs the service until it is told to stop (SIGINT, SIGTERM), then lets running requests end and stops the
 * embedded database.
 */
export async function serve(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLog(config);
  // From now on, or else a Ctrl-C while it starts would leave PostgreSQL behind.
  const stopping = new AbortController();
  const stopped = stopSignal((signal) => {
    log.info({ signal }, "stopping");
    stopping.abort();
  });
  const database = await openDatabase(config, log);
  try {
    const app = await createApp(config, database.url, log, stopping.signal);
    // The log is written up to 0.1 s late: on a terminal, "migrated" would come after "listening".
    log.flush(() => process.stdout.write(welcome(app.url, config)));
    await stopped;
    await app.close();
  } catch (error) {
    // Told to stop while it waited for its database.
    if (error !== stopping.signal.reason) throw error;
  } finally {
    await database.stop();
  }
}
