import fc from "fast-check";
import { expect, test } from "vitest";
import { importEstimates, UnreadableEstimate } from "../../src/import/import-estimates.ts";
import { exact, exactSum } from "./exact.ts";
import { component, project, resource, resourcesText } from "./infracost-input.ts";
import { importOne, sample } from "./samples.ts";

const amount = fc
  .tuple(fc.bigInt(-(10n ** 18n), 10n ** 18n), fc.stringMatching(/^\d{0,20}$/))
  .map(([integer, fraction]) => (fraction === "" ? `${integer}` : `${integer}.${fraction}`));

const costComponent = fc.record({
  name: fc.oneof(fc.constantFrom("Instance usage", "Storage", "Data transfer", "Requests"), fc.string()),
  unit: fc.constantFrom("hours", "GB", "IOPS", "1M requests"),
  monthlyQuantity: fc.option(amount),
  price: amount,
  monthlyCost: fc.option(amount),
});

interface Part {
  name: string;
  costComponents: { monthlyCost: string | null }[];
  subresources: Part[];
}

const { part } = fc.letrec<{ part: Part }>((tie) => ({
  part: fc.record({
    name: fc.string(),
    costComponents: fc.array(costComponent, { maxLength: 3 }),
    subresources: fc.oneof({ maxDepth: 4 }, fc.constant<Part[]>([]), fc.array(tie("part"), { maxLength: 2 })),
  }),
}));

function costsOf(thing: Part): string[] {
  const own = thing.costComponents.flatMap(({ monthlyCost }) => monthlyCost ?? []);
  return [...own, ...thing.subresources.flatMap(costsOf)];
}

/** Reads a text; an UnreadableEstimate is a valid result. */
function readOrRefuse(text: string, plan?: string): void {
  try {
    importEstimates(text, { plan });
  } catch (error) {
    expect(error).toBeInstanceOf(UnreadableEstimate);
  }
}

/** A copy of a JSON value in which the value at the chosen path is replaced. */
function changed(value: unknown, way: readonly number[], other: unknown): unknown {
  const [choice, ...rest] = way;
  if (choice === undefined || typeof value !== "object" || value === null) return other;
  const entries = Object.entries(value);
  const picked = entries[choice % entries.length];
  if (picked === undefined) return other;
  if (Array.isArray(value)) return value.with(Number(picked[0]), changed(picked[1], rest, other));
  return { ...value, [picked[0]]: changed(picked[1], rest, other) };
}

test("the categories of a resource add up to its components, at any depth", () => {
  fc.assert(
    fc.property(part, (tree) => {
      const [imported] = importOne(resourcesText([resource({ ...tree, name: "aws_x.y" })])).estimate
        .byResource;
      const { computeCost, storageCost, networkCost, otherCost } = imported ?? {};
      const categories = [computeCost, storageCost, networkCost, otherCost].map((cost) => cost ?? "0");
      expect(exactSum(categories)).toBe(exactSum(costsOf(tree)));
    }),
  );
});

/** A component of a scan of Infracost 2, and its cost; null: unknown. */
const scanned = fc
  .record({
    name: fc.constantFrom("Instance usage", "Storage", "Requests"),
    double: fc.double({ min: -1e9, max: 1e9, noNaN: true }),
    isUsage: fc.boolean(),
    isUnknown: fc.boolean(),
    hasPrice: fc.boolean(),
  })
  .map(({ name, double, isUsage, isUnknown, hasPrice }) => {
    const text = isUnknown ? "0" : printed(double);
    const written = {
      name,
      unit: "GB",
      price: hasPrice || !isUnknown ? "0.023" : "0",
      quantity: isUnknown ? "0" : "7.5",
      base_monthly_cost: isUsage ? "0" : text,
      usage_monthly_cost: isUsage ? text : "0",
      total_monthly_cost: text,
    };
    return { written, cost: isUnknown ? null : text };
  });

/** A double in plain notation, with the digits that an amount can hold. */
function printed(double: number): string {
  const text = double.toFixed(20).replace(/0+$/, "").replace(/\.$/, "");
  return /^-?0$/.test(text) ? "1" : text;
}

