import type { RegionCost, ServiceCost } from "../jobs/job.graphql.ts";
import type { JobReader } from "../jobs/job-reader.ts";
import { abs, compare, type Decimal, percentageChange, subtract } from "../lib/money.ts";
import type { CostChange } from "./cost-change.graphql.ts";

/** The cost of each service in both jobs, largest absolute delta first. */
export async function compareServices(
  { services }: JobReader,
  baseId: string,
  targetId: string,
): Promise<CostChange[]> {
  const [before, after] = await Promise.all([services(baseId), services(targetId)]);
  const keyed = ({ service, ...total }: ServiceCost): KeyedTotal => ({ key: service, ...total });
  return compareTotals(before.map(keyed), after.map(keyed));
}

/** The cost of each region in both jobs, largest absolute delta first. */
export async function compareRegions(
  { regions }: JobReader,
  baseId: string,
  targetId: string,
): Promise<CostChange[]> {
  const [before, after] = await Promise.all([regions(baseId), regions(targetId)]);
  const keyed = ({ region, ...total }: RegionCost): KeyedTotal => ({ key: region, ...total });
  return compareTotals(before.map(keyed), after.map(keyed));
}

/** The cost of one key (a service or a region) in one job. */
interface KeyedTotal {
  readonly key: string;
  readonly totalMonthlyCost: Decimal;
  readonly resourceCount: number;
  readonly unpricedResourceCount: number;
}

/**
 * The costs of each key of either job in both jobs, largest absolute delta first, ties by key. If no resource of a key
 * has a known cost, the cost of the key is unknown, not zero.
 */
function compareTotals(base: readonly KeyedTotal[], target: readonly KeyedTotal[]): CostChange[] {
  const before = new Map(base.map((total) => [total.key, total]));
  const after = new Map(target.map((total) => [total.key, total]));
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((key) => changeOf(key, before.get(key), after.get(key)))
    .sort((a, b) => compare(abs(b.delta), abs(a.delta)) || (a.key < b.key ? -1 : 1));
}

function changeOf(key: string, base: KeyedTotal | undefined, target: KeyedTotal | undefined): CostChange {
  const [before, after] = [knownCost(base), knownCost(target)];
  return {
    key,
    change: kindOf(base, target, before, after),
    baseMonthlyCost: before,
    targetMonthlyCost: after,
    delta: subtract(after ?? "0", before ?? "0"),
    percentageChange:
      before === null || (target !== undefined && after === null)
        ? null
        : percentageChange(before, after ?? "0"),
  };
}

function kindOf(
  base: KeyedTotal | undefined,
  target: KeyedTotal | undefined,
  before: Decimal | null,
  after: Decimal | null,
): CostChange["change"] {
  if (base === undefined) return "ADDED";
  if (target === undefined) return "REMOVED";
  if (before === null || after === null) {
    if (before === after) return "UNCHANGED";
    return before === null ? "NEWLY_PRICED" : "BECAME_UNPRICED";
  }
  return compare(before, after) === 0 ? "UNCHANGED" : "CHANGED";
}

function knownCost(total: KeyedTotal | undefined): Decimal | null {
  if (total === undefined) return null;
  const { totalMonthlyCost, resourceCount, unpricedResourceCount } = total;
  const isUnknown = unpricedResourceCount > 0 && unpricedResourceCount >= resourceCount;
  return isUnknown && compare(totalMonthlyCost, "0") === 0 ? null : totalMonthlyCost;
}
