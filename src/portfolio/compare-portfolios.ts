import type { ComparisonWarning } from "../comparison/compare-jobs.ts";
import type { ChangeKind } from "../comparison/cost-change.graphql.ts";
import type { Database } from "../database/database.ts";
import { type Connection, connectionOf } from "../graphql/connection.ts";
import { MAX_AGE_DAYS } from "../jobs/current-jobs.sql.ts";
import type { JobFilter } from "../jobs/job-filter.graphql.ts";
import { filterProblems } from "../jobs/job-filter.sql.ts";
import { BadUserInput, type InputProblem, rangeProblems } from "../lib/errors.ts";
import { type Decimal, percentageChange } from "../lib/money.ts";
import { type PageArguments, pageOf, withoutDefaultFirst } from "../lib/page.ts";
import { pluralize } from "../lib/text.ts";
import {
  type PairRow,
  type PairsLoader,
  type PortfolioSide,
  type PortfolioSides,
  pairCursor,
  readPairWarnings,
  type TotalRow,
  type WarningRow,
} from "./portfolio-pairs.sql.ts";

/** One side of a comparison, as a client sends it. */
export interface PortfolioQuestion {
  readonly asOf?: Date | null | undefined;
  readonly filter?: JobFilter | null | undefined;
  readonly maxAgeDays?: number | null | undefined;
}

/**
 * Checks two portfolios to compare. Nothing is read yet.
 * @param base null or undefined: the base of each target job is its baseline.
 * @throws BadUserInput with all problems of both sides.
 */
export function comparePortfolios(
  base: PortfolioQuestion | null | undefined,
  target: PortfolioQuestion,
): PortfolioSides {
  const problems = [...sideProblems("base", base), ...sideProblems("target", target)];
  if (problems.length > 0) throw new BadUserInput(problems);
  return { base: base ? sideOf(base) : undefined, target: sideOf(target) };
}

function sideProblems(
  side: "base" | "target",
  question: PortfolioQuestion | null | undefined,
): InputProblem[] {
  if (!question) return [];
  const { filter, maxAgeDays } = question;
  const ofFilter = filterProblems(filter ?? {});
  return [
    ...ofFilter.map(({ path, rule }) => ({ path: [side, ...path], rule })),
    ...rangeProblems([side, "maxAgeDays"], maxAgeDays, 1, MAX_AGE_DAYS),
  ];
}

function sideOf({ asOf, filter, maxAgeDays }: PortfolioQuestion): PortfolioSide {
  return { asOf: asOf ?? undefined, filter: filter ?? {}, maxAgeDays: maxAgeDays ?? undefined };
}

/** The change of the total of one currency. Costs are per month; null: that side has no job. */
export interface PortfolioTotalChange extends TotalRow {
  /** In per cent of the base; null: the base costs nothing or is not there. */
  readonly percentageChange: number | null;
}

/** The change of the total of each currency, by currency. */
export async function totalChanges(
  pairs: PairsLoader,
  sides: PortfolioSides,
): Promise<PortfolioTotalChange[]> {
  const { totals } = await pairs.load({ sides });
  return totals.map((total) => ({ ...total, percentageChange: percentageOf(total) }));
}

/** The jobs of one project, profile and currency on both sides. Costs are per month. */
export interface PortfolioPair extends PairRow {
  /** In per cent of the base; null: the base costs nothing or is not there. */
  readonly percentageChange: number | null;
}

/** The default and the maximum number of pairs of a page. */
export const PAIR_PAGE = { default: 50, maximum: 1_000 };

/**
 * One page of the pairs, largest absolute delta first.
 * @throws BadUserInput for an invalid page, or a cursor of another list.
 */
export async function listPairs(
  pairs: PairsLoader,
  sides: PortfolioSides,
  { changes, ...args }: PageArguments & { readonly changes?: readonly ChangeKind[] | null | undefined },
): Promise<Connection<PortfolioPair>> {
  const list = { sides, changes: changes ?? undefined };
  const page = pageOf(withoutDefaultFirst(args, PAIR_PAGE.default), PAIR_PAGE);
  const found = await pairs.load({ sides, list: { changes: list.changes, page } });
  const rows = found.page.rows.map((row) => ({ ...row, percentageChange: percentageOf(row) }));
  return connectionOf(
    { ...found.page, rows },
    (pair) => pairCursor(list, pair),
    async () => found.count,
  );
}

function percentageOf({ baseMonthlyCost, targetMonthlyCost }: Omit<TotalRow, "currency">): number | null {
  return baseMonthlyCost === null ? null : percentageChange(baseMonthlyCost, targetMonthlyCost ?? ZERO);
}

const ZERO: Decimal = "0";

/** The maximum number of projects that a warning names. */
const LISTED = 20;

/** The reasons why the portfolios cannot be compared completely, at most one warning of each code. */
export async function warnAboutPortfolios(db: Database, sides: PortfolioSides): Promise<ComparisonWarning[]> {
  const found = await readPairWarnings(db, sides, LISTED);
  return found.map((warning) => ({ code: warning.code, message: messageOf(warning) }));
}

function messageOf({ code, count, first }: WarningRow): string {
  const names = first.map(
    ({ project, profile, currency }) => `${project} (${profile ?? "no profile"}, ${currency})`,
  );
  if (count > names.length) names.push(`and ${count - names.length} more`);
  return `${SENTENCES[code](count)}: ${names.join(", ")}.`;
}

const SENTENCES: Readonly<Record<WarningRow["code"], (count: number) => string>> = {
  INCOMPLETE_JOB: (count) =>
    `${pluralize(count, "newest job")} of the target ${count === 1 ? "is" : "are"} incomplete and not compared`,
  CURRENCY_DIFFERS: (count) =>
    `${pluralize(count, "pair")} without a base, although the base has the project in another currency`,
  PROFILE_DIFFERS: (count) =>
    `${pluralize(count, "pair")} without a base, although the base has the project with another usage profile`,
};
