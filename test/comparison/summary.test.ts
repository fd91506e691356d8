import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { subtract, sum } from "../../src/lib/money.ts";
import { startService } from "../support/service.ts";
import { anyResources, at, comparisonsOf } from "./comparisons.ts";

const service = startService();
const { storeAll, compareStored } = comparisonsOf(service);

describe("The summary", () => {
  it("adds up to the delta exactly, and every resource is in it once", async () => {
    const total = fc.constantFrom("0", "10.125", "-3");
    await fc.assert(
      fc.asyncProperty(
        anyResources,
        total,
        anyResources,
        total,
        fc.boolean(),
        async (base, baseTotal, target, targetTotal, detectMoves) => {
          const ids = { base: await storeAll(base, baseTotal), target: await storeAll(target, targetTotal) };
          const {
            delta,
            summary,
            resources: listed,
          } = await compareStored({ ...ids, detectMoves, first: 100 });
          const { unattributed, ...amounts } = summary;
          const parts = Object.values(amounts as Record<string, { delta: string; resourceCount: number }>);
          expect(Number(subtract(sum([unattributed, ...parts.map((part) => part.delta)]), delta))).toBe(0);
          expect(parts.reduce((count, part) => count + part.resourceCount, 0)).toBe(listed.totalCount);
          const sides = listed.nodes.map((node: { base: unknown; target: unknown }) => [
            node.base,
            node.target,
          ]);
          expect(sides.filter(([side]: unknown[]) => side !== null)).toHaveLength(base.length);
          expect(sides.filter(([, side]: unknown[]) => side !== null)).toHaveLength(target.length);
          const moved = listed.nodes.filter((node: { change: string }) => node.change === "MOVED");
          for (const node of moved) expect(Number(node.delta)).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("says what the totals hold beyond their resources", async () => {
    const ids = {
      base: await storeAll([at("a.b", "1")], "1"),
      target: await storeAll([at("a.b", "1")], "5.5"),
    };
    expect((await compareStored(ids)).summary.unattributed).toBe("4.5");
  });
});
