import { AsyncLocalStorage } from "node:async_hooks";
import { connect, Socket } from "node:net";
import type { PostgresPool } from "kysely";
import type { Client, Pool, PoolClient } from "pg";
import { CommittingClient, UnconfirmedCommit } from "./database-client.ts";
import { FailoverConnection } from "./failover-connection.ts";

/** How often it is looked whether a connection in use has fallen silent. */
const CHECK_INTERVAL_MS = 1_000;

/** How long statements that run may take to end once the pool is told to; and then connections, to say goodbye. */
const END_MS = 2_000;

/** PostgreSQL hangs, or the network does. */
class DatabaseUnresponsive extends Error {
  readonly code = "ETIMEDOUT";

  constructor(ms: number) {
    super(`The database has said nothing for ${ms / 1_000} s.`);
  }
}

/** How connections are guarded. */
export interface Guard {
  /** So long PostgreSQL may say nothing on a connection that is in use; undefined: as long as it likes. */
  readonly silenceMs: number | undefined;
  /** Told of a connection that was cut because PostgreSQL had said nothing for so long. */
  readonly onSilence: (ms: number) => void;
}

/**
 * Sees to it that every connection comes back to the pool, whoever has it:
 *
 * - One on which PostgreSQL has refused a write as read-only is replaced, with all that were opened before.
 * - One on which PostgreSQL says nothing for too long is cut: it hangs, or the network swallows what is sent.
 * - One whose user has been cancelled (cancellation.ts) is cut, and PostgreSQL is told to stop.
 */
export function guardPool(pool: Pool, { silenceMs, onSilence }: Guard): PostgresPool {
  const open = new Set<PoolClient>();
  const leases = new Set<Lease>();
  /** Opened before PostgreSQL has refused a write; after a failover, a new one may reach the new primary. */
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
        // Broken in the moment between, or to a database that may be read-only.
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

  function cutSilent(limit: number): void {
    for (const lease of leases) {
      const silence = lease.silence();
      if (silence < limit) continue;
      onSilence(silence);
      lease.cut(new DatabaseUnresponsive(silence));
    }
  }

  const looking =
    silenceMs === undefined ? undefined : setInterval(() => cutSilent(silenceMs), CHECK_INTERVAL_MS).unref();

  async function end(): Promise<void> {
    clearInterval(looking);
    const impatient = setTimeout(() => {
      for (const lease of leases) lease.cut();
    }, END_MS);
    await pool.end().finally(() => clearTimeout(impatient));
    // A PostgreSQL that hangs would keep the process alive.
    setTimeout(() => {
      for (const client of open) cut(client);
    }, END_MS).unref();
  }

  return { connect, end, options: pool.options };
}

/** A connection while somebody uses it. It goes back to the pool when it is released. */
class Lease {
  readonly #client: PoolClient;
  readonly #signal: AbortSignal | undefined;
  readonly #giveBack: PoolClient["release"];
  readonly #onEnd: () => void;
  #bytes: number;
  #heardAt = Date.now();

  /**
   * @param signal cancels what the connection is used for.
   * @param onEnd told when the connection has gone back.
   */
  constructor(client: PoolClient, signal: AbortSignal | undefined, onEnd: () => void) {
    this.#client = client;
    this.#signal = signal;
    this.#giveBack = client.release;
    this.#onEnd = onEnd;
    this.#bytes = bytesFrom(client);
    client.release = (error) => this.#end(error);
    signal?.addEventListener("abort", this.#cancel);
  }

  /** For how long PostgreSQL has said nothing, in milliseconds; exact to the moments in which it is asked. */
  silence(): number {
    const bytes = bytesFrom(this.#client);
    if (bytes !== this.#bytes) this.#heardAt = Date.now();
    this.#bytes = bytes;
    return Date.now() - this.#heardAt;
  }

  /**
   * Ends what the connection is used for, and the connection, so that nobody else's statement is hit. A COMMIT is never
   * cancelled: while it waits for a standby, a cancel request makes it visible without the standby.
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
    // The COMMIT of a client that has hung up ends by itself; closed, its connection would be lost to the pool.
    if (this.#isCommitting()) return;
    const reason: unknown = this.#signal?.reason;
    this.cut(reason instanceof Error ? reason : undefined);
  };

  #end(error: Error | boolean | undefined): void {
    this.#signal?.removeEventListener("abort", this.#cancel);
    this.#onEnd();
    this.#giveBack(error);
  }

  #isCommitting(): boolean {
    return this.#client instanceof CommittingClient && this.#client.isCommitting;
  }
}

/** Marks a message as a request to cancel, where the version of the protocol stands otherwise. */
const CANCEL_CODE = 80_877_102;

/** How much PostgreSQL has said on a connection so far, in bytes. */
function bytesFrom({ connection: { stream } }: Client): number {
  return stream instanceof Socket ? stream.bytesRead : 0;
}

/** Ends a connection at once: nothing is waited for, and its statements fail, with the reason if one is given. */
export function cut({ connection }: Client, reason?: Error): void {
  if (connection instanceof FailoverConnection) connection.stopTrying();
  connection.stream.destroy(reason);
}

/**
 * Asks PostgreSQL to stop what a connection is running: it would not notice a cut before its next word. Goes to a
 * socket of its own, with the pid and the secret of the connection, and has no answer
 * (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS).
 */
function cancelStatement(client: Client): void {
  const { host, port } = client;
  const [pid, secret]: unknown[] = [Reflect.get(client, "processID"), Reflect.get(client, "secretKey")];
  // A pooler in between may give neither.
  if (typeof pid !== "number" || typeof secret !== "number") return;
  const request = Buffer.alloc(16);
  for (const [index, word] of [request.length, CANCEL_CODE, pid, secret].entries()) {
    request.writeInt32BE(word, index * 4);
  }
  const socket = host.startsWith("/") ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
  // Unheard, the statement ends by its timeout.
  socket
    .unref()
    .on("error", () => undefined)
    .setTimeout(5_000, () => socket.destroy());
  socket.end(request);
}

const cancellation = new AsyncLocalStorage<AbortSignal>();

/**
 * Runs something whose SQL is cancelled when the signal is aborted: statements in the middle of it too, with their
 * transaction. Not an argument of each function in between, since none of them has anything to decide about it; and
 * not MikroORM's fork({ signal }), which reaches neither Kysely's statements nor, as another role than the login's,
 * pg_cancel_backend().
 */
export function cancelledBy<Result>(signal: AbortSignal, run: () => Result): Result {
  return cancellation.run(signal, run);
}

/** What cancels the SQL of whoever asks; undefined when nothing does. */
export function currentCancellation(): AbortSignal | undefined {
  return cancellation.getStore();
}
