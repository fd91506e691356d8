import type { PoolClient } from "pg";
import { CommittingClient, UnconfirmedCommit } from "./committing-client.ts";
import { bytesFrom, cancelStatement, cut } from "./connection-socket.ts";

/** A connection while somebody uses it. It goes back to the pool when it is released. */
export class Lease {
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
