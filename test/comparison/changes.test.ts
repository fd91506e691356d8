import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ResourceCostInput } from "../../src/client/generated.ts";
import { subtract, sum } from "../../src/money.ts";
import { estimate, resource, store } from "../support/estimates.ts";
import { startService } from "../support/service.ts";
import { statementsOf } from "../support/statements.ts";

const service = startService();

const AMOUNT = "{ resourceCount delta }";
const SUMMARY = `summary {
  added ${AMOUNT} removed ${AMOUNT} changed ${AMOUNT} unchanged ${AMOUNT} moved ${AMOUNT}
  newlyPriced ${AMOUNT} becameUnpriced ${AMOUNT} unattributed
}`;

const COMPARE = `query ($base: ID!, $target: ID!, $detectMoves: Boolean, $first: Int, $after: String, $changes: [ChangeKind!]) {
  compareJobs(baseJobId: $base, targetJobId: $target, detectMoves: $detectMoves) {
    delta
    ${SUMMARY}
    resources(first: $first, after: $after, changes: $changes) {
      totalCount
      nodes { resourceId previousResourceId change delta percentageChange base { resourceId totalMonthlyCost } target { resourceId totalMonthlyCost } }
      pageInfo { hasNextPage endCursor }
    }
  }
}`;

type Listed = { nodes: unknown[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
type Resources = readonly Partial<ResourceCostInput>[];

/** A resource at an address, whose cost (null: unknown) is all compute. */
function at(resourceId: string, totalMonthlyCost: string | null, fields: Partial<ResourceCostInput> = {}) {
  return resource({ resourceId, totalMonthlyCost, computeCost: totalMonthlyCost ?? "0", ...fields });
}

function storeAll(resources: Resources, total?: string): Promise<string> {
  const byResource = resources.map((fields) => resource(fields));
  const totalMonthlyCost = total ?? sum(byResource.flatMap(({ totalMonthlyCost }) => totalMonthlyCost ?? []));
  return store(service, { estimate: estimate({ totalMonthlyCost, byResource }) });
}

async function compare(base: Resources, target: Resources, variables: object = {}) {
  const ids = { base: await storeAll(base), target: await storeAll(target) };
  return compareStored({ ...ids, ...variables });
}

async function compareStored(variables: object) {
  const { data, errors } = await service.query(COMPARE, variables);
  if (errors) throw new Error(JSON.stringify(errors));
  return data.compareJobs;
}

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

describe("A resource that has only moved", () => {
  it.each([
    ["into a module", "aws_instance.web", "module.shop.aws_instance.web"],
    ["out of a module", "module.shop.aws_instance.web", "aws_instance.web"],
    ["to another module", 'module.a["x.y"].module.b[0].aws_instance.web', "module.c.aws_instance.web"],
    ["to an index", "aws_instance.web", "aws_instance.web[0]"],
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

const address = fc.constantFrom(
  "a.x",
  "a.y",
  "a.z",
  "module.m.a.x",
  "module.m.a.y",
  "a.x[0]",
  'a.x["k"]',
  "b.x",
);
const cost = fc.option(
  fc
    .tuple(fc.integer({ min: -5, max: 5 }), fc.constantFrom("", ".5", ".25", ".000000001"))
    .map(([n, f]) => `${n}${f}`),
);
const resources = fc.array(
  fc.tuple(address, cost).map(([id, amount]) => at(id, amount)),
  { maxLength: 12 },
);

describe("The summary", () => {
  it("adds up to the delta exactly, and every resource is in it once", async () => {
    const total = fc.constantFrom("0", "10.125", "-3");
    await fc.assert(
      fc.asyncProperty(
        resources,
        total,
        resources,
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

describe("The changed resources", () => {
  const base = [at("a.a", "10"), at("a.b", "10"), at("a.c", "10"), at("a.d", null), at("a.e", "1")];
  const target = [at("a.a", "11"), at("a.b", "5"), at("a.c", "10"), at("a.d", "3"), at("a.f", "8")];

  it("come largest absolute delta first, unknown last", async () => {
    const { resources: listed } = await compare(base, target);
    expect(listed.nodes.map((node: { resourceId: string }) => node.resourceId)).toEqual([
      "a.f",
      "a.b",
      "a.a",
      "a.e",
      "a.c",
      "a.d",
    ]);
  });

  it("are on pages that show each of them once, also of some kinds only", async () => {
    const ids = { base: await storeAll(base), target: await storeAll(target) };
    for (const changes of [undefined, ["CHANGED", "REMOVED"]]) {
      const whole = (await compareStored({ ...ids, changes })).resources;
      expect(whole.totalCount).toBe(changes ? 3 : 6);
      const read = [];
      let after: string | null = null;
      for (;;) {
        const { nodes, pageInfo }: Listed = (await compareStored({ ...ids, changes, first: 2, after }))
          .resources;
        read.push(...nodes);
        if (!pageInfo.hasNextPage) break;
        after = pageInfo.endCursor;
      }
      expect(read).toEqual(whole.nodes);
    }
  });

  it("of no kind are none", async () => {
    expect((await compare(base, target, { changes: [] })).resources).toMatchObject({
      nodes: [],
      totalCount: 0,
    });
  });

  it.each([[{ first: 1001 }], [{ first: 0 }], [{ after: "x" }]])("refuse %j", async (variables) => {
    const id = await storeAll(base);
    const { errors } = await service.query(COMPARE, { base: id, target: id, ...variables });
    expect(errors?.[0]?.extensions.code).toBe("BAD_USER_INPUT");
  });
});

describe("A comparison with everything", () => {
  it.each([3, 300])("of %i resources runs five SQL statements", async (count) => {
    const many = (offset: number) =>
      Array.from({ length: count }, (_, i) => at(`a.b[${i}]`, `${i + offset}`));
    const ids = { base: await storeAll(many(0)), target: await storeAll(many(1)) };
    const query = `query ($base: ID!, $target: ID!) { compareJobs(baseJobId: $base, targetJobId: $target) {
      ${SUMMARY} warnings { code } services { key } regions { key }
      resources { totalCount nodes { base { id } target { id } } }
    } }`;
    const statements = await statementsOf(() => service.query(query, ids));
    expect(statements.toSorted()).toEqual([
      "comparison.changes",
      "jobs.byId",
      "jobs.regions",
      "jobs.resourcesByKey",
      "jobs.services",
    ]);
  });
});
