import { describe, expect, it } from "vitest";
import { startService } from "../support/service.ts";
import { at, comparisonsOf } from "./comparisons.ts";

const service = startService();
const { compare } = comparisonsOf(service);

describe("A resource that has only moved", () => {
  it.each([
    ["into a module", "aws_instance.web", "module.shop.aws_instance.web"],
    ["out of a module", "module.shop.aws_instance.web", "aws_instance.web"],
    ["to another module", 'module.a["x.y"].module.b[0].aws_instance.web', "module.c.aws_instance.web"],
    ["to an index", "aws_instance.web", "aws_instance.web[0]"],
    [
      "into a module of a merged project",
      "shop/infra:aws_instance.web",
      "shop/infra:module.m.aws_instance.web",
    ],
    ["from count to for_each", "aws_instance.web[0]", 'aws_instance.web["a.b[0]\\"]"]'],
  ])("%s is one change, MOVED", async (_how, from, to) => {
    const { summary, resources } = await compare([at(from, "7.00")], [at(to, "7.0")]);
    expect(resources.nodes).toEqual([
      expect.objectContaining({ change: "MOVED", resourceId: to, previousResourceId: from, delta: "0.00" }),
    ]);
    expect(summary.moved).toEqual({ resourceCount: 1, delta: "0.00" });
  });

  it.each([
    ["costs another amount", at("aws_instance.web", "7"), at("module.m.aws_instance.web", "7.01")],
    [
      "has another split of its cost",
      at("aws_instance.web", "7"),
      at("module.m.aws_instance.web", "7", { computeCost: "6", otherCost: "1" }),
    ],
    [
      "has another type",
      at("aws_instance.web", "7"),
      at("module.m.aws_instance.web", "7", { resourceType: "aws_other" }),
    ],
    ["has another name", at("aws_instance.web", "7"), at("aws_instance.www", "7")],
    [
      "is in another region",
      at("aws_instance.web", "7"),
      at("module.m.aws_instance.web", "7", { region: "us-east-1" }),
    ],
    ["is in another merged project", at("p[0]:aws_instance.web", "7"), at("p[1]:aws_instance.web", "7")],
    ["has an unknown cost", at("aws_instance.web", null), at("module.m.aws_instance.web", null)],
  ])("is not one that %s", async (_name, from, to) => {
    const { summary } = await compare([from], [to]);
    expect([summary.moved.resourceCount, summary.removed.resourceCount, summary.added.resourceCount]).toEqual(
      [0, 1, 1],
    );
  });

  it("is a removal and an addition when moves are not looked for", async () => {
    const { summary } = await compare([at("a.b", "7")], [at("module.m.a.b", "7")], { detectMoves: false });
    expect(summary).toMatchObject({
      moved: { resourceCount: 0 },
      removed: { resourceCount: 1, delta: "-7" },
      added: { resourceCount: 1, delta: "7" },
    });
  });

  it("is paired once: three that went and two that came are two moves and a removal", async () => {
    const base = [0, 1, 2].map((i) => at(`a.b[${i}]`, "7"));
    const { summary } = await compare(base, [at('a.b["x"]', "7"), at('a.b["y"]', "7")]);
    expect([summary.moved.resourceCount, summary.removed.resourceCount, summary.added.resourceCount]).toEqual(
      [2, 1, 0],
    );
  });
});
