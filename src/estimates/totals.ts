import { compare, type Decimal, sum } from "../lib/money.ts";
import type { Estimate, RegionServiceTotal, ResourceCost } from "./estimate.ts";

/** A service's total as it is stored. `unpricedResourceCount` of its resources have no known cost. */
export interface StoredServiceTotal {
  readonly service: string;
  readonly totalMonthlyCost: Decimal;
  readonly resourceCount: number;
  readonly unpricedResourceCount: number;
}

/** A region's total as it is stored, with the services in it, highest cost first. */
export interface StoredRegionTotal {
  readonly region: string;
  readonly totalMonthlyCost: Decimal;
  readonly resourceCount: number;
  readonly unpricedResourceCount: number;
  readonly services: readonly { service: string; totalMonthlyCost: Decimal; resourceCount: number }[];
}

/** The totals per service: as sent, or added up from the resources when they were left out. */
export function serviceTotals({ byService, byResource }: Estimate): StoredServiceTotal[] {
  const groups = Map.groupBy(byResource, ({ service }) => service);
  if (!byService) return [...groups].map(([service, members]) => ({ service, ...addUp(members) }));
  return byService.map(({ service, totalMonthlyCost, resourceCount }) => ({
    service,
    totalMonthlyCost,
    resourceCount,
    unpricedResourceCount: unpricedCount(groups.get(service) ?? []),
  }));
}

/** The totals per region: as sent, or added up from the resources when they were left out. */
export function regionTotals({ byRegion, byResource }: Estimate): StoredRegionTotal[] {
  const groups = Map.groupBy(byResource, ({ region }) => region);
  if (!byRegion) {
    return [...groups].map(([region, members]) => ({
      region,
      ...addUp(members),
      services: highestFirst(servicesOf(members)),
    }));
  }
  return byRegion.map(({ region, totalMonthlyCost, resourceCount, services }) => {
    const members = groups.get(region) ?? [];
    return {
      region,
      totalMonthlyCost,
      resourceCount,
      unpricedResourceCount: unpricedCount(members),
      services: highestFirst(services ? countServices(services, members) : servicesOf(members)),
    };
  });
}

/** How many of the resources have no known cost. */
export function unpricedCount(resources: readonly ResourceCost[]): number {
  return resources.filter(({ totalMonthlyCost }) => (totalMonthlyCost ?? null) === null).length;
}

/** The costs that are known, of resources some of whose costs are not. */
export function knownCosts(resources: readonly ResourceCost[]): Decimal[] {
  return resources.flatMap(({ totalMonthlyCost }) => totalMonthlyCost ?? []);
}

function highestFirst(services: StoredRegionTotal["services"]): StoredRegionTotal["services"] {
  return services.toSorted((a, b) => compare(b.totalMonthlyCost, a.totalMonthlyCost));
}

function addUp(resources: readonly ResourceCost[]) {
  return {
    totalMonthlyCost: sum(knownCosts(resources)),
    resourceCount: resources.length,
    unpricedResourceCount: unpricedCount(resources),
  };
}

function servicesOf(resources: readonly ResourceCost[]): StoredRegionTotal["services"] {
  return [...Map.groupBy(resources, ({ service }) => service)].map(([service, members]) => ({
    service,
    totalMonthlyCost: sum(knownCosts(members)),
    resourceCount: members.length,
  }));
}

/** A region's services may be sent without their counts (native estimates are); they are counted then. */
function countServices(services: readonly RegionServiceTotal[], members: readonly ResourceCost[]) {
  const groups = Map.groupBy(members, ({ service }) => service);
  return services.map(({ service, totalMonthlyCost, resourceCount }) => ({
    service,
    totalMonthlyCost,
    resourceCount: resourceCount ?? groups.get(service)?.length ?? 0,
  }));
}

/** A resource with its place by cost and its place as sent, both from 0. */
export interface RankedResource {
  readonly resource: ResourceCost;
  readonly costRank: number;
  readonly position: number;
}

/** Puts the resources in the order in which they are read: highest cost first, unknown last, ties as sent. */
export function rankByCost(resources: readonly ResourceCost[]): RankedResource[] {
  return resources
    .map((resource, position) => ({ resource, position, cost: resource.totalMonthlyCost ?? undefined }))
    .sort((a, b) => higherFirst(a.cost, b.cost) || a.position - b.position)
    .map(({ resource, position }, costRank) => ({ resource, costRank, position }));
}

/** Doubles settle all but near ties: exact comparison of 100,000 amounts in one sort takes seconds. */
function higherFirst(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  const difference = Number(b) - Number(a);
  if (a === b) return 0;
  // Rounding to a double keeps order, so unequal doubles are in the order of the amounts.
  return difference === 0 ? compare(b, a) : difference;
}
