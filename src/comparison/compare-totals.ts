import type { JobReader } from "../jobs/job-reader.ts";
import { abs, compare, type Decimal, percentageChange, subtract } from "../lib/money.ts";
import type { Comparison } from "./compare-jobs.ts";
import type { CostChange } from "./cost-change.graphql.ts";

/** What one key (a service, a region) costs in one job. */
export interface KeyedTotal {
  readonly key: string;
  readonly totalMonthlyCost: Decimal;
  readonly resourceCount: number;
  readonly unpricedResourceCount: number;
}

/**
 * Every key of either side with what it costs in both: largest absolute delta first, ties by key. A key none of
 * whose resources has a known cost costs an unknown amount, not nothing.
 */
export function compareTotals(base: readonly KeyedTotal[], target: readonly KeyedTotal[]): CostChange[] {
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

/** What each service costs in both jobs. */
export async function compareServices(jobs: JobReader, { base, target }: Comparison): Promise<CostChange[]> {
  const [before, after] = await Promise.all([jobs.services.load(base.id), jobs.services.load(target.id)]);
  return compareTotals(
    before.map(({ service, ...total }) => ({ key: service, ...total })),
    after.map(({ service, ...total }) => ({ key: service, ...total })),
  );
}

/** What each region costs in both jobs. */
export async function compareRegions(jobs: JobReader, { base, target }: Comparison): Promise<CostChange[]> {
  const [before, after] = await Promise.all([
    jobs.regionsWithoutServices.load(base.id),
    jobs.regionsWithoutServices.load(target.id),
  ]);
  return compareTotals(
    before.map(({ region, ...total }) => ({ key: region, ...total })),
    after.map(({ region, ...total }) => ({ key: region, ...total })),
  );
}
