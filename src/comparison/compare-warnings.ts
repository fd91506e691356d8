import type { Job } from "../jobs/job.types.ts";
import type { Summary } from "./summarize.ts";

/** Why a comparison is not like with like. */
export interface ComparisonWarning {
  readonly code: string;
  readonly message: string;
}

/** Warnings of a stored job that make its total less than the whole, or another than its resources'. */
const CARRIED_OVER = new Set([
  "TOTAL_MISMATCH",
  "PROJECT_TOTALS_DISAGREE",
  "TOTAL_ASSUMED",
  "PROJECT_ERROR",
  "PRICE_NOT_FOUND",
  "CURRENCY_ASSUMED",
]);

/** Everything that keeps the two jobs from being compared like with like. */
export function compareWarnings(base: Job, target: Job, summary: Summary): ComparisonWarning[] {
  return [
    ...differs("PROJECT_DIFFERS", "project", base.project, target.project),
    ...differs("PROFILE_DIFFERS", "usage profile", base.profile, target.profile),
    ...differs("ESTIMATOR_DIFFERS", "estimator", base.estimator, target.estimator),
    ...coverage(base, target, summary),
    ...carriedOver("base", base),
    ...carriedOver("target", target),
  ];
}

function differs(
  code: string,
  name: string,
  base: string | null,
  target: string | null,
): ComparisonWarning[] {
  if (base === target) return [];
  return [
    {
      code,
      message: `The ${name} is ${base ?? "not stated"} in the base and ${target ?? "not stated"} in the target.`,
    },
  ];
}

function coverage(base: Job, target: Job, { newlyPriced, becameUnpriced }: Summary): ComparisonWarning[] {
  const same = base.unpricedResourceCount === target.unpricedResourceCount;
  if (same && newlyPriced.resourceCount === 0 && becameUnpriced.resourceCount === 0) return [];
  const message = [
    `The base has ${base.unpricedResourceCount} of ${base.resourceCount} resources of unknown cost,`,
    `the target ${target.unpricedResourceCount} of ${target.resourceCount}.`,
    `Costs that became known add ${newlyPriced.delta} to the delta, costs that became unknown ${becameUnpriced.delta}.`,
  ].join(" ");
  return [{ code: "COVERAGE_DIFFERS", message }];
}

function carriedOver(side: "base" | "target", job: Job): ComparisonWarning[] {
  return job.warnings
    .filter(({ code }) => CARRIED_OVER.has(code))
    .map(({ code, message }) => ({ code, message: `The ${side} was stored with this warning: ${message}` }));
}
