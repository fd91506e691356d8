import { compare } from "../money.ts";
import type { ResourceCost } from "./estimate.ts";

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
