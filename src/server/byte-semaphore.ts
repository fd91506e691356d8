/** A number of bytes that concurrent requests share. */
interface ByteSemaphore {
  /**
   * Waits until this number of bytes is free, first in, first out, and acquires it. A request for more than the total
   * acquires the total.
   * @param deadline ends the wait; its reason is thrown.
   * @returns releases the bytes.
   */
  acquire(bytes: number, deadline: AbortSignal): Promise<() => void>;
}

interface Waiter {
  readonly bytes: number;
  readonly grant: () => void;
}

/** Creates a semaphore of which nothing is acquired. */
export function createByteSemaphore(total: number): ByteSemaphore {
  let free = total;
  const queue: Waiter[] = [];

  function grantNext(): void {
    for (let next = queue[0]; next !== undefined && next.bytes <= free; next = queue[0]) {
      queue.shift();
      free -= next.bytes;
      next.grant();
    }
  }

  function releaseOnce(bytes: number): () => void {
    let acquired = bytes;
    return () => {
      free += acquired;
      acquired = 0;
      grantNext();
    };
  }

  return {
    async acquire(requested, deadline) {
      deadline.throwIfAborted();
      const bytes = Math.min(requested, total);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const waiter = { bytes, grant: resolve };
      const cancel = () => {
        queue.splice(queue.indexOf(waiter), 1);
        reject(deadline.reason);
        // The next waiter may need fewer bytes.
        grantNext();
      };
      deadline.addEventListener("abort", cancel, { once: true });
      queue.push(waiter);
      grantNext();
      await promise;
      deadline.removeEventListener("abort", cancel);
      return releaseOnce(bytes);
    },
  };
}
