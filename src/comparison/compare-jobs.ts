import type { Database } from "../database/database.ts";
import { type Connection, connectionOf } from "../graphql/connection.ts";
import type { Exclusion } from "../jobs/exclusion.sql.ts";
import type { Job } from "../jobs/job.graphql.ts";
import { type JobReader, requireJob } from "../jobs/job-reader.ts";
import { DomainError } from "../lib/errors.ts";
import { type Decimal, percentageChange, subtract, sum } from "../lib/money.ts";
import { type Page, type PageArguments, pageOf, withoutDefaultFirst } from "../lib/page.ts";
import { pluralize } from "../lib/text.ts";
import { changeCursor, type JobPair } from "./change-pages.sql.ts";
import type { Change, KindTotal } from "./changes.sql.ts";
import { type ChangesLoader, createChangesLoader } from "./changes-loader.ts";
import type { ChangeKind } from "./cost-change.graphql.ts";

/** Two jobs of one currency, and the delta of their totals. */
export interface Comparison {
  readonly base: Job;
  readonly target: Job;
  /** target - base, per month. */
  readonly delta: Decimal;
  /** In per cent of the base; null: the total of the base is zero. */
  readonly percentageChange: number | null;
  /** See `JobPair`. */
  readonly detectMoves: boolean;
}

/**
 * Compares two stored jobs.
 * @throws DomainError NOT_FOUND when one of the jobs does not exist; CURRENCY_MISMATCH when their currencies differ.
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
  return comparisonOf(base, target, detectMoves);
}

/** The comparison of two jobs of one currency. */
export function comparisonOf(base: Job, target: Job, detectMoves = true): Comparison {
  return {
    base,
    target,
    delta: subtract(target.totalMonthlyCost, base.totalMonthlyCost),
    percentageChange: percentageChange(base.totalMonthlyCost, target.totalMonthlyCost),
    detectMoves,
  };
}

/** The number of resources with one kind of change, and their part of the delta. */
export interface ChangeAmount {
  readonly resourceCount: number;
  readonly delta: Decimal;
}

/** The delta by kind of change. The sum of its parts is exactly the delta. */
export interface ChangeSummary {
  readonly added: ChangeAmount;
  readonly removed: ChangeAmount;
  readonly changed: ChangeAmount;
  readonly unchanged: ChangeAmount;
  readonly moved: ChangeAmount;
  readonly newlyPriced: ChangeAmount;
  readonly becameUnpriced: ChangeAmount;
  readonly unattributed: Decimal;
}

/** The delta of two jobs by kind of change, per month. */
export async function summarizeComparison(
  changes: ChangesLoader,
  comparison: Comparison,
): Promise<ChangeSummary> {
  const { totals } = await changes.load(comparedJobs(comparison));
  const of = (kind: ChangeKind): ChangeAmount =>
    totals.find(({ change }) => change === kind) ?? { resourceCount: 0, delta: "0" };
  return {
    added: of("ADDED"),
    removed: of("REMOVED"),
    changed: of("CHANGED"),
    unchanged: of("UNCHANGED"),
    moved: of("MOVED"),
    newlyPriced: of("NEWLY_PRICED"),
    becameUnpriced: of("BECAME_UNPRICED"),
    unattributed: subtract(comparison.delta, sum(totals.map((total) => total.delta))),
  };
}

/** The two jobs of a comparison, and the number of their resources. */
export function comparedJobs(comparison: Comparison): { pair: JobPair; resourceCount: number } {
  const { base, target } = comparison;
  return { pair: pairOf(comparison), resourceCount: base.resourceCount + target.resourceCount };
}

function pairOf({ base, target, detectMoves }: Comparison): JobPair {
  return { baseId: base.id, targetId: target.id, detectMoves };
}

/** The default and the maximum number of changes of a page. */
export const CHANGE_PAGE = { default: 50, maximum: 1_000 };

