import { countOf } from "../count-of.ts";
import type { Job } from "../jobs/job.types.ts";
import type { ChangeKind } from "./change-kind.types.ts";
import type { KindTotal } from "./changes.queries.ts";

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
export function compareWarnings(base: Job, target: Job, totals: readonly KindTotal[]): ComparisonWarning[] {
  return [
    ...differs("PROJECT_DIFFERS", "project", base.project, target.project),
    ...differs("PROFILE_DIFFERS", "usage profile", base.profile, target.profile),
    ...differs("ESTIMATOR_DIFFERS", "estimator", base.estimator, target.estimator),
    ...coverage(base, target, totals),
    ...carriedOver("base", base, target),
    ...carriedOver("target", target, base),
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

/** Coverage is the same when what is unknown in one job is the same resource, and as unknown, in the other. */
function coverage(base: Job, target: Job, totals: readonly KindTotal[]): ComparisonWarning[] {
  const of = (kind: ChangeKind) => totals.find(({ change }) => change === kind);
  const [known, unknown] = [of("NEWLY_PRICED"), of("BECAME_UNPRICED")];
  const cameOrWent = (of("ADDED")?.unknownCount ?? 0) + (of("REMOVED")?.unknownCount ?? 0);
  if (known === undefined && unknown === undefined && cameOrWent === 0) return [];
  const message = [
    `The base has ${base.unpricedResourceCount} of ${countOf(base.resourceCount, "resource")} of unknown cost,`,
    `the target ${target.unpricedResourceCount} of ${target.resourceCount}.`,
    `Costs that became known add ${known?.delta ?? "0"} to the delta, costs that became unknown ${unknown?.delta ?? "0"};`,
    `${countOf(cameOrWent, "resource")} of unknown cost came or went.`,
  ].join(" ");
  return [{ code: "COVERAGE_DIFFERS", message }];
}

/** What both jobs assume alike, a currency, does not make them unlike. */
function carriedOver(side: "base" | "target", job: Job, other: Job): ComparisonWarning[] {
  const assumedByBoth = other.warnings.some(({ code }) => code === "CURRENCY_ASSUMED");
  return job.warnings
    .filter(({ code }) => CARRIED_OVER.has(code) && !(code === "CURRENCY_ASSUMED" && assumedByBoth))
    .map(({ code, message }) => ({ code, message: `The ${side} was stored with this warning: ${message}` }));
}
