import * as z from "zod";
import { attributeComparison } from "../../comparison/attribution.ts";
import { createChangesLoader } from "../../comparison/changes-loader.ts";
import { comparisonOf } from "../../comparison/compare-jobs.ts";
import { ChangeKind } from "../../comparison/cost-change.graphql.ts";
import { type Column, plainNumber, streamCsv, textCell } from "../../export/csv.ts";
import type { Context } from "../../graphql/context.ts";
import type { JobFilter } from "../../jobs/job-filter.graphql.ts";
import { createJobReader } from "../../jobs/job-reader.ts";
import { PROFILE_NAMES } from "../../jobs/usage-profile.ts";
import { BadUserInput } from "../../lib/errors.ts";
import {
  comparePortfolios,
  listPairs,
  PAIR_PAGE,
  type PortfolioPair,
  totalChanges,
  warnAboutPortfolios,
} from "../../portfolio/compare-portfolios.ts";
import { PortfolioGroupEnum } from "../../portfolio/portfolio.graphql.ts";
import {
  KEYED,
  PORTFOLIO_GROUPS,
  type Portfolio,
  type PortfolioAmount,
  readPortfolio,
} from "../../portfolio/portfolio.ts";
import { createPairsLoader, type PortfolioSides } from "../../portfolio/portfolio-pairs.sql.ts";
import {
  asOf,
  choice,
  choices,
  FILTER_PARAMETERS,
  filterOf,
  filterSpelling,
  flag,
  maxAgeDays,
  moment,
  text,
} from "./filter-parameters.ts";
import {
  type AttributedPair,
  PortfolioBody,
  PortfolioComparisonBody,
  portfolioBody,
  portfolioComparisonBody,
} from "./report-schemas.ts";
import {
  attachment,
  CSV_ROUTE,
  defineRoute,
  LINK_HEADER,
  NO_PARAMETERS,
  nextPage,
  PAGE_PARAMETERS,
  pageParameters,
  startedPages,
  wholeNumber,
  withSpelling,
} from "./route.ts";

const PORTFOLIO_PARAMETERS = z.strictObject({
  group_by: choice(PortfolioGroupEnum, "The grouping of the amounts. Default: project."),
  key: text("The key of the tag or the label. Required with group_by=tag and group_by=label."),
  as_of: asOf,
  max_age_days: maxAgeDays,
  limit: wholeNumber(
    `The number of groups of each currency. The other groups become one. Default: ${PORTFOLIO_GROUPS.default}.`,
    PORTFOLIO_GROUPS.maximum,
  ),
  ...FILTER_PARAMETERS,
});

const PORTFOLIO_QUERY = PORTFOLIO_PARAMETERS.superRefine(checkKey);

const KEYED_GROUPS = Object.keys(KEYED).map((group) => `group_by=${group.toLowerCase()}`);

/** The rule of readPortfolio, with the values of this API. */
function checkKey(
  { group_by = "PROJECT", key }: z.output<typeof PORTFOLIO_PARAMETERS>,
  { issues, value }: z.core.$RefinementCtx,
): void {
  const isKeyed = KEYED[group_by] !== undefined;
  if (isKeyed === (key !== undefined)) return;
  const group = `group_by=${group_by.toLowerCase()}`;
  const message = isKeyed
    ? `is required with ${group}`
    : `must be left out with ${group}; only ${KEYED_GROUPS.join(" and ")} have a key`;
  issues.push({ code: "custom", path: ["key"], message, input: value });
}

function portfolioOf(query: z.output<typeof PORTFOLIO_QUERY>, { db }: Context): Promise<Portfolio> {
  return withSpelling(filterSpelling(PAGE_PARAMETERS), () =>
    readPortfolio(db, {
      filter: filterOf(query),
      groupBy: query.group_by ?? "PROJECT",
      key: query.key,
      first: query.limit,
      asOf: query.as_of,
      maxAgeDays: query.max_age_days,
    }),
  );
}

/** GET /portfolio: the cost of the current jobs by group. */
export const portfolioRoute = defineRoute({
  method: "GET",
  path: "/portfolio",
  operationId: "getPortfolio",
  summary: "The cost of the current jobs at a moment, in total and by group",
  parameters: { path: NO_PARAMETERS, query: PORTFOLIO_QUERY },
  answers: { 200: "The portfolio." },
  schema: PortfolioBody,
  refusals: [],
  handle: async ({ query, context }) => {
    const portfolio = await portfolioOf(query, context);
    return { body: portfolioBody(portfolio, await portfolio.warnings()) };
  },
});

interface GroupRow {
  readonly portfolio: Portfolio;
  readonly groupBy: string;
  readonly group: PortfolioAmount;
}

