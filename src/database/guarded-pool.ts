import { AsyncLocalStorage } from "node:async_hooks";
import { connect, Socket } from "node:net";
import type { PostgresPool } from "kysely";
import type { Client, Pool, PoolClient } from "pg";
import { CommittingClient, UnconfirmedCommit } from "./database-client.ts";
import { FailoverConnection } from "./failover-connection.ts";

/** The interval in milliseconds between two checks for silent connections. */
const CHECK_INTERVAL_MS = 1_000;

/**
 * The time in milliseconds that running statements have when the pool ends. The connections then have the same time for
 * their Terminate messages.
 */
const END_MS = 2_000;

/** PostgreSQL or the network hangs. */
class DatabaseUnresponsive extends Error {
  readonly code = "ETIMEDOUT";

  constructor(ms: number) {
    super(`The database sent no data for ${ms / 1_000} s.`);
  }
}

/** The limits of connections in use. */
export interface Guard {
  /** The maximum time in milliseconds without data from PostgreSQL on a connection in use; undefined: no limit. */
  readonly silenceMs: number | undefined;
  /** Called when a connection is closed because of silence, with the length of the silence in milliseconds. */
  readonly onSilence: (ms: number) => void;
}

/**
 * Keeps every connection of the pool usable:
 *
 * - A connection that PostgreSQL has ended does not return to the pool.
 * - After a write that PostgreSQL has refused as read-only, the connection and all earlier connections are replaced.
 * - A connection is closed when PostgreSQL sends no data for too long: PostgreSQL hangs, or the network loses data.
 * - A connection is closed when its request is cancelled (`cancelledBy`), and PostgreSQL cancels the statement.
 *
 * @returns a pool whose `connect` throws the reason of the cancellation if the request is cancelled.
 */
export function guardPool(pool: Pool, { silenceMs, onSilence }: Guard): PostgresPool {
  const open = new Set<PoolClient>();
  const leases = new Set<Lease>();
  /**
   * Connections that were open when PostgreSQL refused a write. After a failover, a new connection may reach the new
   * primary.
   */
  const outdated = new WeakSet<PoolClient>();
  pool.on("connect", (client) => {
    open.add(client);
    client.once("end", () => open.delete(client));
  });

  async function connect(): Promise<PoolClient> {
    const signal = currentCancellation();
    signal?.throwIfAborted();
    for (;;) {
      const client = await pool.connect();
      if (!open.has(client) || outdated.has(client)) {
        // The connection was closed in the meantime, or its database may be read-only.
        client.release(true);
        continue;
      }
      const lease = new Lease(client, signal, () => {
        leases.delete(lease);
        if (client instanceof CommittingClient && client.isReadOnly) {
          for (const other of open) outdated.add(other);
        }
      });
      leases.add(lease);
      if (!signal?.aborted) return client;
      client.release();
      throw signal.reason;
    }
  }

  function closeSilent(limit: number): void {
    for (const lease of leases) {
      const silence = lease.silence();
      if (silence < limit) continue;
      onSilence(silence);
      lease.cut(new DatabaseUnresponsive(silence));
    }
  }

  const checkTimer =
    silenceMs === undefined
      ? undefined
      : setInterval(() => closeSilent(silenceMs), CHECK_INTERVAL_MS).unref();

  async function end(): Promise<void> {
    clearInterval(checkTimer);
    const endTimer = setTimeout(() => {
      for (const lease of leases) lease.cut();
    }, END_MS);
    await pool.end().finally(() => clearTimeout(endTimer));
    // The open sockets of a PostgreSQL that hangs would keep the process alive.
    setTimeout(() => {
      for (const client of open) cut(client);
    }, END_MS).unref();
  }

  return { connect, end, options: pool.options };
}

/** A connection in use. `release` returns the connection to the pool. */
class Lease {
  readonly #client: PoolClient;
  readonly #signal: AbortSignal | undefined;
  readonly #release: PoolClient["release"];
  readonly #onEnd: () => void;
  #bytes: number;
  #lastByteAt = Date.now();

