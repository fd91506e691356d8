import type { Client } from "pg";
import { messageOf } from "./system.ts";

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;

/** The lock of the data folder, which a connection holds. A lost lock is acquired again as soon as possible. */
export class DataDirLock {
  readonly #take: () => Promise<Client>;
  readonly #log: (message: string) => void;
  #client: Client | undefined;
  #released = false;
  #timer: NodeJS.Timeout | undefined;
  #retrying: Promise<void> = Promise.resolve();
  #lastFailure = "";

  /**
   * @param client the connection that holds the lock.
   * @param take opens a new connection that holds the lock, or fails.
   */
  constructor(client: Client, take: () => Promise<Client>, log: (message: string) => void) {
    this.#take = take;
    this.#log = log;
    this.#keep(client);
  }

  /**
   * Ends the attempts to acquire the lock again. The caller has to end the returned connection. Until then, no other
   * process can acquire the lock.
   * @returns the connection that holds the lock; undefined when the lock is lost.
   */
  async release(): Promise<Client | undefined> {
    this.#released = true;
    clearTimeout(this.#timer);
    await this.#retrying;
    return this.#client;
  }

  #keep(client: Client): void {
    this.#client = client;
    this.#lastFailure = "";
    client.once("end", () => this.#lost());
  }

  #lost(): void {
    this.#client = undefined;
    if (this.#released) return;
    this.#log("The connection to the embedded PostgreSQL is lost; reconnecting.");
    this.#retryIn(FIRST_RETRY_MS);
  }

  #retryIn(delay: number): void {
    this.#timer = setTimeout(() => {
      this.#retrying = this.#retry(delay);
    }, delay).unref();
  }

  async #retry(delay: number): Promise<void> {
    try {
      this.#keep(await this.#take());
      this.#log("The embedded PostgreSQL is connected again.");
    } catch (error) {
      this.#report(messageOf(error));
      if (!this.#released) this.#retryIn(Math.min(delay * 2, LAST_RETRY_MS));
    }
  }

  /** Logs each failure once, not every few seconds. */
  #report(failure: string): void {
    if (failure !== this.#lastFailure) this.#log(`The embedded PostgreSQL is not connected yet: ${failure}`);
    this.#lastFailure = failure;
  }
}
