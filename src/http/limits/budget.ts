import { Refused } from "../refused.ts";

/** How long it is waited for a part of the budget. */
const PATIENCE_MS = 5_000;

/** An amount that several share. */
export interface Budget {
  /**
   * Waits until so much is free, first come, first served, and takes it. Returns the function that gives it back.
   * @throws Refused when it takes too long.
   */
  reserve(amount: number): Promise<() => void>;
}

interface Waiting {
  readonly amount: number;
  readonly take: () => void;
}

/** A budget of which nothing is taken yet. */
export function createBudget(total: number): Budget {
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
    reserve: (amount) =>
      new Promise((resolve, reject) => {
        const waiting: Waiting = {
          amount,
          take: () => {
            clearTimeout(timer);
            resolve(releaseOnce(amount));
          },
        };
        const timer = setTimeout(() => {
          queue.splice(queue.indexOf(waiting), 1);
          reject(tooBusy());
          // Whoever stood behind it may need less.
          serve();
        }, PATIENCE_MS);
        queue.push(waiting);
        serve();
      }),
  };
}

function tooBusy(): Refused {
  const message = "The server reads other large estimates at the moment; try again.";
  return new Refused(503, "SERVICE_UNAVAILABLE", message, PATIENCE_MS / 1_000);
}
