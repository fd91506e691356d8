import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createResponseCache } from "../../../src/server/graphql/response-cache.ts";
import { heapBytes } from "../../support/heap.ts";

const answer = { text: "{}", jobReads: [] };

function cacheWith(question: string) {
  const cache = createResponseCache(100_000);
  cache.keep(question, answer);
  return cache;
}

/** A look that counts how often it was taken. */
function countedLook(holds: () => Promise<boolean>) {
  const look = Object.assign(
    () => {
      look.taken++;
      return holds();
    },
    { taken: 0 },
  );
  return look;
}

describe("Who asks the same in one turn of the event loop", () => {
  it("shares one look at whether the answer still holds", async () => {
    const cache = cacheWith("same");
    const look = countedLook(async () => true);
    const found = await Promise.all([1, 2, 3].map(() => cache.find("same", look)));
    expect(found).toEqual([answer, answer, answer]);
    expect(look.taken).toBe(1);
    expect(cache.counts()).toMatchObject({ hits: 3, misses: 0 });
  });

  it("shares none that has begun: it may not see what was stored meanwhile", async () => {
    const cache = cacheWith("same");
    const end = Promise.withResolvers<boolean>();
    const look = countedLook(() => end.promise);
    const before = cache.find("same", look);
    await setImmediate();
    await setImmediate();
    expect(look.taken).toBe(1);
    const after = cache.find("same", look);
    end.resolve(true);
    await Promise.all([before, after]);
    expect(look.taken).toBe(2);
  });

  it("is told alike when the look fails, and later asks again", async () => {
    const cache = cacheWith("same");
    const fails = countedLook(() => Promise.reject(new Error("gone")));
    const found = await Promise.allSettled([cache.find("same", fails), cache.find("same", fails)]);
    expect(found.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await cache.find("same", async () => true)).toEqual(answer);
  });

  it("shares nothing with who asks something else", async () => {
    const cache = cacheWith("one");
    cache.keep("other", { ...answer });
    const look = countedLook(async () => true);
    await Promise.all([cache.find("one", look), cache.find("other", look)]);
    expect(look.taken).toBe(2);
  });
});

describe("The cache", () => {
  it("counts an answer with all that it retains, also one of many reads", () => {
    const cache = createResponseCache(64 * 1_048_576);
    const before = heapBytes();
    for (let n = 0; n < 500; n++) {
      const jobReads = Array.from({ length: 50 }, (_, i) => {
        const sql = Buffer.from(`select ${n} ${i}`).toString();
        return { statement: { sql, parameters: [`${n} ${i}`, i] }, ids: `${i}-${n}`, lasting: true };
      });
      cache.keep(`question ${n}`, { text: JSON.stringify({ data: { n } }), jobReads });
    }
    const used = heapBytes() - before;
    expect(cache.counts().answers).toBe(500);
    expect(cache.counts().bytes).toBeGreaterThan(used);
  });
});