/** The change of one resource, with the ids of the two jobs for its field resolvers. */
export interface ResourceChange extends Change {
  readonly baseJobId: string;
  readonly targetJobId: string;
  /** In per cent of the base; null: the delta is unknown, or the cost in the base is zero or absent. */
  readonly percentageChange: number | null;
}

/**
 * One page of the changes of resources, largest absolute delta first, unknown deltas last.
 * @throws BadUserInput for an invalid page, or a cursor of another list.
 */
export async function listChanges(
  loader: ChangesLoader,
  comparison: Comparison,
  { changes, ...args }: PageArguments & { readonly changes?: readonly ChangeKind[] | null },
): Promise<Connection<ResourceChange>> {
  const page = pageOf(withoutDefaultFirst(args, CHANGE_PAGE.default), CHANGE_PAGE);
  return readPage(loader, comparison, page, changes ?? undefined);
}

/** The number of changes of a page of an export: each page compares all resources again. */
const EXPORT_PAGE = 10_000;

/** All changes of resources in the order of `listChanges`, in pages that are read on demand. */
export async function* changePages(
  db: Database,
  comparison: Comparison,
  kinds: readonly ChangeKind[] | undefined,
): AsyncGenerator<readonly ResourceChange[]> {
  for (let after: string | undefined; ; ) {
    const page = { size: EXPORT_PAGE, backward: false, after, before: undefined };
    // A loader for one page: it keeps the rows that it has read.
    const { nodes, pageInfo } = await readPage(createChangesLoader(db), comparison, page, kinds);
    yield nodes;
    const { hasNextPage, endCursor } = pageInfo();
    if (!hasNextPage || endCursor === null) return;
    after = endCursor;
  }
}

async function readPage(
  loader: ChangesLoader,
  comparison: Comparison,
  page: Page,
  kinds: readonly ChangeKind[] | undefined,
): Promise<Connection<ResourceChange>> {
  const list = { pair: pairOf(comparison), kinds };
  const found = await loader.load({ ...comparedJobs(comparison), page: { page, kinds: list.kinds } });
  const rows = found.page.rows.map((change) => resourceChange(comparison, change));
  const cursorOf = (change: ResourceChange) => changeCursor(list, change);
  return connectionOf({ ...found.page, rows }, cursorOf, async () => countChanges(found.totals, list.kinds));
}

function resourceChange({ base, target }: Comparison, change: Change): ResourceChange {
  const { delta, baseCost, targetCost } = change;
  return {
    ...change,
    baseJobId: base.id,
    targetJobId: target.id,
    percentageChange:
      delta === null || baseCost === null ? null : percentageChange(baseCost, targetCost ?? "0"),
  };
}

function countChanges(totals: readonly KindTotal[], kinds: readonly ChangeKind[] | undefined): number {
  const counted = totals.filter(({ change }) => kinds?.includes(change) ?? true);
  return counted.reduce((count, total) => count + total.resourceCount, 0);
}

/** A difference between two jobs, or two sets of jobs, that limits how far they can be compared. */
export interface ComparisonWarning {
  readonly code: string;
  readonly message: string;
}

/** The differences between two jobs that limit how far they can be compared. */
export async function warnAboutComparison(
  changes: ChangesLoader,
  { exclusion: exclusions }: JobReader,
  comparison: Comparison,
): Promise<ComparisonWarning[]> {
  const { base, target } = comparison;
  const [{ totals }, baseExclusion, targetExclusion] = await Promise.all([
    changes.load(comparedJobs(comparison)),
    exclusions.load(base.id),
    exclusions.load(target.id),
  ]);
  return [
    ...incompleteWarnings("base", base),
    ...incompleteWarnings("target", target),
    ...excludedWarnings("base", baseExclusion),
    ...excludedWarnings("target", targetExclusion),
    ...differenceWarnings("PROJECT_DIFFERS", "project", base.project, target.project),
    ...differenceWarnings("PROFILE_DIFFERS", "usage profile", base.profile, target.profile),
    ...differenceWarnings("ESTIMATOR_DIFFERS", "estimator", base.estimator, target.estimator),
    ...coverageWarnings(base, target, totals),
    ...storedWarnings("base", base, target),
    ...storedWarnings("target", target, base),
  ];
}

