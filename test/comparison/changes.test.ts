import { describe, expect, it } from "vitest";
import { startService } from "../support/service.ts";
import { at, comparisonsOf } from "./comparisons.ts";

const service = startService();
const { compare } = comparisonsOf(service);

describe("A resource", () => {
  it.each([
    [
      "only in the target is ADDED",
      [],
      [at("a.b", "3.50")],
      { change: "ADDED", delta: "3.50", percentageChange: null },
    ],
    [
      "only in the base is REMOVED",
      [at("a.b", "3.50")],
      [],
      { change: "REMOVED", delta: "-3.50", percentageChange: -100 },
    ],
    [
      "that costs more is CHANGED",
      [at("a.b", "2")],
      [at("a.b", "3.5")],
      { change: "CHANGED", delta: "1.5", percentageChange: 75 },
    ],
    [
      "that costs the same is UNCHANGED",
      [at("a.b", "2.0")],
      [at("a.b", "2.00")],
      { change: "UNCHANGED", delta: "0.00", percentageChange: 0 },
    ],
    [
      "whose cost became known is NEWLY_PRICED",
      [at("a.b", null)],
      [at("a.b", "2")],
      { change: "NEWLY_PRICED", delta: null, percentageChange: null },
    ],
    [
      "whose cost became unknown is BECAME_UNPRICED",
      [at("a.b", "2")],
      [at("a.b", null)],
      { change: "BECAME_UNPRICED", delta: null, percentageChange: null },
    ],
    [
      "unknown in both is UNCHANGED, by an unknown delta",
      [at("a.b", null)],
      [at("a.b", null)],
      { change: "UNCHANGED", delta: null },
    ],
    [
      "added at an unknown cost is ADDED, by an unknown delta",
      [],
      [at("a.b", null)],
      { change: "ADDED", delta: null },
    ],
    [
      "that was free has no percentage",
      [at("a.b", "0")],
      [at("a.b", "2")],
      { change: "CHANGED", delta: "2", percentageChange: null },
    ],
  ])("%s", async (_name, base, target, expected) => {
    const { nodes } = (await compare(base, target)).resources;
    expect(nodes).toEqual([
      expect.objectContaining({ resourceId: "a.b", previousResourceId: null, ...expected }),
    ]);
    expect(nodes[0].base?.totalMonthlyCost).toEqual(base[0]?.totalMonthlyCost);
    expect(nodes[0].target?.totalMonthlyCost).toEqual(target[0]?.totalMonthlyCost);
  });

  it("that occurs twice is matched in the order in which it was sent", async () => {
    const { summary } = await compare(
      [at("a.b", "1"), at("a.b", "2")],
      [at("a.b", "2"), at("a.b", "2"), at("a.b", "9")],
    );
    expect(summary).toMatchObject({
      changed: { resourceCount: 1, delta: "1" },
      unchanged: { resourceCount: 1 },
      added: { resourceCount: 1, delta: "9" },
    });
  });
});
