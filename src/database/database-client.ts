import { Client, type ClientConfig } from "pg";
import type { ConnectionParameters, DatabaseHost } from "./connection-string.ts";
import { FailoverConnection } from "./failover-connection.ts";

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

/**
 * A client that records whether a COMMIT is running, and whether PostgreSQL has refused a write. A COMMIT whose wait
 * for a standby was cancelled is an error here; PostgreSQL reports a success with a warning
 * (https://www.postgresql.org/docs/current/warm-standby.html#SYNCHRONOUS-REPLICATION-HA).
 */
export class CommittingClient extends DatabaseClient {
  #isCommitting = false;
  #isReadOnly = false;

  /** Whether a COMMIT has been sent and has no response yet. */
  get isCommitting(): boolean {
    return this.#isCommitting;
  }

  /** Whether PostgreSQL has refused a write on this connection. */
  get isReadOnly(): boolean {
    return this.#isReadOnly;
  }

  override query(text: unknown, values?: unknown, ...rest: unknown[]) {
    const result = Reflect.apply(super.query, this, [text, values, ...rest]);
    if (!(result instanceof Promise)) return result;
    return text === "commit" ? this.#commit(result) : this.#run(result);
  }

  async #run(result: Promise<unknown>): Promise<unknown> {
    try {
      return await result;
    } catch (error) {
      this.#isReadOnly ||= error instanceof Error && "code" in error && error.code === READ_ONLY;
      throw error;
    }
  }

  async #commit(result: Promise<unknown>): Promise<unknown> {
    let isConfirmed = true;
    const onNotice = ({ routine }: { readonly routine?: string | undefined }) => {
      if (routine === STANDBY_WAIT) isConfirmed = false;
    };
    this.#isCommitting = true;
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
