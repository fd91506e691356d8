import type { ResourceCostInput } from "../../client/generated.ts";
import { type Decimal, sum } from "../../money.ts";
import type { CostCategory } from "./cost-category.ts";
import { type CostDriver, costDrivers } from "./cost-driver.ts";
import type { InfracostResource } from "./infracost-shape.ts";
import { serviceOfType, UNKNOWN } from "./service-of-type.ts";
import { parseAddress } from "./terraform-address.ts";

/** Where a resource of a service is. */
export type RegionOf = (address: string, service: string) => string;

/** A resource as it is stored, and whether its cost lacks the price of some component. */
export interface ImportedResource {
  readonly cost: ResourceCostInput;
  readonly lacksPrices: boolean;
}

/** A resource that Infracost has priced. */
export function pricedResource(resource: InfracostResource, regionOf: RegionOf): ImportedResource {
  const identity = identityOf(resource, regionOf);
  const drivers = costDrivers(resource, identity.resourceType);
  const unpriced = drivers.filter((driver) => driver.priceNotFound).length;
  const isUnknown = drivers.length > 0 && unpriced === drivers.length;
  const totalMonthlyCost = isUnknown ? null : resource.monthlyCost;
  return {
    cost: { ...identity, totalMonthlyCost, ...categoryCosts(drivers), costDrivers: drivers },
    lacksPrices: unpriced > 0 && totalMonthlyCost !== null,
  };
}

/** A resource that costs nothing, which is not the same as one whose cost is unknown. */
export function freeResource(resource: InfracostResource, regionOf: RegionOf): ImportedResource {
  const cost = {
    ...identityOf(resource, regionOf),
    totalMonthlyCost: "0",
    ...categoryCosts([]),
    costDrivers: [],
  };
  return { cost, lacksPrices: false };
}

function identityOf({ name, resourceType, tags, defaultTags }: InfracostResource, regionOf: RegionOf) {
  const type = resourceType ?? parseAddress(name)?.type ?? UNKNOWN;
  const service = serviceOfType(type);
  return {
    resourceId: name,
    resourceType: type,
    service,
    region: regionOf(name, service),
    tags: { ...defaultTags, ...tags },
  };
}

function categoryCosts(drivers: readonly CostDriver[]) {
  return {
    computeCost: costOf("compute", drivers),
    storageCost: costOf("storage", drivers),
    networkCost: costOf("network", drivers),
    otherCost: costOf("other", drivers),
  };
}

function costOf(category: CostCategory, drivers: readonly CostDriver[]): Decimal {
  return sum(drivers.flatMap((driver) => (driver.category === category ? (driver.monthlyCost ?? []) : [])));
}
