import { type Decimal, subtract, sum } from "../lib/money.ts";
import { sizeOf } from "../lib/page.ts";
import type { ChangesLoader } from "./changes-loader.ts";
import { type Comparison, comparedJobs, type ResourceChange } from "./compare-jobs.ts";
import type { ComponentAmounts, ComponentsLoader, ComponentTotals } from "./components.sql.ts";
import type { ChangeKind } from "./cost-change.graphql.ts";

/** The reasons of a delta. The seven parts add up to it exactly. */
export interface CostAttribution extends ComponentTotals {
  /** The rest. */
  readonly other: Decimal;
}

/** A resource, a component, or all resources with one kind of change. */
interface WholeChange {
  readonly change: ChangeKind;
  readonly delta: Decimal;
}

/**
 * The reasons of a delta.
 * @param changes the changes whose kind alone is a reason: added, removed, newly priced or became unpriced.
 * @param components the sums over the components of the resources with a known cost in both jobs.
 */
function attribute(
  delta: Decimal,
  changes: readonly WholeChange[],
  components: Partial<ComponentTotals> = {},
): CostAttribution {
  const deltaOf = (kind: ChangeKind, part: Decimal = "0") =>
    sum([...changes.filter(({ change }) => change === kind).map((change) => change.delta), part]);
  const parts: ComponentTotals = {
    price: components.price ?? "0",
    quantity: components.quantity ?? "0",
    added: deltaOf("ADDED", components.added),
    removed: deltaOf("REMOVED", components.removed),
    newlyPriced: deltaOf("NEWLY_PRICED", components.newlyPriced),
    becameUnpriced: deltaOf("BECAME_UNPRICED", components.becameUnpriced),
  };
  const { price, quantity, added, removed, newlyPriced, becameUnpriced } = parts;
  return {
    ...parts,
    other: subtract(delta, sum([price, quantity, added, removed, newlyPriced, becameUnpriced])),
  };
}

/** The reasons of the delta of two jobs. */
export async function attributeComparison(
  changes: ChangesLoader,
  comparison: Comparison,
): Promise<CostAttribution> {
  const { totals, components } = await changes.load({ ...comparedJobs(comparison), withComponents: true });
  return attribute(comparison.delta, totals, components);
}

/** The reasons of the delta of a resource. An unknown cost counts as nothing, as in the totals of its job. */
export async function attributeResource(
  components: ComponentsLoader,
  resource: ResourceChange,
): Promise<CostAttribution> {
  const { change, baseCost, targetCost } = resource;
  const delta = subtract(targetCost ?? "0", baseCost ?? "0");
  const isKnownInBoth = baseCost !== null && targetCost !== null;
  const found = isKnownInBoth ? await components.load({ ...keyOf(resource), size: 0 }) : undefined;
  return attribute(delta, [{ change, delta }], found?.totals);
}

/** The default and the maximum number of components of a resource. */
export const COMPONENTS = { default: 50, maximum: 1_000 };

/** The change of a component, with the reasons of its delta. */
export interface ComponentChange extends Omit<ComponentAmounts, "price" | "quantity"> {
  readonly attribution: () => CostAttribution;
}

/**
 * The changes of the components of a resource, largest absolute delta first.
 * @throws BadUserInput when the number of components is outside 1..1,000.
 */
export async function listComponents(
  components: ComponentsLoader,
  resource: ResourceChange,
  first: number | null | undefined,
): Promise<ComponentChange[]> {
  const size = sizeOf("first", first, COMPONENTS);
  const { list } = await components.load({ ...keyOf(resource), size });
  return list.map((component) => ({
    ...component,
    attribution: () => attribute(component.delta, [component], component),
  }));
}

function keyOf({ baseJobId, baseRank, targetJobId, targetRank }: ResourceChange) {
  return { baseJobId, baseRank, targetJobId, targetRank };
}
