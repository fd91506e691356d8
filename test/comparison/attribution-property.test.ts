import { Big } from "big.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ResourceCostInput, StoreEstimateInput } from "../../src/client/generated.ts";
import { importEstimates } from "../../src/import/import-estimates.ts";
import { infracostSamples, sample } from "../import/samples.ts";
import { store } from "../support/estimates.ts";
import { startService } from "../support/service.ts";
import { at, comparisonsOf } from "./comparisons.ts";
import {
  amountsOf,
  REASONS,
  type Reasons,
  recountComparison,
  recountComponents,
  recountResource,
  totalOf,
} from "./naive-attribution.ts";

/** The number of random pairs of jobs. */
const PAIRS = Number(process.env.ATTRIBUTION_PAIRS ?? 30);
/** The number of other jobs that each job of a real file is compared with. */
const OTHERS = Number(process.env.ATTRIBUTION_FILES ?? 1);

const service = startService({ QUERY_COST_LIMIT: "999999999", RATE_LIMIT: "0" });
const { storeAll } = comparisonsOf(service);

async function reasonsOf(base: string, target: string, detectMoves = true): Promise<Reasons> {
  const { data, errors } = await service.query(
    `query ($base: ID!, $target: ID!, $detectMoves: Boolean) {
      compareJobs(baseJobId: $base, targetJobId: $target, detectMoves: $detectMoves) { ${REASONS} }
    }`,
    { base, target, detectMoves },
  );
  if (errors) throw new Error(JSON.stringify(errors));
  return data.compareJobs;
}

const plain = (amount: Big | string | null | undefined) =>
  amount == null ? null : new Big(amount).toFixed();

/** Checks an answer against the recount, and that the seven parts add up: of the jobs, each resource, each component. */
function check(reasons: Reasons): void {
  const { delta, attribution, resources } = reasons;
  expect(totalOf(attribution)).toBe(plain(delta));
  expect(amountsOf(attribution)).toEqual(amountsOf(recountComparison(reasons)));
  for (const { attribution, base, target, components } of resources.nodes) {
    const [before, after] = [base?.totalMonthlyCost ?? 0, target?.totalMonthlyCost ?? 0];
    expect(totalOf(attribution)).toBe(new Big(after).minus(before).toFixed());
    expect(amountsOf(attribution)).toEqual(amountsOf(recountResource(base, target)));
    for (const component of components) expect(totalOf(component.attribution)).toBe(plain(component.delta));
    expect(
      components.map(({ attribution, name, unit, change, ...amounts }) => ({
        ...{ name, unit, change, attribution: amountsOf(attribution) },
        ...Object.fromEntries(
          Object.entries(amounts).map(([key, amount]) => [key, plain(amount as string | null)]),
        ),
      })),
    ).toEqual(
      recountComponents(base, target).map((component) => ({
        name: component.name,
        unit: component.unit,
        change: component.change,
        attribution: amountsOf(component.parts),
        basePrice: plain(component.base?.price),
        targetPrice: plain(component.target?.price),
        baseQuantity: plain(component.base?.quantity),
        targetQuantity: plain(component.target?.quantity),
        baseMonthlyCost: plain(component.base?.cost),
        targetMonthlyCost: plain(component.target?.cost),
        delta: plain(component.delta),
      })),
    );
  }
}

const usual = fc.constantFrom("0", "1", "2", "0.5", "730", "-3", "0.00", "3.09e-8", 1, 2.5);
const amount = fc.oneof(
  usual,
  fc.constantFrom(null, "0.333333333333333333333333333333", "99999999999999999999.5", "-1e-30", "1E+3"),
  fc.constantFrom("0.0000000000000000000000000000001", "1e20", "1e9999", "-1e-9999", 1e25, 1e-7, 1e300),
  fc.constantFrom("", " 1", "1_000", "0x1F", "NaN", "Infinity", "007", "٣", "1\n", "-", true, [], { a: 1 }),
);
const name = fc.constantFrom("a", "b", "ä / b");
const usualComponent = fc.record({
  ...{ name, unit: fc.constantFrom("h", "h", "GB") },
  ...{ monthlyCost: usual, price: usual, monthlyQuantity: usual },
});
const fact = (keys: readonly string[], value: fc.Arbitrary<unknown>) =>
  fc.tuple(fc.constantFrom(...keys), value);
const unusualComponent = fc
  .tuple(
    fact(["name", "component"], fc.oneof(name, fc.constantFrom("", 5))),
    fact(["unit"], fc.constantFrom("h", null, 5)),
    fact(["monthlyCost", "monthly_cost", "cost"], fc.oneof(usual, amount)),
    fact(["price", "unitPrice", "unit_price"], fc.oneof(usual, amount)),
    fact(["monthlyQuantity", "monthly_quantity", "quantity"], fc.oneof(usual, amount)),
    fact(["priceNotFound"], fc.constantFrom(false, true, "true")),
  )
  .chain((facts) => fc.subarray(facts, { minLength: 4 }))
  .map((facts) => Object.fromEntries(facts));
const component = fc.oneof(
  { arbitrary: usualComponent, weight: 6 },
  { arbitrary: unusualComponent, weight: 6 },
  fc.jsonValue(),
);
const drivers = fc.oneof({ arbitrary: fc.array(component, { maxLength: 5 }), weight: 9 }, fc.jsonValue());
const cost = fc.constantFrom(null, "0", "1", "2.5", "-3.25", "0.000000000000000000000000000001");
const resources = fc.array(
  fc
    .tuple(fc.constantFrom("a.x", "a.x", "a.y", "module.m.a.x"), cost, drivers)
    .map(([address, total, costDrivers]) =>
      at(address, total, { costDrivers } as Partial<ResourceCostInput>),
    ),
  { maxLength: 6 },
);

describe("The reasons of a delta", () => {
  it("add up to it exactly, and are those of a recount, whatever the cost drivers are", async () => {
    const total = fc.constantFrom("0", "10.125", "-3");
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(resources, total),
        fc.tuple(resources, total),
        fc.boolean(),
        async (base, target, detectMoves) =>
          check(await reasonsOf(await storeAll(...base), await storeAll(...target), detectMoves)),
      ),
      { numRuns: PAIRS },
    );
  }, 600_000);

  it("add up for the jobs of real files, each with itself and with others", async () => {
    const files = [
      "native.json",
      "infracost-v2.json",
      ...infracostSamples.map((name) => `infracost/${name}`),
    ];
    const inputs = files.flatMap((path) => importEstimates(sample(path)));
    const ids = [];
    for (const input of inputs) ids.push({ id: await store(service, input), currency: currencyOf(input) });
    expect(ids.length).toBeGreaterThan(40);
    for (const [i, base] of ids.entries()) {
      const others = ids.filter(({ currency }) => currency === base.currency);
      const start = others.indexOf(base);
      for (const target of [...others.slice(start), ...others.slice(0, start)].slice(0, OTHERS + 1)) {
        check(await reasonsOf(base.id, target.id, i % 2 === 0));
      }
    }
  }, 600_000);
});

function currencyOf({ estimate }: StoreEstimateInput): string {
  return estimate.currency ?? "USD";
}
