/** Runs something that works on so many bytes when there is room for it, in the order of the calls. */
export type ByteGate = <Result>(bytes: number, run: () => Promise<Result>) => Promise<Result>;

/** Lets work on so many bytes run at a time; what is larger runs alone. */
export function createByteGate(limit: number): ByteGate {
  const queue: { readonly bytes: number; readonly enter: () => void }[] = [];
  let inside = 0;
  const admit = () => {
    for (let next = queue[0]; next && (inside === 0 || inside + next.bytes <= limit); next = queue[0]) {
      queue.shift();
      inside += next.bytes;
      next.enter();
    }
  };
  return async (bytes, run) => {
    await new Promise<void>((enter) => {
      queue.push({ bytes, enter });
      admit();
    });
    try {
      return await run();
    } finally {
      inside -= bytes;
      admit();
    }
  };
}
