import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UploadMemory } from "../../src/server/upload-memory.ts";

/** The bytes of a fast and of a slow upload between two checks. */
const FAST = 1_000_000;
const SLOW = 100_000;

/** Begins uploads in one memory, and records the result of each. */
function createMemory(bytes: number) {
  const memory = new UploadMemory(bytes);
  const events: string[] = [];
  const begin = (name: string, client = name) => {
    const upload = memory.begin(client, () => events.push(`${name} dropped`));
    const take = (count: number) => upload.acquire(count, () => events.push(`${name} ${count}`));
    return { take, complete: () => upload.complete(), release: () => upload.release() };
  };
  const look = (times: number) => {
    for (let n = 0; n < times; n++) memory.check();
  };
  return { begin, look, events };
}

describe("The memory of uploads", () => {
  it("is never exceeded, and every upload ends, whichever uploads wait for each other", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 4 });
    const bodies = fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), sizes), { maxLength: 12 });
    fc.assert(
      fc.property(bodies, (begun) => {
        const total = 240;
        const memory = new UploadMemory(total);
        let held = 0;
        let ended = 0;
        const turns = begun.map(([client, parts]) => {
          let mine = 0;
          const end = () => {
            ended++;
            held -= mine;
          };
          const upload: ReturnType<UploadMemory["begin"]> = memory.begin(client, end);
          return function turn(): void {
            const part = parts.shift();
            if (part === undefined) {
              end();
              upload.release();
              return;
            }
            upload.acquire(part, () => {
              mine += part;
              held += part;
              expect(held).toBeLessThanOrEqual(total);
              turns.push(turn);
            });
          };
        });
        for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) turn();
        expect([ended, held]).toEqual([begun.length, 0]);
      }),
    );
  });

  it("is not acquired for bytes that have not arrived", () => {
    const { begin, events } = createMemory(100);
    for (const name of ["a", "b", "c"]) begin(name).take(1);
    begin("d").take(97);
    expect(events).toEqual(["a 1", "b 1", "c 1", "d 97"]);
  });

  it("is taken from the client that holds most when uploads that are not measured yet wait for one another", () => {
    const { begin, events } = createMemory(100);
    const [large, larger, small] = [begin("large"), begin("larger"), begin("small")];
    large.take(49);
    larger.take(50);
    small.take(1);
    events.length = 0;
    larger.take(10);
    large.take(10);
    small.take(1);
    expect(events).toEqual(["larger dropped", "small 1", "large 10"]);
  });

  it("is taken from slow uploads while others wait, from the slowest first", () => {
    const { begin, look, events } = createMemory(4 * FAST);
    const uploads = [begin("slow"), begin("slower"), begin("fast")];
    look(1);
    for (const [n, bytes] of [SLOW, SLOW / 2, FAST].entries()) uploads[n]?.take(bytes);
    look(1);
    events.length = 0;
    const next = begin("next");
    next.take(4 * FAST - FAST - SLOW);
    next.take(1);
    expect(events).toEqual(["slower dropped", `next ${3 * FAST - SLOW}`, "slow dropped", "next 1"]);
  });

  it("is kept by slow uploads while no other upload needs it", () => {
    const { begin, look, events } = createMemory(100);
    const slow = begin("slow");
    slow.take(50);
    look(100);
    slow.take(50);
    expect(events).toEqual(["slow 50", "slow 50"]);
  });

  it("is taken from the later of two uploads that wait for each other", () => {
    const { begin, events } = createMemory(100);
    const [older, younger] = [begin("older"), begin("younger")];
    for (const upload of [older, younger]) upload.take(50);
    older.take(10);
    expect(events).toEqual(["older 50", "younger 50"]);
    younger.take(10);
    expect(events).toEqual(["older 50", "younger 50", "younger dropped", "older 10"]);
  });

  it("is awaited for five checks at most while a complete body is processed", () => {
    const { begin, look, events } = createMemory(100);
    const whole = begin("whole");
    whole.take(100);
    whole.complete();
    const [first, second] = [begin("first"), begin("second")];
    first.take(10);
    look(4);
    second.take(20);
    look(1);
    expect(events).toEqual(["whole 100", "first dropped"]);
    whole.release();
    expect(events).toEqual(["whole 100", "first dropped", "second 20"]);
  });

  it("is shared by the uploads of one client up to a half, which leaves the rest to others", () => {
    const { begin, events } = createMemory(100);
    const [oldest, other] = [begin("oldest", "one"), begin("other", "one")];
    oldest.take(40);
    oldest.complete();
    other.take(11);
    begin("another", "two").take(50);
    expect(events).toEqual(["oldest 40", "another 50"]);
    oldest.release();
    expect(events).toEqual(["oldest 40", "another 50", "other 11"]);
  });

  it("may be acquired completely by the oldest upload of a client", () => {
    const { begin, events } = createMemory(100);
    const only = begin("only");
    for (const bytes of [60, 40]) only.take(bytes);
    expect(events).toEqual(["only 60", "only 40"]);
  });

  it("is granted first to the client that has acquired least", () => {
    const { begin, events } = createMemory(100);
    const [whole, large, small] = [begin("whole"), begin("large"), begin("small")];
    whole.take(60);
    large.take(40);
    whole.complete();
    large.take(50);
    small.take(20);
    whole.release();
    expect(events).toEqual(["whole 60", "large 40", "small 20"]);
    small.release();
    expect(events.at(-1)).toBe("large 50");
  });
});
