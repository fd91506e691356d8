import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createByteGate } from "../../../src/http/large-requests/byte-gate.ts";

describe("The gate of bytes", () => {
  it("never lets in more than it may, unless it is a single one, and lets in everybody once, in order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 30 }), async (sizes) => {
        const gate = createByteGate(20);
        const inside: number[] = [];
        const entered: number[] = [];
        await Promise.all(
          sizes.map((bytes, i) =>
            gate(bytes, async () => {
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
    const fails = gate(10, () => Promise.reject(new Error("no")));
    const works = gate(10, async () => "yes");
    await expect(fails).rejects.toThrow("no");
    expect(await works).toBe("yes");
  });
});
