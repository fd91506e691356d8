import type { Context } from "../graphql/context.ts";
import { type Comparison, pairOf } from "./compare-jobs.ts";
import { type ComparisonWarning, compareWarnings } from "./compare-warnings.ts";
import { type Summary, summarize } from "./summarize.ts";

/** Where the delta of two jobs comes from. */
export async function summarizeComparison(
  loaders: Context["loaders"],
  comparison: Comparison,
): Promise<Summary> {
  const { totals } = await loaders.changes.load({ pair: pairOf(comparison) });
  return summarize(comparison.delta, totals);
}

/** Everything that keeps two jobs from being compared like with like. */
export async function explainComparison(
  loaders: Context["loaders"],
  comparison: Comparison,
): Promise<ComparisonWarning[]> {
  const { totals } = await loaders.changes.load({ pair: pairOf(comparison) });
  return compareWarnings(comparison.base, comparison.target, totals);
}
