import DataLoader from "dataloader";
import type { Database } from "../database/database.ts";
import { type CurrentJobs, MAX_AGE_DAYS } from "../jobs/current-jobs.sql.ts";
import type { JobFilter } from "../jobs/job-filter.graphql.ts";
import { BadUserInput, type InputProblem, rangeProblems } from "../lib/errors.ts";
import type { Decimal } from "../lib/money.ts";
import { isStorable, TEXT_RULE } from "../lib/text.ts";
import {
  type Grouping,
  type GroupRow,
  type PortfolioGroup,
  type PortfolioRow,
  readJobGroups,
  readPortfolioRows,
} from "./portfolio.sql.ts";
import type { PortfolioTotal } from "./portfolio-total.graphql.ts";
import { type PortfolioWarning, warnAboutPortfolio } from "./portfolio-warnings.ts";

/** The default and the maximum number of groups of each currency, or of a job. */
export const PORTFOLIO_GROUPS = { default: 20, maximum: 100 };

/** The arguments of a roll-up. */
export interface GroupingQuestion {
  readonly groupBy: PortfolioGroup;
  readonly key?: string | null | undefined;
  readonly first?: number | null | undefined;
}

/** The arguments of a portfolio. */
export interface PortfolioQuestion extends GroupingQuestion {
  /** undefined: now. */
  readonly asOf?: Date | null | undefined;
  readonly filter: JobFilter;
  readonly maxAgeDays?: number | null | undefined;
}

/** The cost of a group, per month; the names are those of the GraphQL type. */
export interface PortfolioAmount {
  readonly key: string | null;
  readonly isOther: boolean;
  readonly currency: string;
  readonly totalMonthlyCost: Decimal;
  readonly resourceCount: number;
  readonly unpricedResourceCount: number;
  readonly jobCount: number;
}

/** The cost of the current jobs at a moment, per month; the names are those of the GraphQL type. */
export interface Portfolio {
  readonly asOf: Date;
  readonly totals: readonly PortfolioTotal[];
  readonly groups: readonly PortfolioAmount[];
  /** Reads the warnings, with one statement. */
  readonly warnings: () => Promise<PortfolioWarning[]>;
}

/**
 * The cost of the current jobs at a moment, by group. One statement, however many jobs and groups there are.
 * @throws BadUserInput for invalid arguments, or a filter with text that PostgreSQL cannot store.
 */
export async function readPortfolio(db: Database, question: PortfolioQuestion): Promise<Portfolio> {
  const { filter, maxAgeDays, asOf } = question;
  const grouping = checkGrouping(question, rangeProblems(["maxAgeDays"], maxAgeDays, 1, MAX_AGE_DAYS));
  const current: CurrentJobs = {
    filter,
    byBranch: grouping.groupBy === "BRANCH",
    maxAgeDays: maxAgeDays ?? undefined,
  };
  const read = await readPortfolioRows(db, current, asOf ?? undefined, grouping);
  const [row] = read;
  if (row === undefined) throw new Error("PostgreSQL returned no row with the moment.");
  const known = read.filter(hasTotal);
  return {
    asOf: row.asOf,
    totals: [...new Map(known.map((total) => [total.currency, totalOf(total)])).values()],
    groups: known.flatMap((group) => (group.isOther === null ? [] : [amountOf(group, group.currency)])),
    warnings: () => warnAboutPortfolio(db, current, row.asOf),
  };
}

/** A row of a currency. */
type RowOfCurrency = Extract<PortfolioRow, PortfolioTotal>;

function hasTotal(row: PortfolioRow): row is RowOfCurrency {
  return row.currency !== null;
}

/** The total in a row, without the group. */
function totalOf(row: RowOfCurrency): PortfolioTotal {
  const { asOf, key, isOther, amount, resources, unpriced, jobs, ...total } = row;
  return total;
}

function amountOf({ key, isOther, ...row }: GroupRow, currency: string): PortfolioAmount {
  return {
    key,
    isOther,
    currency,
    totalMonthlyCost: row.amount,
    resourceCount: row.resources,
    unpricedResourceCount: row.unpriced,
    jobCount: row.jobs,
  };
}

/** The job whose groups are read. */
interface GroupedJob {
  readonly id: string;
  readonly currency: string;
}

/** The groups of single jobs. One statement reads the groups of all jobs of a page. */
export interface JobGroups {
  /** @throws BadUserInput for invalid arguments. */
  load(job: GroupedJob, question: GroupingQuestion): Promise<PortfolioAmount[]>;
}

/** The loaders of one request, by their grouping. */
export function createJobGroups(db: Database): JobGroups {
  const loaders = new Map<string, DataLoader<string, GroupRow[]>>();
  return {
    async load({ id, currency }, question) {
      const grouping = checkGrouping(question, []);
      const key = JSON.stringify(grouping);
      const loader = loaders.get(key) ?? createGroupLoader(db, grouping);
      loaders.set(key, loader);
      return (await loader.load(id)).map((row) => amountOf(row, currency));
    },
  };
}

function createGroupLoader(db: Database, grouping: Grouping): DataLoader<string, GroupRow[]> {
  return new DataLoader(async (ids) => {
    const byJob = Map.groupBy(await readJobGroups(db, ids, grouping), ({ jobId }) => jobId);
    return ids.map((id) => byJob.get(id) ?? []);
  });
}

/** The groupings with a key, and the name of the key in a message. */
export const KEYED: Readonly<Partial<Record<PortfolioGroup, string>>> = { TAG: "tag", LABEL: "label" };

/**
 * @param others the problems of other arguments.
 * @throws BadUserInput with all problems.
 */
function checkGrouping({ groupBy, key, first }: GroupingQuestion, others: readonly InputProblem[]): Grouping {
  const problems = [
    ...keyProblems(groupBy, key),
    ...rangeProblems(["first"], first, 1, PORTFOLIO_GROUPS.maximum),
    ...others,
  ];
  if (problems.length > 0) throw new BadUserInput(problems);
  return { groupBy, key: key ?? undefined, first: first ?? PORTFOLIO_GROUPS.default };
}

function keyProblems(groupBy: PortfolioGroup, key: string | null | undefined): InputProblem[] {
  const path = ["key"];
  const keyed = KEYED[groupBy];
  if (key === null || key === undefined) {
    return keyed === undefined
      ? []
      : [{ path, rule: [`must be the key of a ${keyed} when `, ["groupBy"], ` is ${groupBy}`] }];
  }
  if (keyed === undefined) {
    return [
      {
        path,
        rule: ["must be left out when ", ["groupBy"], ` is ${groupBy}; only TAG and LABEL have a key`],
      },
    ];
  }
  return isStorable(key) ? [] : [{ path, rule: TEXT_RULE }];
}
