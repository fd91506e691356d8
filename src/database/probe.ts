import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { Client } from "pg";
import { cut } from "./connection-socket.ts";
import { lacksMigrations, pendingMigrations } from "./require-migrated.ts";

/** What a look at the database finds. */
export type DatabaseState = "ready" | "not answering" | "not migrated";

/** A look at the database that does not depend on how busy the pool is. */
export interface Probe {
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

/** Looks over a connection of its own, which is opened by the first look and anew after each that has failed. */
export function createProbe(url: string): Probe {
  let client: Client | undefined;
  let recent: Promise<DatabaseState> | undefined;

  async function look(): Promise<DatabaseState> {
    const state = await Promise.race([ask(), impatience()]);
    if (state === "not answering") drop();
    setTimeout(() => {
      recent = undefined;
    }, FRESH_MS).unref();
    return state;
  }

  async function ask(): Promise<DatabaseState> {
    try {
      const { rows } = await (await connected()).query<{ name: string }>(
        "/* probe.migrations */ select name from schema_migrations",
      );
      return pendingMigrations(rows.map(({ name }) => name)).length === 0 ? "ready" : "not migrated";
    } catch (error) {
      return lacksMigrations(error) ? "not migrated" : "not answering";
    }
  }

  async function connected(): Promise<Client> {
    if (client !== undefined) return client;
    client = new Client({ connectionString: url, application_name: "results-storage probe" });
    // Without a listener, PostgreSQL's death would be ours. The next look finds out.
    client.on("error", () => undefined);
    return client.connect();
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
