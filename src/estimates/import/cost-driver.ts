import { type CostCategory, categoryOf } from "./cost-category.ts";
import type { InfracostPricedThing, InfracostResource } from "./infracost-shape.ts";

/** One line of a resource's bill, as it is stored among its cost drivers. */
export interface CostDriver {
  /** The component's name behind the subresources it belongs to: `root_block_device / Storage (gp2)`. */
  readonly name: string;
  readonly category: CostCategory;
  readonly unit: string | null;
  readonly monthlyQuantity: string | null;
  readonly price: string | null;
  readonly monthlyCost: string | null;
  readonly usageBased?: true;
  readonly priceNotFound?: true;
}

/** The cost components of a resource and of all its subresources. */
export function costDrivers(resource: InfracostResource, resourceType: string): CostDriver[] {
  return driversOf(resource, "", resourceType);
}

function driversOf(thing: InfracostPricedThing, path: string, resourceType: string): CostDriver[] {
  const own = (thing.costComponents ?? []).map((component) => ({
    name: path + component.name,
    category: categoryOf({ name: component.name, unit: component.unit ?? "", resourceType }),
    unit: component.unit ?? null,
    monthlyQuantity: component.monthlyQuantity,
    price: component.price,
    monthlyCost: component.monthlyCost,
    ...(component.usageBased ? { usageBased: true as const } : {}),
    ...(component.priceNotFound ? { priceNotFound: true as const } : {}),
  }));
  const inner = (thing.subresources ?? []).flatMap((part) =>
    driversOf(part, `${path}${part.name} / `, resourceType),
  );
  return [...own, ...inner];
}
