import type { Client } from "pg";
import { messageOf } from "./system.ts";

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;

/** Our hold of the data folder: a connection with a lock. When it is lost, it is taken again as soon as it can be. */
export class DataDirLock {
  readonly #take: () => Promise<Client>;
  readonly #log: (message: string) => void;
  #client: Client | undefined;
  #released = false;
  #timer: NodeJS.Timeout | undefined;
  #retrying: Promise<void> = Promise.resolve();
  #lastFailure = "";

  /**
   * @param client the connection that has the lock now.
   * @param take makes such a connection anew, or fails.
   */
  constructor(client: Client, take: () => Promise<Client>, log: (message: string) => void) {
    this.#take = take;
    this.#log = log;
    this.#keep(client);
  }

  /**
   * Gives up the hold, and takes it no more. The connection stays, for the caller to end: until then no other process
   * can take the folder. Undefined when the hold is lost.
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
    this.#log("The connection to the embedded PostgreSQL is lost; trying to get it back.");
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
      this.#log("The embedded PostgreSQL is back.");
    } catch (error) {
      this.#report(messageOf(error));
      if (!this.#released) this.#retryIn(Math.min(delay * 2, LAST_RETRY_MS));
    }
  }

  /** Says every failure once, not every few seconds. */
  #report(failure: string): void {
    if (failure !== this.#lastFailure) this.#log(`The embedded PostgreSQL is not back yet: ${failure}`);
    this.#lastFailure = failure;
  }
}
