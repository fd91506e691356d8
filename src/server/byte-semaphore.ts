import { currentCancellation } from "../database/guarded-pool.ts";
import type { HttpError } from "./errors.ts";

/** An amount that several share. */
interface ByteSemaphore {
  /**
   * Waits until so much is free, first come, first served, and takes it; who wants more than there is, takes all.
   * Returns the function that gives it back.
   * @param deadline ends the waiting; its reason is thrown.
   */
  acquire(amount: number, deadline: AbortSignal): Promise<() => void>;
}

interface Waiting {
  readonly amount: number;
  readonly take: () => void;
}

/** A budget of which nothing is taken yet. */
export function createByteSemaphore(total: number): ByteSemaphore {
  let free = total;
  const queue: Waiting[] = [];

  function serve(): void {
    for (let next = queue[0]; next !== undefined && next.amount <= free; next = queue[0]) {
      queue.shift();
      free -= next.amount;
      next.take();
    }
  }

  function releaseOnce(amount: number): () => void {
    let held = amount;
    return () => {
      free += held;
      held = 0;
      serve();
    };
  }

  return {
    async acquire(wanted, deadline) {
      deadline.throwIfAborted();
      const amount = Math.min(wanted, total);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const waiting = { amount, take: resolve };
      const leave = () => {
        queue.splice(queue.indexOf(waiting), 1);
        reject(deadline.reason);
        // Whoever stood behind it may need less.
        serve();
      };
      deadline.addEventListener("abort", leave, { once: true });
      queue.push(waiting);
      serve();
      await promise;
      deadline.removeEventListener("abort", leave);
      return releaseOnce(amount);
    },
  };
}

/** How long a request may wait for its turn: until its client hangs up, or for so long, after which it is refused. */
export function deadline(ms: number, refusal: HttpError): AbortSignal {
  const overdue = new AbortController();
  setTimeout(() => overdue.abort(refusal), ms).unref();
  const hungUp = currentCancellation();
  return hungUp === undefined ? overdue.signal : AbortSignal.any([hungUp, overdue.signal]);
}
