import type { PostgresPool } from "kysely";
import { Pool, TypeOverrides, types } from "pg";
import { parseJson } from "../json.ts";
import { CommittingClient } from "./committing-client.ts";
import { parseConnectionString } from "./connection-string.ts";
import { type Guard, guardPool } from "./guarded-pool.ts";
import { PreparedStatements, preparingClient } from "./prepared-client.ts";

/** What can be seen of a pool from outside. */
export type PoolCounts = Pick<Pool, "totalCount" | "idleCount" | "waitingCount">;

/** How many connections, and where to. */
export interface PoolOptions extends Guard {
  readonly url: string;
  readonly size: number;
  /** How long to wait for a connection, new or free, in milliseconds. */
  readonly connectMs: number;
  /** Told of a connection that broke. The pool replaces it. */
  readonly onError: (error: Error) => void;
  /** Whether statements are prepared. */
  readonly prepare: boolean;
  /** Told once, when PostgreSQL loses prepared statements: they are no longer used then. */
  readonly onPreparedLost: (error: unknown) => void;
  /** Is shown the pool, to watch it. */
  readonly onPool?: ((pool: PoolCounts, size: number) => void) | undefined;
}

/** A guarded pool of connections to PostgreSQL whose values arrive as the service uses them (see `valueTypes`). */
export function createPool(options: PoolOptions): PostgresPool {
  const { url, size, connectMs, onError, prepare, onPreparedLost, onPool, ...guard } = options;
  const config = {
    parameters: parseConnectionString(url),
    application_name: "results-storage",
    connectionTimeoutMillis: connectMs,
    // A peer that has vanished without a word is found out within some 20 s, also by a connection that nobody uses.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: valueTypes(),
  };
  const Client = prepare ? preparingClient(new PreparedStatements(url, onPreparedLost)) : CommittingClient;
  const pool = new Pool({
    max: size,
    connectionTimeoutMillis: connectMs,
    Client: class extends Client {
      constructor() {
        super(config);
      }
    },
  });
  // Without a listener, a connection that breaks would end the process; each has its own, below.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => client.on("error", onError));
  onPool?.(pool, size);
  return guardPool(pool, guard);
}

/**
 * numeric stays text, as pg has it: a double would round it. Beside that, counts become numbers, and JSON keeps
 * the digits of its numbers.
 */
function valueTypes(): TypeOverrides {
  const overrides = new TypeOverrides();
  overrides.setTypeParser(types.builtins.INT8, Number);
  overrides.setTypeParser(types.builtins.JSON, parseJson);
  overrides.setTypeParser(types.builtins.JSONB, parseJson);
  return overrides;
}
