import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import type { Client } from "pg";
import { parseConnectionString } from "./connection-string.ts";
import { DatabaseClient } from "./database-client.ts";
import { cut } from "./guarded-pool.ts";
import { lacksMigrations, pendingMigrations } from "./startup-checks.ts";

/** What a look at the database finds. */
export type DatabaseState = "ready" | "not answering" | "read-only" | "not migrated";

/** A look at the database that does not depend on how busy the pool is. */
interface Probe {
  /** Never fails, and takes a second at most. Who asks while it is being looked, or just after, is told the same. */
  look(): Promise<DatabaseState>;
  close(): void;
}

/** A database that has not answered by then is none that a request should be sent to. */
const PATIENCE_MS = 1_000;

/** Connecting takes about so many turns of the event loop. */
const TURNS = 10;

/** So long a look is good for all: orchestrators and load balancers may ask at any rate. */
const FRESH_MS = 250;

/** ALTER ROLE and ALTER DATABASE reach new sessions only; idle connections of the pool are as old at most. */
const MAX_AGE_MS = 10_000;

/** Looks over a connection of its own, which is replaced when it gets old, and after each look that finds a fault. */
export function createProbe(url: string): Probe {
  let client: Client | undefined;
  let connectedAt = 0;
  let recent: Promise<DatabaseState> | undefined;

  async function look(): Promise<DatabaseState> {
    const state = await Promise.race([ask(), impatience()]);
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
      // A standby, and whatever default_transaction_read_only is on for.
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
      connectionTimeoutMillis: PATIENCE_MS,
    });
    // Without a listener, PostgreSQL's death would be ours. The next look finds out.
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

async function impatience(): Promise<DatabaseState> {
  await sleep(PATIENCE_MS, undefined, { ref: false });
  // While it is us who are busy, what it has answered waits to be read, a step of the connecting with each turn.
  for (let count = 0; count < TURNS; count++) await turn();
  return "not answering";
}
