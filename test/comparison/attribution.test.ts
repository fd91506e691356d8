import { describe, expect, it } from "vitest";
import type { ResourceCostInput } from "../../src/client/generated.ts";
import { importEstimates } from "../../src/import/import-estimates.ts";
import { importOne, infracostSample, sample } from "../import/samples.ts";
import { store } from "../support/estimates.ts";
import { startService } from "../support/service.ts";
import { observed } from "../support/statements.ts";
import { at, comparisonsOf } from "./comparisons.ts";
import { PARTS, REASONS, type Reasons } from "./naive-attribution.ts";

const service = startService();
const { storeAll } = comparisonsOf(service);

const COMPARE = `query ($base: ID!, $target: ID!) { compareJobs(baseJobId: $base, targetJobId: $target) {
  ${REASONS.replaceAll("1000", "20")}
} }`;

async function reasonsOf(base: string, target: string): Promise<Reasons> {
  const { data, errors } = await service.query(COMPARE, { base, target });
  if (errors) throw new Error(JSON.stringify(errors));
  return data.compareJobs;
}

const NOTHING = {
  price: "0",
  quantity: "0",
  added: "0",
  removed: "0",
  newlyPriced: "0",
  becameUnpriced: "0",
  other: "0",
};

/** The reasons for one resource with cost drivers in two jobs. */
async function changed(
  [baseCost, ...base]: readonly [string | null, ...drivers: unknown[]],
  [targetCost, ...target]: readonly [string | null, ...drivers: unknown[]],
) {
  const job = (cost: string | null, costDrivers: unknown[]) =>
    storeAll([at("a.b", cost, { costDrivers } as Partial<ResourceCostInput>)]);
  const { resources } = await reasonsOf(await job(baseCost, base), await job(targetCost, target));
  const [resource] = resources.nodes;
  if (resource === undefined) throw new Error("There is no change");
  return resource;
}

const hours = (price: unknown, monthlyQuantity: unknown, monthlyCost: unknown, fields: object = {}) => ({
  ...{ name: "Instance usage", unit: "hours", price, monthlyQuantity, monthlyCost },
  ...fields,
});

