import { AsyncLocalStorage } from "node:async_hooks";

/**
 * Runs a function outside of the current request. Work that several requests wait for must not end when one of them
 * is cancelled, and its statements belong to none of them.
 */
export const outsideOfRequests: <Result>(run: () => Result) => Result = AsyncLocalStorage.snapshot();

/** The functions that run at the same time: a part of the connections of the smallest useful pool. */
const MOST_RUNNING = 2;

/** Runs the work of streams, a few functions at a time and in turn, so that other requests find free connections. */
export class SharedWork {
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** Runs a function outside of the current request, when it is its turn. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#running === MOST_RUNNING) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running++;
    }
    try {
      return await outsideOfRequests(work);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
