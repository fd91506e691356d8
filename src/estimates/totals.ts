import { FAILURE_CODE } from "../database/derived-columns.ts";
import { compare, type Decimal, sum } from "../lib/money.ts";
import type { Estimate, EstimateInput, RegionServiceTotal, ResourceCost } from "./estimate.ts";

/** The stored total of a service, per month. `unpricedResourceCount` is the number of resources of unknown cost. */
export interface StoredServiceTotal {
  readonly service: string;
  readonly totalMonthlyCost: Decimal;
  readonly resourceCount: number;
  readonly unpricedResourceCount: number;
}

/** The stored total of a region, per month, with its services, highest cost first. */
export interface StoredRegionTotal {
  readonly region: string;
  readonly totalMonthlyCost: Decimal;
  readonly resourceCount: number;
  readonly unpricedResourceCount: number;
  readonly services: readonly { service: string; totalMonthlyCost: Decimal; resourceCount: number }[];
}

/** Whether the total of an estimate covers all of its projects: the rule of the column `is_complete`. */
export function isComplete(estimate: Pick<EstimateInput, "isComplete" | "warnings">): boolean {
  return estimate.isComplete !== false && !estimate.warnings?.some(({ code }) => code === FAILURE_CODE);
}

/** The totals per service: as sent, or the sums of the resources if the estimate has no totals. */
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

/** The totals per region: as sent, or the sums of the resources if the estimate has no totals. */
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

/** The number of resources of unknown cost. */
export function unpricedCount(resources: readonly ResourceCost[]): number {
  return resources.filter(({ totalMonthlyCost }) => (totalMonthlyCost ?? null) === null).length;
}

/** The known monthly costs of resources. */
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

/** The services of a region. Missing resource counts, as in native estimates, are computed from the resources. */
function countServices(services: readonly RegionServiceTotal[], members: readonly ResourceCost[]) {
  const groups = Map.groupBy(members, ({ service }) => service);
  return services.map(({ service, totalMonthlyCost, resourceCount }) => ({
    service,
    totalMonthlyCost,
    resourceCount: resourceCount ?? groups.get(service)?.length ?? 0,
  }));
}

/** A resource with its position by cost (`costRank`) and its position in the request, both from 0. */
export interface RankedResource {
  readonly resource: ResourceCost;
  readonly costRank: number;
  readonly position: number;
}

/** Sorts the resources: highest cost first, unknown costs last, ties in the order of the request. */
export function rankByCost(resources: readonly ResourceCost[]): RankedResource[] {
  return resources
    .map((resource, position) => ({ resource, position, rounded: roundedCost(resource) }))
    .sort((a, b) => b.rounded - a.rounded || compareCosts(b.resource, a.resource))
    .map(({ resource, position }, costRank) => ({ resource, costRank, position }));
}

/**
 * The cost as a double, which decides except for nearly equal amounts: the exact comparison of 100,000 amounts in one
 * sort takes seconds. Rounding is monotonic, so that different doubles have the order of the amounts.
 */
function roundedCost({ totalMonthlyCost }: ResourceCost): number {
  return Number(totalMonthlyCost ?? BELOW_ALL);
}

/** Less than all amounts. An infinity minus itself would be no number. */
const BELOW_ALL = -Number.MAX_VALUE;

function compareCosts({ totalMonthlyCost: a }: ResourceCost, { totalMonthlyCost: b }: ResourceCost): number {
  return a === b || !a || !b ? 0 : compare(a, b);
}
