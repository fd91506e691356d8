import { Pool, TypeOverrides, types } from "pg";
import { parseJson } from "../json.ts";
import { PreparedClient } from "./prepared-client.ts";

/** How many connections, and where to. */
export interface PoolOptions {
  readonly url: string;
  readonly size: number;
  /** Told of a connection that broke while nobody was using it. The pool has already replaced it. */
  readonly onError: (error: Error) => void;
}

/** What can be seen of a pool from outside. */
export type PoolCounts = Pick<Pool, "totalCount" | "idleCount" | "waitingCount">;

/** A pool of connections to PostgreSQL whose values arrive as the service uses them (see `valueTypes`). */
export function createPool({ url, size, onError }: PoolOptions): Pool {
  const pool = new Pool({
    connectionString: url,
    max: size,
    Client: PreparedClient,
    application_name: "results-storage",
    connectionTimeoutMillis: 10_000,
    types: valueTypes(),
  });
  pool.on("error", onError);
  pool.on("connect", (client) => client.on("error", onError));
  return pool;
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
