import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createByteSemaphore } from "../../src/server/byte-semaphore.ts";

/** Never aborted. */
const NO_DEADLINE = new AbortController().signal;

describe("A byte semaphore", () => {
  it("grants each request once, first in, first out, and never exceeds its total", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 30 }), async (amounts) => {
        const semaphore = createByteSemaphore(20);
        const acquired: number[] = [];
        const granted: number[] = [];
        await Promise.all(
          amounts.map(async (amount, i) => {
            const release = await semaphore.acquire(amount, NO_DEADLINE);
            acquired.push(amount);
            granted.push(i);
            const sum = acquired.reduce((total, size) => total + size, 0);
            // A request for more than the total runs alone.
            expect(acquired.length === 1 || sum <= 20).toBe(true);
            await new Promise(setImmediate);
            acquired.splice(acquired.indexOf(amount), 1);
            release();
            release();
          }),
        );
        expect(granted).toEqual(amounts.map((_, i) => i));
      }),
    );
  });

  it("removes an aborted request from the queue, and serves the next one", async () => {
    const semaphore = createByteSemaphore(10);
    const release = await semaphore.acquire(4, NO_DEADLINE);
    const deadline = new AbortController();
    const aborted = semaphore.acquire(10, deadline.signal);
    const next = semaphore.acquire(6, NO_DEADLINE);
    deadline.abort(new Error("aborted"));
    await expect(aborted).rejects.toThrow("aborted");
    (await next)();
    release();
    await semaphore.acquire(10, NO_DEADLINE);
  });

  it("does not queue a request that is already aborted", async () => {
    const late = createByteSemaphore(10).acquire(1, AbortSignal.abort(new Error("too late")));
    await expect(late).rejects.toThrow("too late");
  });

  it("does not release acquired bytes when the deadline expires later", async () => {
    const semaphore = createByteSemaphore(10);
    const expired = new AbortController();
    await semaphore.acquire(10, expired.signal);
    expired.abort(new Error("over"));
    const deadline = new AbortController();
    const next = semaphore.acquire(1, deadline.signal);
    deadline.abort(new Error("nothing is free"));
    await expect(next).rejects.toThrow("nothing is free");
  });
});
