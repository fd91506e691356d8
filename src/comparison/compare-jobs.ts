import { DomainError } from "../errors.ts";
import { requireJob } from "../jobs/find-job.ts";
import type { Job } from "../jobs/job.types.ts";
import type { JobLoaders } from "../jobs/loaders.ts";
import { type Decimal, percentageChange, subtract } from "../money.ts";
import type { Pair } from "./changes.queries.ts";

/** What changed from one job to another. */
export interface Comparison {
  readonly base: Job;
  readonly target: Job;
  /** target - base, per month, in the currency of both. */
  readonly delta: Decimal;
  /** In per cent of the base; null when the base costs nothing. */
  readonly percentageChange: number | null;
  /** Whether a resource that only changed its address is one change, MOVED, or two. */
  readonly detectMoves: boolean;
}

/** The two jobs of a comparison, as the loader of their changes knows them. */
export function pairOf({ base, target, detectMoves }: Comparison): Pair {
  return { baseId: base.id, targetId: target.id, detectMoves };
}

/**
 * Compares two stored jobs.
 * @throws DomainError NOT_FOUND when one of them does not exist, CURRENCY_MISMATCH when their currencies differ.
 */
export async function compareJobs(
  loaders: JobLoaders,
  baseJobId: string,
  targetJobId: string,
  detectMoves = true,
): Promise<Comparison> {
  const [base, target] = await Promise.all([
    requireJob(loaders, "baseJobId", baseJobId),
    requireJob(loaders, "targetJobId", targetJobId),
  ]);
  if (base.currency !== target.currency) {
    throw new DomainError(
      "CURRENCY_MISMATCH",
      `baseJobId is in ${base.currency} and targetJobId in ${target.currency}; compare jobs of one currency`,
    );
  }
  return {
    base,
    target,
    delta: subtract(target.totalMonthlyCost, base.totalMonthlyCost),
    percentageChange: percentageChange(base.totalMonthlyCost, target.totalMonthlyCost),
    detectMoves,
  };
}