type Side = "base" | "target";

function incompleteWarnings(side: Side, { isComplete }: Job): ComparisonWarning[] {
  if (isComplete) return [];
  const message = `The ${side} is incomplete: the estimator reported an error, and the total is partial.`;
  return [{ code: "INCOMPLETE_JOB", message }];
}

function excludedWarnings(side: Side, exclusion: Exclusion | null): ComparisonWarning[] {
  if (exclusion === null) return [];
  return [{ code: "EXCLUDED_JOB", message: `The ${side} is excluded from its series: ${exclusion.reason}` }];
}

function differenceWarnings(
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

/** The warning about a difference in coverage: of the resources, and of unsupported resources. */
function coverageWarnings(base: Job, target: Job, totals: readonly KindTotal[]): ComparisonWarning[] {
  const sentences = [...unpricedCoverage(base, target, totals), ...unsupportedCoverage(base, target)];
  return sentences.length === 0 ? [] : [{ code: "COVERAGE_DIFFERS", message: sentences.join(" ") }];
}

/** The coverage is the same if the same resources, in the same number, have unknown costs in both jobs. */
function unpricedCoverage(base: Job, target: Job, totals: readonly KindTotal[]): string[] {
  const of = (kind: ChangeKind) => totals.find(({ change }) => change === kind);
  const [known, unknown] = [of("NEWLY_PRICED"), of("BECAME_UNPRICED")];
  const addedOrRemoved = (of("ADDED")?.unknownCount ?? 0) + (of("REMOVED")?.unknownCount ?? 0);
  if (known === undefined && unknown === undefined && addedOrRemoved === 0) return [];
  return [
    `The base has ${base.unpricedResourceCount} of ${pluralize(base.resourceCount, "resource")} of unknown cost,`,
    `the target ${target.unpricedResourceCount} of ${target.resourceCount}.`,
    `Costs that became known add ${known?.delta ?? "0"} to the delta, costs that became unknown ${unknown?.delta ?? "0"};`,
    `added or removed resources of unknown cost: ${addedOrRemoved}.`,
  ];
}

/**
 * A job that does not state its number of unsupported resources may have some. This is no difference to a job that
 * states none: otherwise every job of an older version would differ from its successor.
 */
function unsupportedCoverage(base: Job, target: Job): string[] {
  const [before, after] = [base.unsupportedResourceCount, target.unsupportedResourceCount];
  if ((before ?? 0) === (after ?? 0)) return [];
  const known = before === null ? "an unknown number of resources" : pluralize(before, "resource");
  return [
    `The base has ${known} that the estimator does not support, the target ${after ?? "an unknown number"}.`,
  ];
}

/**
 * The warnings of a job whose total is incomplete, or differs from the sum of its resources. PROJECT_ERROR has the
 * reason of INCOMPLETE_JOB.
 */
const TOTAL_WARNINGS = new Set([
  "TOTAL_MISMATCH",
  "PROJECT_TOTALS_DISAGREE",
  "TOTAL_ASSUMED",
  "PROJECT_ERROR",
  "PRICE_NOT_FOUND",
  "USAGE_UNKNOWN",
  "CURRENCY_ASSUMED",
]);

/** The stored warnings of one job. A currency that was assumed for both jobs is not a difference. */
function storedWarnings(side: Side, job: Job, other: Job): ComparisonWarning[] {
  const assumedByBoth = other.warnings.some(({ code }) => code === "CURRENCY_ASSUMED");
  return job.warnings
    .filter(({ code }) => TOTAL_WARNINGS.has(code) && !(code === "CURRENCY_ASSUMED" && assumedByBoth))
    .map(({ code, message }) => ({ code, message: `The ${side} was stored with this warning: ${message}` }));
}
