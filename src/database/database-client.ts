import { Client, type ClientConfig } from "pg";
import type { ConnectionParameters, DatabaseHost } from "./connection-string.ts";
import { commitsItself } from "./database.ts";
import { FailoverConnection } from "./failover-connection.ts";
import { isConnectionFault } from "./faults.ts";

/** The configuration of a client. */
interface DatabaseClientConfig extends ClientConfig {
  readonly parameters: ConnectionParameters;
  readonly connectionTimeoutMillis: number;
}

/** A client that connects to the first suitable host of the connection string. */
export class DatabaseClient extends Client {
  constructor({ parameters, ...config }: DatabaseClientConfig) {
    const { hosts, tls, targetSessionAttributes, user, password, database, options } = parameters;
    const connection = new FailoverConnection(
      { hosts, tls, targetSessionAttributes, connectMs: config.connectionTimeoutMillis },
      config,
    );
    const all = {
      ...config,
      ...{ user, password, database, options, connection },
      ...(parameters.applicationName !== undefined && { application_name: parameters.applicationName }),
      host: hosts[0]?.host,
      port: hosts[0]?.port,
      // FailoverConnection.requestSsl decides whether the connection is encrypted.
      ssl: true,
    };
    super(all);
    // The address for cancel requests.
    connection.once("host", ({ host, port }: DatabaseHost) => Object.assign(this, { host, port }));
  }
}

/**
 * The PostgreSQL function that waits for standbys during COMMIT. The name is never translated, unlike the text of the
 * warning.
 */
const STANDBY_WAIT = "SyncRepWaitForLSN";

/** SQLSTATE read_only_sql_transaction. */
const READ_ONLY = "25006";

/**
 * The result of a COMMIT is unknown. The transaction may be committed on the primary, but without the required
 * durability.
 */
export class UnconfirmedCommit extends Error {
  /** SQLSTATE transaction_resolution_unknown. */
  readonly code = "08007";

  constructor(reason: string) {
    super(`PostgreSQL has not confirmed the COMMIT: ${reason}. It may or may not have happened.`);
  }
}

/** More rows than a statement that commits returns. */
const MAX_ROWS = 1_000;

/**
 * A client that records whether a COMMIT is running, and whether PostgreSQL has refused a write. A COMMIT whose wait
 * for a standby was cancelled is an error here; PostgreSQL reports a success with a warning
 * (https://www.postgresql.org/docs/current/warm-standby.html#SYNCHRONOUS-REPLICATION-HA).
 */
export class CommittingClient extends DatabaseClient {
  #isCommitting = false;
  #isReadOnly = false;
  #isLost = false;

  /** Whether a COMMIT has been sent and has no response yet. */
  get isCommitting(): boolean {
    return this.#isCommitting;
  }

  /** Whether PostgreSQL has refused a write on this connection. */
  get isReadOnly(): boolean {
    return this.#isReadOnly;
  }

  /**
   * Whether PostgreSQL has ended this connection: an error as FATAL arrives before the end of the stream, and until then
   * the connection looks usable.
   */
  get isLost(): boolean {
    return this.#isLost;
  }

  override query(query: unknown, values?: unknown, ...rest: unknown[]) {
    const send = (sent: unknown) => Reflect.apply(super.query, this, [sent, values, ...rest]);
    const config = typeof query === "string" ? { text: query } : query;
    if (isStatement(config) && commitsItself(config.text) && this.getTransactionStatus() === "I") {
      return this.#run(this.#runAndCommit(() => send({ ...config, rows: MAX_ROWS })));
    }
    const result = send(query);
    if (!(result instanceof Promise)) return result;
    return query === "commit" ? this.#commit(result) : this.#run(result);
  }

  async #run(result: Promise<unknown>): Promise<unknown> {
    try {
      return await result;
    } catch (error) {
      this.#isReadOnly ||= error instanceof Error && "code" in error && error.code === READ_ONLY;
      this.#isLost ||= isConnectionFault(error);
      throw error;
    }
  }

  #commit(result: Promise<unknown>): Promise<unknown> {
    this.#isCommitting = true;
    return this.#run(this.#confirm(result));
  }

  /**
   * Runs a statement and commits it. Until the statement is complete, it may be cancelled; afterwards, the Sync message
   * commits it. With a maximum of rows, pg sends Sync after CommandComplete instead of together with the statement, and
   * does not send Sync after an error (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY).
   */
  async #runAndCommit(run: () => Promise<unknown>): Promise<unknown> {
    const { connection } = this;
    const onComplete = () => {
      this.#isCommitting = true;
    };
    const onError = () => {
      if (!this.#isCommitting) connection.sync();
    };
    connection.once("commandComplete", onComplete);
    connection.once("errorMessage", onError);
    try {
      return await this.#confirm(run());
    } finally {
      connection.off("commandComplete", onComplete);
      connection.off("errorMessage", onError);
    }
  }

  /** @throws UnconfirmedCommit when the wait for a standby was cancelled. */
  async #confirm(result: Promise<unknown>): Promise<unknown> {
    let isConfirmed = true;
    const onNotice = ({ routine }: { readonly routine?: string | undefined }) => {
      if (routine === STANDBY_WAIT) isConfirmed = false;
    };
    this.on("notice", onNotice);
    try {
      const committed = await result;
      if (isConfirmed) return committed;
      throw new UnconfirmedCommit("the wait for a standby was cancelled");
    } finally {
      this.off("notice", onNotice);
      this.#isCommitting = false;
    }
  }
}

function isStatement(query: unknown): query is { readonly text: string } {
  return typeof query === "object" && query !== null && "text" in query && typeof query.text === "string";
}
