import type { Job } from "../jobs/job.graphql.ts";
import { type JobReader, requireJob } from "../jobs/job-reader.ts";
import { DomainError } from "../lib/errors.ts";
import { type Decimal, percentageChange, subtract, sum } from "../lib/money.ts";
import { pluralize } from "../lib/text.ts";
import type { ChangesLoader, KindTotal, Pair } from "./changes.sql.ts";
import type { ChangeKind } from "./cost-change.graphql.ts";

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
  jobs: JobReader,
  baseJobId: string,
  targetJobId: string,
  detectMoves = true,
): Promise<Comparison> {
  const [base, target] = await Promise.all([
    requireJob(jobs, "baseJobId", baseJobId),
    requireJob(jobs, "targetJobId", targetJobId),
  ]);
  if (base.currency !== target.currency) {
    throw new DomainError("CURRENCY_MISMATCH", [
      ["baseJobId"],
      ` is in ${base.currency} and `,
      ["targetJobId"],
      ` in ${target.currency}; compare jobs of one currency`,
    ]);
  }
  return {
    base,
    target,
    delta: subtract(target.totalMonthlyCost, base.totalMonthlyCost),
    percentageChange: percentageChange(base.totalMonthlyCost, target.totalMonthlyCost),
    detectMoves,
  };
}

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
function compareWarnings(base: Job, target: Job, totals: readonly KindTotal[]): ComparisonWarning[] {
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
    `The base has ${base.unpricedResourceCount} of ${pluralize(base.resourceCount, "resource")} of unknown cost,`,
    `the target ${target.unpricedResourceCount} of ${target.resourceCount}.`,
    `Costs that became known add ${known?.delta ?? "0"} to the delta, costs that became unknown ${unknown?.delta ?? "0"};`,
    `${pluralize(cameOrWent, "resource")} of unknown cost came or went.`,
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

/** How many resources, and what they add to the delta, per month. */
export interface Amount {
  readonly resourceCount: number;
  readonly delta: Decimal;
}

/** Where a delta comes from: its parts add up to it exactly. */
export interface Summary {
  readonly added: Amount;
  readonly removed: Amount;
  readonly changed: Amount;
  readonly unchanged: Amount;
  readonly moved: Amount;
  readonly newlyPriced: Amount;
  readonly becameUnpriced: Amount;
  readonly unattributed: Decimal;
}

/** Splits a delta into what each kind of change adds to it; what is left is unattributed. */
function summarize(delta: Decimal, totals: readonly KindTotal[]): Summary {
  const of = (kind: ChangeKind): Amount =>
    totals.find(({ change }) => change === kind) ?? { resourceCount: 0, delta: "0" };
  return {
    added: of("ADDED"),
    removed: of("REMOVED"),
    changed: of("CHANGED"),
    unchanged: of("UNCHANGED"),
    moved: of("MOVED"),
    newlyPriced: of("NEWLY_PRICED"),
    becameUnpriced: of("BECAME_UNPRICED"),
    unattributed: subtract(delta, sum(totals.map((total) => total.delta))),
  };
}

/** Where the delta of two jobs comes from. */
export async function summarizeComparison(changes: ChangesLoader, comparison: Comparison): Promise<Summary> {
  const { totals } = await changes.load({ pair: pairOf(comparison) });
  return summarize(comparison.delta, totals);
}

/** Everything that keeps two jobs from being compared like with like. */
export async function explainComparison(
  changes: ChangesLoader,
  comparison: Comparison,
): Promise<ComparisonWarning[]> {
  const { totals } = await changes.load({ pair: pairOf(comparison) });
  return compareWarnings(comparison.base, comparison.target, totals);
}
