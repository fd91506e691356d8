import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createByteGate } from "../../../src/http/large-requests/byte-gate.ts";

/** Waits as long as it takes. */
const PATIENT = new AbortController().signal;

describe("The gate of bytes", () => {
  it("never lets in more than it may, unless it is a single one, and lets in everybody once, in order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 30 }), async (sizes) => {
        const gate = createByteGate(20);
        const inside: number[] = [];
        const entered: number[] = [];
        await Promise.all(
          sizes.map((bytes, i) =>
            gate(bytes, PATIENT, async () => {
              inside.push(bytes);
              entered.push(i);
              const sum = inside.reduce((total, size) => total + size, 0);
              expect(inside.length === 1 || sum <= 20).toBe(true);
              await new Promise(setImmediate);
              inside.splice(inside.indexOf(bytes), 1);
            }),
          ),
        );
        expect(entered).toEqual(sizes.map((_, i) => i));
      }),
    );
  });

  it("goes on after a failure", async () => {
    const gate = createByteGate(10);
    const fails = gate(10, PATIENT, () => Promise.reject(new Error("no")));
    const works = gate(10, PATIENT, async () => "yes");
    await expect(fails).rejects.toThrow("no");
    expect(await works).toBe("yes");
  });

  it("lets go of who gives up while waiting, and of nobody else", async () => {
    const gate = createByteGate(10);
    const first = Promise.withResolvers<string>();
    const runs: string[] = [];
    const run = (name: string) => async () => void runs.push(name);
    const running = gate(10, PATIENT, () => first.promise);
    const impatient = new AbortController();
    const gone = gate(100, impatient.signal, run("gone"));
    const next = gate(10, PATIENT, run("next"));
    impatient.abort(new Error("hung up"));
    await expect(gone).rejects.toThrow("hung up");
    expect(runs).toEqual([]);
    first.resolve("done");
    expect([await running, await next]).toEqual(["done", undefined]);
    expect(runs).toEqual(["next"]);
  });

  it("does not even queue who has given up before", async () => {
    const late = createByteGate(10)(1, AbortSignal.abort(new Error("too late")), async () => "ran");
    await expect(late).rejects.toThrow("too late");
  });
});
