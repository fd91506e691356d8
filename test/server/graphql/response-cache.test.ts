import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createResponseCache } from "../../../src/server/graphql/response-cache.ts";
import { heapBytes } from "../../support/heap.ts";

const answer = { text: "{}", jobReads: [] };

function cacheWith(question: string) {
  const cache = createResponseCache(100_000);
  cache.set(question, answer);
  return cache;
}

/** A validation that counts its calls. */
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

describe("Equal queries in one turn of the event loop", () => {
  it("share one validation", async () => {
    const cache = cacheWith("same");
    const look = countedLook(async () => true);
    const found = await Promise.all([1, 2, 3].map(() => cache.get("same", look)));
    expect(found).toEqual([answer, answer, answer]);
    expect(look.taken).toBe(1);
  });

  it("share no validation that has begun: it may miss later stores", async () => {
    const cache = cacheWith("same");
    const end = Promise.withResolvers<boolean>();
    const look = countedLook(() => end.promise);
    const before = cache.get("same", look);
    await setImmediate();
    await setImmediate();
    expect(look.taken).toBe(1);
    const after = cache.get("same", look);
    end.resolve(true);
    await Promise.all([before, after]);
    expect(look.taken).toBe(2);
  });

  it("receive the same error when the validation fails, and are validated again later", async () => {
    const cache = cacheWith("same");
    const fails = countedLook(() => Promise.reject(new Error("gone")));
    const found = await Promise.allSettled([cache.get("same", fails), cache.get("same", fails)]);
    expect(found.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await cache.get("same", async () => true)).toEqual(answer);
  });

  it("share no validation with other queries", async () => {
    const cache = cacheWith("one");
    cache.set("other", { ...answer });
    const look = countedLook(async () => true);
    await Promise.all([cache.get("one", look), cache.get("other", look)]);
    expect(look.taken).toBe(2);
  });
});

describe("The cache", () => {
  it("does not keep a response that would occupy more than a sixteenth of it", async () => {
    const cache = createResponseCache(160_000);
    const ofLength = (length: number) => ({ text: "x".repeat(length), jobReads: [] });
    expect(cache.set("small", ofLength(4_000))).toBe(true);
    expect(cache.set("large", ofLength(5_000))).toBe(false);
    expect(cache.counts().responses).toBe(1);
    expect(await cache.get("large", async () => true)).toBeUndefined();
  });

  it("counts all memory that a response retains, including its reads", () => {
    const cache = createResponseCache(64 * 1_048_576);
    const before = heapBytes();
    for (let n = 0; n < 500; n++) {
      const jobReads = Array.from({ length: 50 }, (_, i) => {
        const sql = Buffer.from(`select ${n} ${i}`).toString();
        return {
          statement: { sql, parameters: [`${n} ${i}`, i] },
          key: "id" as const,
          keys: `${i}-${n}`,
          prepared: true,
          lasting: true,
        };
      });
      cache.set(`question ${n}`, { text: JSON.stringify({ data: { n } }), jobReads });
    }
    const used = heapBytes() - before;
    expect(cache.counts().responses).toBe(500);
    expect(cache.counts().bytes).toBeGreaterThan(used);
  });
});
