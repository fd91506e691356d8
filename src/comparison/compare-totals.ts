import { compare, type Decimal, percentageChange, size, subtract } from "../money.ts";
import type { CostChange } from "./cost-change.types.ts";

/** What one key (a service, a region) costs in one job. */
export interface KeyedTotal {
  readonly key: string;
  readonly totalMonthlyCost: Decimal;
}

/** Every key of either side with what it costs in both: largest absolute delta first, ties by key. */
export function compareTotals(base: readonly KeyedTotal[], target: readonly KeyedTotal[]): CostChange[] {
  const baseCosts = new Map(base.map(({ key, totalMonthlyCost }) => [key, totalMonthlyCost]));
  const targetCosts = new Map(target.map(({ key, totalMonthlyCost }) => [key, totalMonthlyCost]));
  return [...new Set([...baseCosts.keys(), ...targetCosts.keys()])]
    .map((key) => changeOf(key, baseCosts.get(key) ?? null, targetCosts.get(key) ?? null))
    .sort((a, b) => compare(size(b.delta), size(a.delta)) || (a.key < b.key ? -1 : 1));
}

function changeOf(key: string, before: Decimal | null, after: Decimal | null): CostChange {
  const delta = subtract(after ?? "0", before ?? "0");
  return {
    key,
    change: kindOf(before, after),
    baseMonthlyCost: before,
    targetMonthlyCost: after,
    delta,
    percentageChange: before === null ? null : percentageChange(before, after ?? "0"),
  };
}

function kindOf(before: Decimal | null, after: Decimal | null): CostChange["change"] {
  if (before === null) return "ADDED";
  if (after === null) return "REMOVED";
  return compare(before, after) === 0 ? "UNCHANGED" : "CHANGED";
}
