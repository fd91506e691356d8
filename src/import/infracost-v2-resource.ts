import { addsUpInDoubles, type Decimal, isZero, isZeroText, sum } from "../lib/money.ts";
import { type CostComponent, costDrivers, type PricedPart } from "./cost-category.ts";
import { type InfracostResource, isPriceMissing, knownCosts, typeOf } from "./infracost-file.ts";
import type { ComponentV2, PartV2, ResourceV2 } from "./infracost-v2-shape.ts";

/** A resource of a scan. */
export function resourceOf(resource: ResourceV2, lacksVariables: boolean): InfracostResource {
  const { name, type, isSupported, isFree, totalMonthlyCost: stated, tags, defaultTags } = resource;
  const drivers = costDrivers(
    partOf(resource, { lacksVariables, isFree: isFree === true }),
    typeOf(type, name) ?? "",
  );
  const known = knownCosts(drivers);
  const hasUnknown = known.length < drivers.length;
  // No version so far states the cost of a resource. A cost of 0 would not tell whether it is known.
  const other = stated === null || isZero(stated) || addsUpInDoubles(stated, known) ? null : stated;
  const lacksPrices = drivers.some(({ priceNotFound }) => priceNotFound);
  const isUnknown = known.length === 0 && other === null && (isFree !== true || lacksPrices);
  return {
    address: name,
    type,
    totalMonthlyCost: isUnknown ? null : (other ?? sum(known)),
    drivers,
    lacks: isUnknown || !hasUnknown ? undefined : lacksPrices ? "prices" : "usage",
    isUnsupported: isUnknown && isSupported === false && drivers.length === 0,
    tags: { ...defaultTags, ...tags },
  };
}

/** The facts about a resource that tell whether a cost of 0 is known. */
interface ResourceFacts {
  readonly lacksVariables: boolean;
  readonly isFree: boolean;
}

/** Subresources with prices say is_supported: false, which means nothing. */
function partOf({ name, costComponents, subresources }: PartV2, facts: ResourceFacts): PricedPart {
  return {
    name,
    components: (costComponents ?? []).map((component) => componentOf(component, facts)),
    parts: (subresources ?? []).map((part) => partOf(part, facts)),
  };
}

/** The cost of a component; null: not stated. One part of the cost that is 0 does not tell the other. */
function statedCost({ baseMonthlyCost, usageMonthlyCost, totalMonthlyCost }: ComponentV2): Decimal | null {
  if (totalMonthlyCost !== null) return totalMonthlyCost;
  const split = [baseMonthlyCost, usageMonthlyCost].filter((cost) => cost !== null);
  const cost = sum(split);
  return split.length === 2 || (split.length === 1 && !isZero(cost)) ? cost : null;
}

/**
 * A component. Infracost writes an unknown usage as the quantity 0 with a price, and a missing price as the price 0 with
 * the quantity 0. Both costs are unknown, unless the resource is free.
 */
function componentOf(stated: ComponentV2, { lacksVariables, isFree }: ResourceFacts): CostComponent {
  const { name, unit, quantity, price, usageMonthlyCost } = stated;
  const hasPrice = !isZeroOrMissing(price);
  const hasQuantity = !isZeroOrMissing(quantity);
  const hasNoAmounts = !hasPrice && !hasQuantity;
  const cost = statedCost(stated) ?? (isFree && hasNoAmounts ? "0" : null);
  const isWithoutCost = cost === null || isZero(cost);
  const priceNotFound =
    isWithoutCost &&
    (stated.priceNotFound === true ||
      (!isFree && ((price ?? null) === null || hasNoAmounts)) ||
      isPriceMissing({ name, price: price ?? null, monthlyCost: cost }, lacksVariables));
  const isUsageUnknown =
    isWithoutCost && !hasQuantity && stated.usageBased !== false && !(isFree && hasNoAmounts);
  const isUnknown = priceNotFound || isUsageUnknown;
  return {
    name,
    unit: unit ?? null,
    monthlyQuantity: isUsageUnknown ? null : (quantity ?? null),
    price: price ?? null,
    monthlyCost: isUnknown ? null : cost,
    usageBased:
      stated.usageBased ??
      ((isUsageUnknown && hasPrice) || (usageMonthlyCost !== null && !isZero(usageMonthlyCost))),
    priceNotFound,
  };
}

/** Whether an amount, which is not validated, is missing or zero. */
function isZeroOrMissing(text: string | null | undefined): boolean {
  return text === null || text === undefined || text.trim() === "" || isZeroText(text);
}

/**
 * Whether a component of a part states no cost under a known name, although it has a price and a quantity, or none of
 * its amounts; or one part of the cost without the other.
 */
export function hasUnreadComponent({ costComponents, subresources }: PartV2): boolean {
  return (
    (costComponents ?? []).some((component) => {
      const { price, quantity, priceNotFound, baseMonthlyCost, usageMonthlyCost, totalMonthlyCost } =
        component;
      if (priceNotFound === true || totalMonthlyCost !== null) return false;
      if (baseMonthlyCost !== null || usageMonthlyCost !== null) {
        return baseMonthlyCost === null || usageMonthlyCost === null;
      }
      return (
        (price === undefined && quantity === undefined) ||
        (!isZeroOrMissing(price) && !isZeroOrMissing(quantity))
      );
    }) || (subresources ?? []).some(hasUnreadComponent)
  );
}
