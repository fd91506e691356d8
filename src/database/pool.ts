import { createHash } from "node:crypto";
import type { PostgresPool } from "kysely";
import { Pool, TypeOverrides, types } from "pg";
import { parseJson } from "../lib/json.ts";
import { parseConnectionString } from "./connection-string.ts";
import { isPrepared } from "./database.ts";
import { CommittingClient } from "./database-client.ts";
import { type Guard, guardPool } from "./guarded-pool.ts";

/** What can be seen of a pool from outside. */
export type PoolCounts = Pick<Pool, "totalCount" | "idleCount" | "waitingCount">;

/** How many connections, and where to. */
interface PoolOptions extends Guard {
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

/**
 * So many statements are prepared, at about 50 KB of PostgreSQL's memory for each on each connection. Their number has
 * no bound otherwise, since a filter's text depends on what is asked; later ones are parsed each time.
 */
const MOST_STATEMENTS = 256;

/** A longer text is parsed each time: clients choose how many aliases a query has, and 48 of them made one of 17 KB. */
const LONGEST_TEXT = 8_192;

/** 42P05, "already exists", and 26000, "does not exist": the connection is not the one that prepared it, as behind a pooler. */
const LOST = /^(?:42P05|26000)$/;

/**
 * A prepared statement keeps the types of its result and of its parameters. After a change of the schema it fails where
 * the same text, parsed anew, does not: with 0A000, "cached plan must not change result type", or since operators
 * (class 42) or values (class 22) do not fit the types of before.
 */
const OUTDATED = /^(?:0A000|22\w{3}|42\w{3})$/;

/** A statement as PostgreSQL keeps it on a connection. */
interface PreparedStatement {
  readonly name: string;
  readonly text: string;
}

/** What sends a statement to PostgreSQL, by its text or prepared. */
type Send<Result> = (statement: string | PreparedStatement) => Promise<Result>;

/** The statements that the connections of a pool prepare. */
class PreparedStatements {
  readonly #options: string;
  readonly #onLost: (error: unknown) => void;
  readonly #byText = new Map<string, PreparedStatement>();
  #count = 0;
  #lost = false;

  /**
   * @param url where the connections go to; its `options` can change what a text means.
   * @param onLost told once, when a connection to PostgreSQL does not keep what was prepared on it. No statement is
   * prepared from then on.
   */
  constructor(url: string, onLost: (error: unknown) => void) {
    this.#options = parseConnectionString(url).options ?? "";
    this.#onLost = onLost;
  }

  /**
   * Runs a text outside of a transaction, prepared if it says so. One that fails for a reason which may be that of the
   * prepared statement alone is run again by its text: PostgreSQL has undone what it did.
   */
  async run<Result>(text: string, send: Send<Result>): Promise<Result> {
    const prepared = this.#preparedFor(text);
    if (prepared === undefined) return send(text);
    try {
      return await send(prepared);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "";
      if (LOST.test(code)) this.#giveUp(error);
      else if (!OUTDATED.test(code)) throw error;
      const result = await send(text);
      this.#replace(text, prepared);
      return result;
    }
  }

  #preparedFor(text: string): PreparedStatement | undefined {
    if (this.#lost || !isPrepared(text)) return undefined;
    return this.#byText.get(text) ?? this.#prepare(text, text);
  }

  #prepare(text: string, preparedText: string): PreparedStatement | undefined {
    if (this.#count === MOST_STATEMENTS || text.length > LONGEST_TEXT) return undefined;
    this.#count++;
    const prepared = { name: this.#nameOf(preparedText), text: preparedText };
    this.#byText.set(text, prepared);
    return prepared;
  }

  /**
   * One name is one statement, for all servers of all versions: behind a pooler they share connections. A hash of 256
   * bits makes it 59 characters, of which PostgreSQL keeps 63.
   */
  #nameOf(text: string): string {
    const hash = createHash("sha256").update(`${this.#options}\0${text}`);
    return `results_storage_${hash.digest("base64url")}`;
  }

  /** Prepares a text anew, unless another request has done so since. */
  #replace(text: string, outdated: PreparedStatement): void {
    if (this.#byText.get(text) !== outdated) return;
    this.#byText.delete(text);
    // By another text, since PgBouncer from 1.21 on takes the same text for the same statement, whatever its name.
    this.#prepare(text, `${text} /* prepared anew: ${this.#count} */`);
  }

  #giveUp(error: unknown): void {
    if (!this.#lost) this.#onLost(error);
    this.#lost = true;
  }
}

/**
 * Connections that prepare the statements which say so. Only those whose plan does not depend on their values should:
 * PostgreSQL may plan them once for all values. In a transaction none is: the failure of one would end it.
 */
function preparingClient(statements: PreparedStatements): typeof CommittingClient {
  return class extends CommittingClient {
    override query(text: unknown, values?: unknown, ...rest: unknown[]) {
      const send = (query: unknown) => Reflect.apply(super.query, this, [query, values, ...rest]);
      const alone = this.getTransactionStatus() === "I" && rest.length === 0;
      if (typeof text !== "string" || !Array.isArray(values) || !alone) return send(text);
      // pg keeps the values in the object that it is given.
      return statements.run(text, (query) => send(typeof query === "string" ? query : { ...query }));
    }
  };
}
