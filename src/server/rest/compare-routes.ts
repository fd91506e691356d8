import * as z from "zod";
import { attributeComparison } from "../../comparison/attribution.ts";
import { createChangesLoader } from "../../comparison/changes-loader.ts";
import {
  CHANGE_PAGE,
  type Comparison,
  changePages,
  compareJobs,
  listChanges,
  type ResourceChange,
  summarizeComparison,
  warnAboutComparison,
} from "../../comparison/compare-jobs.ts";
import { ChangeKind } from "../../comparison/cost-change.graphql.ts";
import { type Column, plainNumber, streamCsv, textCell } from "../../export/csv.ts";
import type { Context } from "../../graphql/context.ts";
import { createJobReader } from "../../jobs/job-reader.ts";
import { choices, flag } from "./filter-parameters.ts";
import { ComparisonBody, comparisonBody } from "./report-schemas.ts";
import {
  attachment,
  CSV_ROUTE,
  defineRoute,
  jobId,
  LINK_HEADER,
  NO_PARAMETERS,
  nextPage,
  PAGE_PARAMETERS,
  pageParameters,
  parameterSpelling,
  startedPages,
  withSpelling,
} from "./route.ts";

const COMPARE_QUERY = z.strictObject({
  job_id_1: jobId("The base of the comparison."),
  job_id_2: jobId("The target of the comparison."),
  detect_moves: flag(
    "true: a resource that only changed its address is one change of the kind moved; false: it is removed and added. Default: true.",
  ),
  changes: choices(ChangeKind, "The kinds of changes in the list. Default: all kinds."),
});

const spellComparison = parameterSpelling({
  ...PAGE_PARAMETERS,
  baseJobId: "job_id_1",
  targetJobId: "job_id_2",
});

function compare(query: z.output<typeof COMPARE_QUERY>, { loaders }: Context): Promise<Comparison> {
  return compareJobs(loaders(createJobReader), query.job_id_1, query.job_id_2, query.detect_moves);
}

/** GET /compare: what changed from one job to another. */
export const compareRoute = defineRoute({
  method: "GET",
  path: "/compare",
  operationId: "compareJobs",
  summary: "The changes from one job to another, with the reasons of the delta",
  parameters: { path: NO_PARAMETERS, query: COMPARE_QUERY.extend(pageParameters(CHANGE_PAGE)) },
  answers: { 200: "The comparison, with a page of the changes of resources." },
  answerHeaders: LINK_HEADER,
  schema: ComparisonBody,
  refusals: [404, 422],
  handle: ({ query, search, context }) =>
    withSpelling(spellComparison, async () => {
      const { limit, cursor, changes } = query;
      const comparison = await compare(query, context);
      const loader = context.loaders(createChangesLoader);
      const [page, summary, attribution, warnings] = await Promise.all([
        listChanges(loader, comparison, { first: limit, after: cursor, ...(changes && { changes }) }),
        summarizeComparison(loader, comparison),
        attributeComparison(loader, comparison),
        warnAboutComparison(loader, context.loaders(createJobReader), comparison),
      ]);
      return {
        body: comparisonBody(comparison, { summary, attribution, warnings, changes: page.nodes }),
        headers: nextPage("/compare", search, page.pageInfo()),
      };
    }),
});

function columnsOf({ base }: Comparison): Column<ResourceChange>[] {
  return [
    { name: "resource_id", cell: ({ resourceId }) => textCell(resourceId) },
    { name: "previous_resource_id", cell: ({ previousResourceId }) => textCell(previousResourceId) },
    { name: "change", cell: ({ change }) => change.toLowerCase() },
    { name: "currency", cell: () => base.currency },
    { name: "base_monthly_cost", cell: ({ baseCost }) => baseCost },
    { name: "target_monthly_cost", cell: ({ targetCost }) => targetCost },
    { name: "delta", cell: ({ delta }) => delta },
    { name: "percentage_change", cell: ({ percentageChange }) => plainNumber(percentageChange) },
  ];
}

/** GET /compare.csv: all changes of resources. */
export const compareCsvRoute = defineRoute({
  ...CSV_ROUTE,
  isExport: true,
  path: "/compare.csv",
  operationId: "exportChangesCsv",
  summary: "All changes of resources from one job to another as CSV",
  parameters: { path: NO_PARAMETERS, query: COMPARE_QUERY },
  answers: { 200: "All changes, largest absolute delta first and unknown deltas last." },
  refusals: [404, 422],
  handle: ({ query, context }) =>
    withSpelling(spellComparison, async () => {
      const comparison = await compare(query, context);
      const pages = await startedPages(changePages(context.db, comparison, query.changes));
      return { headers: attachment("changes.csv"), body: streamCsv(columnsOf(comparison), pages) };
    }),
});