interface ScannedPart {
  components: { written: object; cost: string | null }[];
  parts: ScannedPart[];
}

const { scannedPart } = fc.letrec<{ scannedPart: ScannedPart }>((tie) => ({
  scannedPart: fc.record({
    components: fc.array(scanned, { maxLength: 3 }),
    parts: fc.oneof(
      { maxDepth: 3 },
      fc.constant<ScannedPart[]>([]),
      fc.array(tie("scannedPart"), { maxLength: 2 }),
    ),
  }),
}));

function writtenPart({ components, parts }: ScannedPart, fields: object): object {
  return {
    name: "part",
    type: "",
    is_supported: false,
    is_free: false,
    cost_components: components.map(({ written }) => written),
    subresources: parts.map((inside) => writtenPart(inside, {})),
    ...fields,
  };
}

function scannedCosts({ components, parts }: ScannedPart): string[] {
  return [...components.flatMap(({ cost }) => cost ?? []), ...parts.flatMap(scannedCosts)];
}

test("the total of a scan is the exact sum of its components, and unknown is never zero", () => {
  fc.assert(
    fc.property(fc.array(scannedPart, { maxLength: 5 }), (trees) => {
      const costs = trees.flatMap(scannedCosts);
      const rounded = costs.reduce((total, text) => total + Number(text), 0);
      const magnitude = costs.reduce((total, text) => total + Math.abs(Number(text)), 0);
      const scan = {
        currency: "EUR",
        // The sum of doubles differs in the last digits. Text of tiny or huge doubles has an exponent.
        summary: { total_monthly_cost: magnitude === 0 ? "0" : `${rounded}` },
        projects: [
          {
            project_name: "web",
            resources: trees.map((tree, index) =>
              writtenPart(tree, { name: `aws_x.y${index}`, type: "aws_x", is_supported: true }),
            ),
          },
        ],
      };
      const { estimate } = importOne(JSON.stringify(scan));
      expect(exact(estimate.totalMonthlyCost)).toBe(exactSum(costs));
      expect(estimate.warnings?.map(({ code }) => code)).not.toContain("PROJECT_TOTALS_DISAGREE");
      for (const [index, tree] of trees.entries()) {
        const known = scannedCosts(tree);
        const total = estimate.byResource[index]?.totalMonthlyCost ?? null;
        expect(total === null ? null : exact(total)).toBe(known.length === 0 ? null : exactSum(known));
      }
    }),
  );
});

test("any JSON is imported or rejected", () => {
  fc.assert(fc.property(fc.json(), (text) => readOrRefuse(text)));
});

test("any plan is imported or rejected", () => {
  const text = resourcesText([resource()]);
  fc.assert(
    fc.property(fc.jsonValue(), (planned_values) => readOrRefuse(text, JSON.stringify({ planned_values }))),
  );
});

const tree = {
  projects: [project({ breakdown: { resources: [resource({ costComponents: [component()] })] } })],
};
const native = JSON.parse(sample("native.json"));
const plan = JSON.parse(sample("plans/terraform-plan-example_plan.json"));

test.each([
  ["an Infracost file", tree],
  ["a scan of Infracost 2", JSON.parse(sample("infracost-v2.json"))],
  ["a native estimate", native],
])("%s with any single value changed is imported or rejected", (_, file) => {
  const way = fc.array(fc.nat(50), { maxLength: 8 });
  fc.assert(
    fc.property(way, fc.jsonValue(), (choices, other) =>
      readOrRefuse(JSON.stringify(changed(file, choices, other))),
    ),
    { numRuns: 500 },
  );
});

test("a plan with any single value changed is imported or rejected", () => {
  const text = resourcesText([resource({ name: "aws_instance.web_app" })]);
  const way = fc.array(fc.nat(50), { maxLength: 8 });
  fc.assert(
    fc.property(way, fc.jsonValue(), (choices, other) =>
      readOrRefuse(text, JSON.stringify(changed(plan, choices, other))),
    ),
    { numRuns: 500 },
  );
});
