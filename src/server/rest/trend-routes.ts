import * as z from "zod";
import { type Column, streamCsv, textCell } from "../../export/csv.ts";
import type { Context } from "../../graphql/context.ts";
import { TrendGroupEnum, TrendIntervalEnum } from "../../trends/cost-trend.graphql.ts";
import {
  costTrend,
  TREND_GROUPS,
  type TrendPoint,
  type TrendSeries,
  type TrendTotal,
} from "../../trends/cost-trend.ts";
import {
  choice,
  FILTER_PARAMETERS,
  filterOf,
  filterSpelling,
  maxAgeDays,
  text,
} from "./filter-parameters.ts";
import { TrendBody, trendBody } from "./report-schemas.ts";
import { attachment, CSV_ROUTE, defineRoute, NO_PARAMETERS, wholeNumber, withSpelling } from "./route.ts";

const TREND_QUERY = z.strictObject({
  interval: choice(TrendIntervalEnum, "The length of an interval. Default: day."),
  group_by: choice(TrendGroupEnum, "The grouping of the jobs into series. Default: total."),
  time_zone: text("The IANA name of the time zone in which the intervals begin. Default: UTC."),
  max_age_days: maxAgeDays,
  limit: wholeNumber(
    `The number of groups of each currency. The other groups are one series. Default: ${TREND_GROUPS.default}.`,
    TREND_GROUPS.maximum,
  ),
  ...FILTER_PARAMETERS,
});

const RANGE =
  "The range is from effective_from or created_from, the later one (else the first matching job), to effective_before (else now).";

/** A trend is refused for its size by no single parameter. */
const spellTrend = filterSpelling({ first: "limit", filter: "trend" });

function trendOf(query: z.output<typeof TREND_QUERY>, { db }: Context): Promise<TrendSeries[]> {
  return withSpelling(spellTrend, () =>
    costTrend(db, {
      filter: filterOf(query),
      interval: query.interval ?? "DAY",
      groupBy: query.group_by ?? "TOTAL",
      timeZone: query.time_zone ?? "UTC",
      first: query.limit,
      maxAgeDays: query.max_age_days,
      withLastJob: false,
      withTotals: true,
    }),
  );
}

/** GET /trend: costs over time. */
export const trendRoute = defineRoute({
  method: "GET",
  path: "/trend",
  operationId: "getTrend",
  summary: "The costs of jobs over time, by interval and group",
  description: RANGE,
  parameters: { path: NO_PARAMETERS, query: TREND_QUERY },
  answers: { 200: "The series." },
  schema: TrendBody,
  refusals: [],
  handle: async ({ query, context }) => ({ body: trendBody(await trendOf(query, context)) }),
});

/** An interval of a series. */
interface IntervalRow {
  readonly series: TrendSeries;
  readonly total: TrendTotal;
  /** undefined: the interval has no complete job. */
  readonly point: TrendPoint | undefined;
}

/** The columns of trend.csv. Those of a point begin with interval_. */
const INTERVAL_COLUMNS: readonly Column<IntervalRow>[] = [
  { name: "currency", cell: ({ series }) => series.currency },
  { name: "key", cell: ({ series }) => textCell(series.key) },
  { name: "is_other", cell: ({ series }) => String(series.isOther) },
  { name: "start", cell: ({ total }) => total.start.toISOString() },
  { name: "total", cell: ({ total }) => total.total },
  { name: "job_count", cell: ({ total }) => String(total.jobCount) },
  { name: "unpriced_resource_count", cell: ({ total }) => String(total.unpricedResourceCount) },
  { name: "incomplete_job_count", cell: ({ total }) => String(total.incompleteJobCount) },
  { name: "interval_job_count", cell: ({ point }) => String(point?.jobCount ?? 0) },
  { name: "interval_unpriced_job_count", cell: ({ point }) => String(point?.unpricedJobCount ?? 0) },
  { name: "interval_first", cell: ({ point }) => point?.first ?? null },
  { name: "interval_last", cell: ({ point }) => point?.last ?? null },
  { name: "interval_min", cell: ({ point }) => point?.min ?? null },
  { name: "interval_max", cell: ({ point }) => point?.max ?? null },
  { name: "interval_mean", cell: ({ point }) => point?.mean ?? null },
];

/** GET /trend.csv: one row for each interval of each series. */
export const trendCsvRoute = defineRoute({
  ...CSV_ROUTE,
  path: "/trend.csv",
  operationId: "exportTrendCsv",
  summary: "A trend as CSV, one row for each interval of each series",
  description: RANGE,
  parameters: { path: NO_PARAMETERS, query: TREND_QUERY },
  answers: { 200: "The intervals of each series, oldest first." },
  refusals: [],
  handle: async ({ query, context }) => {
    const series = await trendOf(query, context);
    return { headers: attachment("trend.csv"), body: streamCsv(INTERVAL_COLUMNS, series.map(intervalsOf)) };
  },
});

function intervalsOf(series: TrendSeries): IntervalRow[] {
  const points = new Map(series.points.map((point) => [point.start.getTime(), point]));
  return series.totals.map((total) => ({ series, total, point: points.get(total.start.getTime()) }));
}
