import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createByteSemaphore } from "../../src/server/byte-semaphore.ts";

/** Never aborted. */
const PATIENT = new AbortController().signal;

describe("A byte semaphore", () => {
  it("grants each request once, first in, first out, and never exceeds its total", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 30 }), async (amounts) => {
        const budget = createByteSemaphore(20);
        const taken: number[] = [];
        const served: number[] = [];
        await Promise.all(
          amounts.map(async (amount, i) => {
            const release = await budget.acquire(amount, PATIENT);
            taken.push(amount);
            served.push(i);
            const sum = taken.reduce((total, size) => total + size, 0);
            // A request for more than the total runs alone.
            expect(taken.length === 1 || sum <= 20).toBe(true);
            await new Promise(setImmediate);
            taken.splice(taken.indexOf(amount), 1);
            release();
            release();
          }),
        );
        expect(served).toEqual(amounts.map((_, i) => i));
      }),
    );
  });

  it("removes an aborted request from the queue, and serves the next one", async () => {
    const budget = createByteSemaphore(10);
    const release = await budget.acquire(4, PATIENT);
    const impatient = new AbortController();
    const gone = budget.acquire(10, impatient.signal);
    const behind = budget.acquire(6, PATIENT);
    impatient.abort(new Error("hung up"));
    await expect(gone).rejects.toThrow("hung up");
    (await behind)();
    release();
    await budget.acquire(10, PATIENT);
  });

  it("does not queue a request that is already aborted", async () => {
    const late = createByteSemaphore(10).acquire(1, AbortSignal.abort(new Error("too late")));
    await expect(late).rejects.toThrow("too late");
  });

  it("does not release acquired bytes when the deadline expires later", async () => {
    const budget = createByteSemaphore(10);
    const patience = new AbortController();
    await budget.acquire(10, patience.signal);
    patience.abort(new Error("over"));
    const impatient = new AbortController();
    const next = budget.acquire(1, impatient.signal);
    impatient.abort(new Error("nothing is free"));
    await expect(next).rejects.toThrow("nothing is free");
  });
});
