import { createHash } from "node:crypto";
import type { PostgresPool } from "kysely";
import { Pool, TypeOverrides, types } from "pg";
import { parseJson } from "../lib/json.ts";
import { parseConnectionString } from "./connection-string.ts";
import { isPrepared } from "./database.ts";
import { CommittingClient } from "./database-client.ts";
import { type Guard, guardPool } from "./guarded-pool.ts";

/** The counts of a pool, for metrics. */
export type PoolCounts = Pick<Pool, "totalCount" | "idleCount" | "waitingCount">;

/** The size, the connections and the callbacks of a pool. */
interface PoolOptions extends Guard {
  readonly url: string;
  readonly size: number;
  /** The timeout for a connection, new or idle, in milliseconds. */
  readonly connectMs: number;
  /** Called for each connection that breaks. The pool replaces the connection. */
  readonly onError: (error: Error) => void;
  /** Whether statements are prepared. */
  readonly prepare: boolean;
  /** Called once, when PostgreSQL loses prepared statements. No statement is prepared afterwards. */
  readonly onPreparedLost: (error: unknown) => void;
  /** The callback receives the pool and its size once, for metrics. */
  readonly onPool?: ((pool: PoolCounts, size: number) => void) | undefined;
}

/**
 * Creates a guarded pool of connections to PostgreSQL, with the value conversions of `valueTypes`.
 * @throws InvalidConnectionString when the URL is invalid.
 */
export function createPool(options: PoolOptions): PostgresPool {
  const { url, size, connectMs, onError, prepare, onPreparedLost, onPool, ...guard } = options;
  const config = {
    parameters: parseConnectionString(url),
    application_name: "results-storage",
    connectionTimeoutMillis: connectMs,
    // Detects a lost peer within about 20 s, on idle connections too.
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
  // Without a listener, an "error" event would end the process. The listener of each connection, below, reports the
  // error.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => client.on("error", onError));
  onPool?.(pool, size);
  return guardPool(pool, guard);
}

/**
 * The conversions of values. Counts become numbers, and JSON keeps the digits of its numbers. numeric stays text, as in
 * pg, because a double would round the value.
 */
function valueTypes(): TypeOverrides {
  const overrides = new TypeOverrides();
  overrides.setTypeParser(types.builtins.INT8, Number);
  overrides.setTypeParser(types.builtins.JSON, parseJson);
  overrides.setTypeParser(types.builtins.JSONB, parseJson);
  return overrides;
}

/**
 * The maximum number of prepared statements. Each takes about 50 KB of PostgreSQL's memory on each connection. Without
 * a maximum, the number has no bound, because the text of a filter depends on the request. Further statements are
 * parsed each time.
 */
const MOST_STATEMENTS = 256;

/**
 * The maximum length of a prepared text, in characters. Longer texts are parsed each time: clients choose the number of
 * aliases in a query, and a query with 48 aliases had a text of 17 KB.
 */
const LONGEST_TEXT = 8_192;

/**
 * 42P05, "already exists", and 26000, "does not exist": another connection prepared the statement, for example behind a
 * pooler.
 */
const LOST = /^(?:42P05|26000)$/;

/**
 * A prepared statement keeps the types of its result and of its parameters. After a change of the schema, a prepared
 * statement can fail although the same text succeeds. The error is 0A000, "cached plan must not change result type", or
 * an error of operators (class 42) or values (class 22) that do not fit the earlier types.
 */
const OUTDATED = /^(?:0A000|22\w{3}|42\w{3})$/;

/** A statement that PostgreSQL keeps on a connection. */
interface PreparedStatement {
  readonly name: string;
  readonly text: string;
}

/** A function that sends a statement to PostgreSQL, as text or as a prepared statement. */
type Send<Result> = (statement: string | PreparedStatement) => Promise<Result>;

/** The prepared statements of a pool. */
class PreparedStatements {
  readonly #options: string;
  readonly #onLost: (error: unknown) => void;
  readonly #byText = new Map<string, PreparedStatement>();
  #count = 0;
  #lost = false;

  /**
   * @param url the connection string of the pool. Its `options` can change the meaning of a text.
   * @param onLost is called once, when a connection to PostgreSQL does not keep its prepared statements. No statement
   * is prepared afterwards.
   */
  constructor(url: string, onLost: (error: unknown) => void) {
    this.#options = parseConnectionString(url).options ?? "";
    this.#onLost = onLost;
  }

  /**
   * Runs a text outside of a transaction. A marked text is prepared. If the prepared statement may be the cause of an
   * error, the text is run again without it: PostgreSQL has rolled back the effects of the failed statement.
   * @throws the error of PostgreSQL when the text itself fails.
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
   * The name of a prepared statement. Equal names mean equal statements on all servers of all versions, because servers
   * share connections behind a pooler. The name has 59 characters with a hash of 256 bits; PostgreSQL keeps 63
   * characters of a name.
   */
  #nameOf(text: string): string {
    const hash = createHash("sha256").update(`${this.#options}\0${text}`);
    return `results_storage_${hash.digest("base64url")}`;
  }

  /** Prepares a text again, unless another request has already done this. */
  #replace(text: string, outdated: PreparedStatement): void {
    if (this.#byText.get(text) !== outdated) return;
    this.#byText.delete(text);
    // The new text is different, because PgBouncer 1.21 and later treats equal texts as one statement, independent of
    // the name.
    this.#prepare(text, `${text} /* prepared again: ${this.#count} */`);
  }

  #giveUp(error: unknown): void {
    if (!this.#lost) this.#onLost(error);
    this.#lost = true;
  }
}

/**
 * Creates a client class that prepares the marked statements. Only statements whose plan does not depend on the values
 * should be marked, because PostgreSQL may use one plan for all values. In a transaction, no statement is prepared,
 * because its failure would end the transaction.
 */
function preparingClient(statements: PreparedStatements): typeof CommittingClient {
  return class extends CommittingClient {
    override query(text: unknown, values?: unknown, ...rest: unknown[]) {
      const send = (query: unknown) => Reflect.apply(super.query, this, [query, values, ...rest]);
      const alone = this.getTransactionStatus() === "I" && rest.length === 0;
      if (typeof text !== "string" || !Array.isArray(values) || !alone) return send(text);
      // pg writes the values into the query object.
      return statements.run(text, (query) => send(typeof query === "string" ? query : { ...query }));
    }
  };
}