describe("The reasons of a resource's delta", () => {
  it("are the price and the quantity of a component, each at the mean of the other", async () => {
    const { attribution } = await changed(["10", hours("1", "10", "10")], ["48", hours("3", "16", "48")]);
    expect(attribution).toEqual({ ...NOTHING, price: "26", quantity: "12" });
  });

  it("are rounded half away from zero to 30 fraction digits, and the rest is other", async () => {
    const smallest = `0.${"0".repeat(29)}1`;
    const { components } = await changed(
      ["0", hours("0", "0.5", "0"), hours(smallest, "0.5", "0", { name: "Credit" })],
      ["0", hours(smallest, "0.5", "0"), hours("0", "0.5", "0", { name: "Credit" })],
    );
    expect(components.map(({ name, attribution }) => ({ name, ...attribution }))).toMatchObject([
      { name: "Credit", price: `-${smallest}`, other: smallest },
      { name: "Instance usage", price: smallest, other: `-${smallest}` },
    ]);
  });

  it.each<[string, unknown, unknown]>([
    ["another unit", hours("1", "10", "10"), hours("2", "10", "20", { unit: "days" })],
    ["a unit in one job only", hours("1", "10", "10"), hours("2", "10", "20", { unit: null })],
    ["an unknown price", hours(null, "10", "10"), hours("2", "10", "20")],
    ["a quantity that is no number", hours("1", "many", "10"), hours("2", "10", "20")],
    ["a price beyond a Decimal", hours("1e20", "10", "10"), hours("2", "10", "20")],
    ["a part beyond a Decimal", hours("1", "99999999999999999999", "10"), hours("4", "10", "20")],
    ["digits beyond a Decimal", hours("1.0e-30", "10", "10"), hours("2", "10", "20")],
    ["digits of another script", hours("٣", "10", "10"), hours("2", "10", "20")],
  ])("are other for %s", async (_what, before, after) => {
    const { attribution } = await changed(["10", before], ["20", after]);
    expect(attribution).toEqual({ ...NOTHING, other: "10" });
  });

  it("are other for what a component costs beyond its price and quantity, and the resource beyond it", async () => {
    const { attribution, components } = await changed(
      ["10", hours("1", "10", "9")],
      ["21", hours("2", "10", "17")],
    );
    expect(attribution).toEqual({ ...NOTHING, price: "10", other: "1" });
    expect(components[0]).toMatchObject({ delta: "8", attribution: { price: "10", other: "-2" } });
  });

  it("count components by name, the n-th of a name with the n-th", async () => {
    const { components, attribution } = await changed(
      ["3", hours("1", "1", "1"), hours("2", "1", "2")],
      ["12", hours("1", "1", "1"), hours("4", "1", "4"), hours("7", "1", "7")],
    );
    expect(components.map(({ change, delta }) => [change, delta])).toEqual([
      ["ADDED", "7"],
      ["CHANGED", "2"],
      ["UNCHANGED", "0"],
    ]);
    expect(attribution).toEqual({ ...NOTHING, price: "2", added: "7" });
  });

  it("tell components that were added, removed, newly priced and became unpriced", async () => {
    const named = (name: string, cost: string | null) => hours(null, null, cost, { name });
    const { attribution } = await changed(
      ["7", named("removed", "1"), named("unpriced", "6"), named("priced", null)],
      ["5", named("unpriced", null), named("priced", "2"), named("added", "3")],
    );
    expect(attribution).toEqual({
      ...NOTHING,
      added: "3",
      removed: "-1",
      newlyPriced: "2",
      becameUnpriced: "-6",
    });
  });

  it("do not take a cost of 0 without a price for a known cost", async () => {
    const { attribution, components } = await changed(
      ["0", hours("0", "10", "0", { priceNotFound: true })],
      ["5", hours("0.5", "10", "5")],
    );
    expect(attribution).toEqual({ ...NOTHING, newlyPriced: "5" });
    expect(components).toMatchObject([{ change: "NEWLY_PRICED", basePrice: null, baseMonthlyCost: null }]);
  });

  it.each<[string, string | null, string | null, object]>([
    ["newly priced", null, "20", { newlyPriced: "20" }],
    ["became unpriced", "10", null, { becameUnpriced: "-10" }],
    ["is unknown in both jobs", null, null, {}],
  ])("are those of the whole resource if its cost %s", async (_what, before, after, parts) => {
    const { attribution } = await changed([before, hours("1", "10", "10")], [after, hours("2", "10", "20")]);
    expect(attribution).toEqual({ ...NOTHING, ...parts });
  });

  it("are other without components that can be read", async () => {
    const unreadable = [null, 5, "text", [], {}, { name: 5, monthlyCost: "1" }, { monthlyCost: "1" }];
    const { attribution, components } = await changed(["10"], ["30", ...unreadable]);
    expect(attribution).toEqual({ ...NOTHING, other: "20" });
    expect(components).toEqual([]);
  });

  it("of a moved resource are prices and quantities that cancel out", async () => {
    const drivers = (price: string, quantity: string) => ({ costDrivers: [hours(price, quantity, "12")] });
    const base = await storeAll([at("a.b", "12", drivers("2", "6"))]);
    const { resources, attribution } = await reasonsOf(
      base,
      await storeAll([at("module.m.a.b", "12", drivers("3", "4"))]),
    );
    expect(resources.nodes).toMatchObject([{ change: "MOVED", attribution: { price: "5", quantity: "-5" } }]);
    expect(attribution).toEqual({ ...NOTHING, price: "5", quantity: "-5" });
  });
});

describe("The reasons of a comparison's delta", () => {
  it("are whole resources that were added and removed, and other for totals beyond resources", async () => {
    const base = await storeAll([at("a.old", "4", { costDrivers: [hours("1", "3", "3")] })], "4");
    const target = await storeAll([at("a.new", "9", { costDrivers: [hours("1", "3", "3")] })], "10");
    const { attribution } = await reasonsOf(base, target);
    expect(attribution).toEqual({ ...NOTHING, added: "9", removed: "-4", other: "1" });
  });

  it("are one component that appeared for one plan by two versions of an estimator", async () => {
    const [base, target] = await Promise.all(
      ["same-plan-a", "same-plan-b"].map((name) => store(service, importOne(infracostSample(name)))),
    );
    const { delta, attribution, resources } = await reasonsOf(base ?? "", target ?? "");
    expect(delta).toBe("20.0000");
    expect(attribution).toMatchObject({ price: "0", quantity: "0", added: "0", newlyPriced: "20" });
    expect(Number(attribution.other)).toBe(0);
    const [lambda] = resources.nodes;
    expect(lambda?.components).toMatchObject([
      { name: "Requests", unit: "1M requests", change: "NEWLY_PRICED", targetQuantity: "100", delta: "20" },
      { change: "UNCHANGED" },
      { change: "UNCHANGED" },
    ]);
  });

  it("are read from a scan of Infracost 2, with the names of subresources", async () => {
    const text = sample("infracost-v2.json");
    const dearer = text.replace('"price": "0.11"', '"price": "0.22"').replaceAll('"5.5"', '"11"');
    const [base, target] = await Promise.all(
      [text, dearer].map((file) => store(service, importEstimates(file)[0])),
    );
    const { resources } = await reasonsOf(base ?? "", target ?? "");
    expect(resources.nodes[0]?.components[0]).toMatchObject({
      ...{ name: "root_block_device / Storage", unit: "GB", basePrice: "0.11", targetPrice: "0.22" },
      attribution: { price: "5.5" },
    });
  });

  it("are read from a native estimate, as far as it states them", async () => {
    const text = sample("native.json");
    const dearer = text.replace('"cost": "140.16"', '"cost": "150.16"').replace('"152.66"', '"162.66"');
    const [base, target] = await Promise.all([text, dearer].map((file) => store(service, importOne(file))));
    const { resources } = await reasonsOf(base ?? "", target ?? "");
    expect(resources.nodes[0]).toMatchObject({ attribution: { price: "0", other: "10.00" } });
    expect(resources.nodes[0]?.components[0]).toMatchObject({ name: "compute", delta: "10.00", unit: null });
  });
});