  /**
   * @param signal cancels the statements of the connection.
   * @param onEnd is called when the connection is released.
   */
  constructor(client: PoolClient, signal: AbortSignal | undefined, onEnd: () => void) {
    this.#client = client;
    this.#signal = signal;
    this.#release = client.release;
    this.#onEnd = onEnd;
    this.#bytes = bytesFrom(client);
    client.release = (error) => this.#end(error);
    signal?.addEventListener("abort", this.#cancel);
  }

  /** The time since the last data from PostgreSQL, in milliseconds. The precision is the interval between two calls. */
  silence(): number {
    const bytes = bytesFrom(this.#client);
    if (bytes !== this.#bytes) this.#lastByteAt = Date.now();
    this.#bytes = bytes;
    return Date.now() - this.#lastByteAt;
  }

  /**
   * Cancels the statement and closes the connection, so that the cancel request cannot reach the statement of another
   * request. A COMMIT is never cancelled: while a COMMIT waits for a standby, a cancel request makes the transaction
   * visible without the standby.
   */
  cut(reason?: Error): void {
    if (this.#isCommitting()) {
      cut(this.#client, new UnconfirmedCommit(reason?.message ?? "the connection was closed"));
      return;
    }
    cancelStatement(this.#client);
    cut(this.#client, reason);
  }

  readonly #cancel = (): void => {
    // The COMMIT of a disconnected client ends by itself. The connection stays open, so that it returns to the pool.
    if (this.#isCommitting()) return;
    const reason: unknown = this.#signal?.reason;
    this.cut(reason instanceof Error ? reason : undefined);
  };

  #end(error: Error | boolean | undefined): void {
    this.#signal?.removeEventListener("abort", this.#cancel);
    this.#onEnd();
    const isLost = this.#client instanceof CommittingClient && this.#client.isLost;
    this.#release(error || isLost);
  }

  #isCommitting(): boolean {
    return this.#client instanceof CommittingClient && this.#client.isCommitting;
  }
}

/** The code of a CancelRequest message. The code replaces the protocol version of a startup message. */
const CANCEL_CODE = 80_877_102;

/** The number of bytes that PostgreSQL has sent on a connection. */
function bytesFrom({ connection: { stream } }: Client): number {
  return stream instanceof Socket ? stream.bytesRead : 0;
}

/** Closes a connection immediately, without a Terminate message. Its statements fail, with `reason` if given. */
export function cut({ connection }: Client, reason?: Error): void {
  if (connection instanceof FailoverConnection) connection.stopTrying();
  connection.stream.destroy(reason);
}

/**
 * Sends a CancelRequest for the running statement of a connection: PostgreSQL notices a closed connection only when it
 * sends the next message. The request uses a separate socket, with the pid and the secret key of the connection, and
 * has no response (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS).
 */
function cancelStatement(client: Client): void {
  const { host, port } = client;
  const [pid, secret]: unknown[] = [Reflect.get(client, "processID"), Reflect.get(client, "secretKey")];
  // A pooler may send neither the pid nor the secret key.
  if (typeof pid !== "number" || typeof secret !== "number") return;
  const request = Buffer.alloc(16);
  for (const [index, word] of [request.length, CANCEL_CODE, pid, secret].entries()) {
    request.writeInt32BE(word, index * 4);
  }
  const socket = host.startsWith("/") ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
  // If the request does not arrive, the statement ends by its timeout.
  socket
    .unref()
    .on("error", () => undefined)
    .setTimeout(5_000, () => socket.destroy());
  socket.end(request);
}

const cancellation = new AsyncLocalStorage<AbortSignal>();

/**
 * Runs a function whose SQL is cancelled when the signal is aborted. Running statements and their transactions are
 * cancelled too. The signal is not an argument of the functions between, because none of them uses the signal.
 * MikroORM's fork({ signal }) is not sufficient: Kysely's statements ignore its signal, and pg_cancel_backend() is
 * denied to a role other than the login's.
 */
export function cancelledBy<Result>(signal: AbortSignal, run: () => Result): Result {
  return cancellation.run(signal, run);
}

/** The signal that cancels the SQL of the current request; undefined outside of `cancelledBy`. */
export function currentCancellation(): AbortSignal | undefined {
  return cancellation.getStore();
}
