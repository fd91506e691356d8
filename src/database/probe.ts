import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import type { Client } from "pg";
import { parseConnectionString } from "./connection-string.ts";
import { DatabaseClient } from "./database-client.ts";
import { cut } from "./guarded-pool.ts";
import { lacksMigrations, pendingMigrations } from "./startup-checks.ts";

/** The state of the database that a check finds. */
export type DatabaseState = "ready" | "not answering" | "read-only" | "not migrated";

/** A check of the database that does not depend on the load of the pool. */
interface Probe {
  /**
   * Checks the state. Never fails, and takes at most one second. Calls during a check, or shortly after it, share its
   * result.
   */
  look(): Promise<DatabaseState>;
  close(): void;
}

/**
 * The timeout of a check, in milliseconds. A database that does not answer within this time should receive no requests.
 */
const TIMEOUT_MS = 1_000;

/** The approximate number of event loop turns that a new connection needs. */
const TURNS = 10;

/**
 * The time in milliseconds during which calls share a result: orchestrators and load balancers may call at any rate.
 */
const FRESH_MS = 250;

/**
 * The maximum age of the connection, in milliseconds. ALTER ROLE and ALTER DATABASE apply only to new sessions. Idle
 * connections of the pool have at most the same age.
 */
const MAX_AGE_MS = 10_000;

/**
 * Creates a probe with its own connection. The connection is replaced when it is old, and after each check that finds a
 * fault.
 */
export function createProbe(url: string): Probe {
  let client: Client | undefined;
  let connectedAt = 0;
  let recent: Promise<DatabaseState> | undefined;

  async function look(): Promise<DatabaseState> {
    const state = await Promise.race([ask(), timeout()]);
    if (state !== "ready" || Date.now() - connectedAt > MAX_AGE_MS) drop();
    setTimeout(() => {
      recent = undefined;
    }, FRESH_MS).unref();
    return state;
  }

  async function ask(): Promise<DatabaseState> {
    try {
      const { rows } = await (await connected()).query<{ migrations: string[]; isReadOnly: boolean }>(
        `/* probe.state */ select array(select name::text from schema_migrations) as migrations,
          current_setting('transaction_read_only')::boolean
            or not has_table_privilege('jobs', 'insert') as "isReadOnly"`,
      );
      // A standby, a default_transaction_read_only = on, or a role that may not insert jobs.
      if (rows.some(({ isReadOnly }) => isReadOnly)) return "read-only";
      const done = rows.flatMap(({ migrations }) => migrations);
      return pendingMigrations(done).length === 0 ? "ready" : "not migrated";
    } catch (error) {
      return lacksMigrations(error) ? "not migrated" : "not answering";
    }
  }

  async function connected(): Promise<Client> {
    if (client !== undefined) return client;
    connectedAt = Date.now();
    client = new DatabaseClient({
      parameters: parseConnectionString(url),
      application_name: "results-storage probe",
      connectionTimeoutMillis: TIMEOUT_MS,
    });
    // Without a listener, an "error" event from PostgreSQL would end this process. The next check reports the error.
    client.on("error", () => undefined);
    await client.connect();
    return client;
  }

  function drop(): void {
    if (client !== undefined) cut(client);
    client = undefined;
  }

  return {
    look: () => {
      recent ??= look();
      return recent;
    },
    close: drop,
  };
}

async function timeout(): Promise<DatabaseState> {
  await sleep(TIMEOUT_MS, undefined, { ref: false });
  // If this process is busy, the answer may have arrived already. Each turn performs one step of the connection.
  for (let count = 0; count < TURNS; count++) await turn();
  return "not answering";
}