/** The columns of portfolio.csv. Unlike in JSON, an empty key and no key look the same in many programs. */
const GROUP_COLUMNS: readonly Column<GroupRow>[] = [
  { name: "as_of", cell: ({ portfolio }) => portfolio.asOf.toISOString() },
  { name: "currency", cell: ({ group }) => group.currency },
  { name: "group_by", cell: ({ groupBy }) => groupBy.toLowerCase() },
  { name: "key", cell: ({ group }) => textCell(group.key) },
  { name: "has_key", cell: ({ group }) => String(group.key !== null) },
  { name: "is_other", cell: ({ group }) => String(group.isOther) },
  { name: "total_monthly_cost", cell: ({ group }) => group.totalMonthlyCost },
  { name: "resource_count", cell: ({ group }) => String(group.resourceCount) },
  { name: "unpriced_resource_count", cell: ({ group }) => String(group.unpricedResourceCount) },
  { name: "job_count", cell: ({ group }) => String(group.jobCount) },
];

/** GET /portfolio.csv: the groups of a portfolio. */
export const portfolioCsvRoute = defineRoute({
  ...CSV_ROUTE,
  path: "/portfolio.csv",
  operationId: "exportPortfolioCsv",
  summary: "The groups of a portfolio as CSV",
  parameters: { path: NO_PARAMETERS, query: PORTFOLIO_QUERY },
  answers: { 200: "The groups, by currency, largest amount first and the other groups last." },
  refusals: [],
  handle: async ({ query, context }) => {
    const portfolio = await portfolioOf(query, context);
    const groupBy = query.group_by ?? "PROJECT";
    const rows = portfolio.groups.map((group) => ({ portfolio, groupBy, group }));
    return { headers: attachment("portfolio.csv"), body: streamCsv(GROUP_COLUMNS, [rows]) };
  },
});

const PAIRS_DESCRIPTION =
  "The target has the conditions without base_. Without a condition with base_, each job of the target is compared with its own baseline, and nothing is removed: run_id alone answers for a pull request over many projects. With one, the base has the conditions with base_ in place of the target's moment and of the target's branch, is_default_branch, commit_sha, pull_request_url and run_id. All other conditions apply to both sides.";

const SIDES_QUERY = z.strictObject({
  as_of: asOf,
  base_as_of: moment("The moment of the base. Default: now."),
  base_branch: text("Only jobs of this branch in the base."),
  base_is_default_branch: flag("true: only jobs on the default branch in the base; false: only other jobs."),
  base_commit_sha: text("Only jobs of this commit in the base."),
  base_pull_request_url: text("Only jobs of this pull request in the base."),
  base_run_id: text("Only jobs of this CI run in the base."),
  max_age_days: maxAgeDays,
  changes: choices(ChangeKind, "The kinds of changes in the list. Default: all kinds."),
  ...FILTER_PARAMETERS,
});

type SidesQuery = z.output<typeof SIDES_QUERY>;

function sidesOf(query: SidesQuery): PortfolioSides {
  const filter = filterOf(query);
  const common = { maxAgeDays: query.max_age_days };
  const base: JobFilter = {
    branch: query.base_branch ?? null,
    isDefaultBranch: query.base_is_default_branch ?? null,
    commitSha: query.base_commit_sha ?? null,
    pullRequestUrl: query.base_pull_request_url ?? null,
    runId: query.base_run_id ?? null,
  };
  const hasBase = [query.base_as_of, ...Object.values(base)].some(
    (value) => value !== null && value !== undefined,
  );
  return comparePortfolios(
    hasBase ? { ...common, asOf: query.base_as_of, filter: { ...filter, ...base } } : undefined,
    { ...common, asOf: query.as_of, filter },
  );
}

/** The fields of a filter that each side has on its own. */
const OF_ONE_SIDE = new Set(["branch", "isDefaultBranch", "commitSha", "pullRequestUrl", "runId"]);

const spellFilter = filterSpelling(PAGE_PARAMETERS);

/** Names the conditions of a side: those of the base begin with base_ if the base has its own. */
const spellSides = (path: readonly PropertyKey[]) => {
  const [side, ...rest] = path;
  if (side !== "base" && side !== "target") return spellFilter(path);
  const [name = "", ...below] = spellFilter(rest);
  const isOwn = side === "base" && rest[0] === "filter" && OF_ONE_SIDE.has(String(rest[1]));
  return [isOwn ? `base_${String(name)}` : name, ...below];
};

/** The maximum number of pairs with attributions, whose resources are compared. */
const MAX_ATTRIBUTED = 50;