describe("The components of a resource", () => {
  it("are the first ones, and its reasons count all", async () => {
    const drivers = Array.from({ length: 60 }, (_, i) => hours("1", String(i), String(i), { name: `c${i}` }));
    const [base, target] = [
      await storeAll([at("a.b", "0")]),
      await storeAll([at("a.b", "1770", { costDrivers: drivers })]),
    ];
    const query = (first: string) =>
      service.query(
        `query ($base: ID!, $target: ID!) { compareJobs(baseJobId: $base, targetJobId: $target) {
          resources(first: 1) { nodes { attribution { added } components${first} { name } more: components(first: 51) { name } } } } }`,
        { base, target },
      );
    const [node] = (await query("")).data.compareJobs.resources.nodes;
    expect(node.components).toHaveLength(50);
    expect(node.more).toHaveLength(51);
    expect(node.components[0]).toEqual({ name: "c59" });
    expect(node.attribution).toEqual({ added: "1770" });
    for (const first of ["(first: 0)", "(first: 1001)"]) {
      const { errors } = await query(first);
      expect(errors?.[0]).toMatchObject({ extensions: { code: "BAD_USER_INPUT" } });
      expect(errors?.[0]?.message).toContain("first must be");
    }
  });
});

describe("Comparisons with everything", () => {
  it.each([1, 40])("of %i pairs in one query run five SQL statements", async (count) => {
    const jobs = await Promise.all(
      Array.from({ length: count + 1 }, (_, i) =>
        storeAll([at("a.b", `${i}`, { costDrivers: [hours(`${i}`, "1", `${i}`)] }), at(`a.c${i}`, "1")]),
      ),
    );
    const pairs = jobs
      .slice(1)
      .map((target, i) => `c${i}: compareJobs(baseJobId: "${jobs[i]}", targetJobId: "${target}") { ...all }`);
    const { answer, statements } = await observed(() =>
      service.query(`{ ${pairs.join(" ")} } fragment all on JobComparison {
        delta attribution { ${PARTS} } summary { unattributed } warnings { code }
        resources(first: 2) { totalCount nodes { resourceId target { id } attribution { price added } components(first: 2) { name } } }
      }`),
    );
    expect(statements.toSorted()).toEqual([
      "comparison.changes",
      "comparison.components",
      "jobs.byId",
      "jobs.exclusions",
      "jobs.resourcesByKey",
    ]);
    const price = { ...NOTHING, price: "1", added: "1", removed: "-1" };
    for (const comparison of Object.values<Reasons & { resources: object }>(answer.data)) {
      expect(comparison).toMatchObject({ delta: "1", attribution: price, resources: { totalCount: 3 } });
      expect(comparison.resources.nodes[0]).toMatchObject({ components: [{ name: "Instance usage" }] });
    }
  });

  it("are refused for the one list whose cursor is invalid", async () => {
    const [base, target] = [await storeAll([at("a.b", "1")]), await storeAll([at("a.b", "2")])];
    const { errors } = await service.query(
      `query ($base: ID!, $target: ID!) {
        bad: compareJobs(baseJobId: $base, targetJobId: $target) { resources(after: "x") { totalCount } }
        good: compareJobs(baseJobId: $base, targetJobId: $target) { resources { totalCount } attribution { other } }
        back: compareJobs(baseJobId: $target, targetJobId: $base) { resources(last: 1) { nodes { delta } } }
      }`,
      { base, target },
    );
    expect(errors).toMatchObject([{ path: ["bad", "resources"], extensions: { code: "BAD_USER_INPUT" } }]);
  });
});
