/**
 * Runs something that works on so many bytes when there is room for it, in the order of the calls.
 * @param signal ends the waiting, with its reason; what runs already goes on.
 */
export type ByteGate = <Result>(
  bytes: number,
  signal: AbortSignal,
  run: () => Promise<Result>,
) => Promise<Result>;

interface Waiting {
  readonly bytes: number;
  readonly enter: () => void;
}

/** Lets work on so many bytes run at a time; what is larger runs alone. */
export function createByteGate(limit: number): ByteGate {
  const queue: Waiting[] = [];
  let inside = 0;
  const admit = () => {
    for (let next = queue[0]; next && (inside === 0 || inside + next.bytes <= limit); next = queue[0]) {
      queue.shift();
      inside += next.bytes;
      next.enter();
    }
  };

  async function enter(bytes: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting = { bytes, enter: resolve };
    const leave = () => {
      const place = queue.indexOf(waiting);
      if (place < 0) return;
      queue.splice(place, 1);
      reject(signal.reason);
      // Whoever stood behind it may need less.
      admit();
    };
    queue.push(waiting);
    signal.addEventListener("abort", leave, { once: true });
    admit();
    await promise.finally(() => signal.removeEventListener("abort", leave));
  }

  return async (bytes, signal, run) => {
    await enter(bytes, signal);
    try {
      return await run();
    } finally {
      inside -= bytes;
      admit();
    }
  };
}