/** GET /compare/portfolios: what changed between two moments, branches or CI runs. */
export const comparePortfoliosRoute = defineRoute({
  method: "GET",
  path: "/compare/portfolios",
  operationId: "comparePortfolios",
  summary: "The changes of many projects between two moments, branches or CI runs",
  description: PAIRS_DESCRIPTION,
  parameters: {
    path: NO_PARAMETERS,
    query: SIDES_QUERY.extend({
      attribution: flag(
        `true: each pair has the reasons of its delta, on pages of at most ${MAX_ATTRIBUTED} pairs. Default: false.`,
      ),
      ...pageParameters(PAIR_PAGE),
    }),
  },
  answers: { 200: "The comparison, with a page of the pairs." },
  answerHeaders: LINK_HEADER,
  schema: PortfolioComparisonBody,
  refusals: [],
  handle: ({ query, search, context }) =>
    withSpelling(spellSides, async () => {
      const { limit, cursor, changes, attribution = false } = query;
      if (attribution && limit !== undefined && limit > MAX_ATTRIBUTED) {
        const rule = ["must be from 1 to ", String(MAX_ATTRIBUTED), " with ", ["attribution"], "=true"];
        throw new BadUserInput([{ path: ["limit"], rule }]);
      }
      const sides = sidesOf(query);
      const loader = context.loaders(createPairsLoader);
      const [page, totals, warnings] = await Promise.all([
        listPairs(loader, sides, {
          first: attribution ? (limit ?? MAX_ATTRIBUTED) : limit,
          after: cursor,
          changes,
        }),
        totalChanges(loader, sides),
        warnAboutPortfolios(context.db, sides),
      ]);
      const pairs = await Promise.all(page.nodes.map((pair) => attributedPair(pair, attribution, context)));
      return {
        body: portfolioComparisonBody(totals, pairs, warnings),
        headers: nextPage("/compare/portfolios", search, page.pageInfo()),
      };
    }),
});

async function attributedPair(
  pair: PortfolioPair,
  isAttributed: boolean,
  { loaders }: Context,
): Promise<AttributedPair> {
  if (!isAttributed) return { pair, attribution: undefined };
  const { baseId, targetId } = pair;
  if (baseId === null || targetId === null) return { pair, attribution: null };
  const { job } = loaders(createJobReader);
  const [base, target] = await Promise.all([job.load(baseId), job.load(targetId)]);
  if (base === null || target === null) return { pair, attribution: null };
  const comparison = comparisonOf(base, target);
  return { pair, attribution: await attributeComparison(loaders(createChangesLoader), comparison) };
}

const PAIR_COLUMNS: readonly Column<PortfolioPair>[] = [
  { name: "project", cell: ({ project }) => textCell(project) },
  { name: "profile", cell: ({ profile }) => profile && PROFILE_NAMES[profile] },
  { name: "currency", cell: ({ currency }) => currency },
  { name: "change", cell: ({ change }) => change.toLowerCase() },
  { name: "base_job_id", cell: ({ baseId }) => baseId },
  { name: "target_job_id", cell: ({ targetId }) => targetId },
  { name: "base_monthly_cost", cell: ({ baseMonthlyCost }) => baseMonthlyCost },
  { name: "target_monthly_cost", cell: ({ targetMonthlyCost }) => targetMonthlyCost },
  { name: "delta", cell: ({ delta }) => delta },
  { name: "percentage_change", cell: ({ percentageChange }) => plainNumber(percentageChange) },
];

/** GET /compare/portfolios.csv: all pairs. */
export const comparePortfoliosCsvRoute = defineRoute({
  ...CSV_ROUTE,
  isExport: true,
  path: "/compare/portfolios.csv",
  operationId: "exportPortfolioPairsCsv",
  summary: "All pairs of two portfolios as CSV",
  description: PAIRS_DESCRIPTION,
  parameters: { path: NO_PARAMETERS, query: SIDES_QUERY },
  answers: { 200: "All pairs, largest absolute delta first." },
  refusals: [],
  handle: ({ query, context }) =>
    withSpelling(spellSides, async () => {
      const pages = await startedPages(allPairs(context, sidesOf(query), query.changes));
      return { headers: attachment("comparison.csv"), body: streamCsv(PAIR_COLUMNS, pages) };
    }),
});

async function* allPairs(
  { db }: Context,
  sides: PortfolioSides,
  changes: readonly ChangeKind[] | undefined,
): AsyncGenerator<readonly PortfolioPair[]> {
  for (let after: string | null | undefined; ; ) {
    // A loader of one page: it keeps what it has read.
    const page = await listPairs(createPairsLoader(db), sides, { first: PAIR_PAGE.maximum, after, changes });
    yield page.nodes;
    const { hasNextPage, endCursor } = page.pageInfo();
    if (!hasNextPage) return;
    after = endCursor;
  }
}
