import fc from "fast-check";
import { expect, test } from "vitest";
import { importEstimates, UnreadableEstimate } from "../../src/import/import-estimates.ts";
import { exactSum } from "./exact.ts";
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
