import type { Answer, TestService } from "../support/service.ts";

/** A point as it is answered. */
export interface Point {
  readonly start: string;
  readonly jobCount: number;
  readonly unpricedJobCount: number;
  readonly first: string;
  readonly last: string;
  readonly min: string;
  readonly max: string;
  readonly mean: string;
}

/** A point with its total. */
export interface PointWithTotal extends Point {
  readonly total: string | null;
  readonly unpricedResourceCount: number;
  readonly incompleteJobCount: number;
}

/** A total as it is answered. */
export interface Total {
  readonly start: string;
  readonly total: string | null;
  readonly jobCount: number;
  readonly unpricedResourceCount: number;
  readonly incompleteJobCount: number;
}

/** A series as it is answered. */
export interface Series<OfPoint = Point> {
  readonly key: string;
  readonly isOther: boolean;
  readonly currency: string;
  readonly delta: string;
  readonly percentageChange: number | null;
  readonly points: readonly OfPoint[];
}

/** A series with the totals of its intervals. */
export interface SeriesWithTotals extends Series<PointWithTotal> {
  readonly totals: readonly Total[];
}

function question(ofPoint: string, ofSeries: string): string {
  return `query ($filter: JobFilter, $interval: TrendInterval, $groupBy: TrendGroup, $timeZone: String, $first: Int, $maxAgeDays: Int) {
  costTrend(filter: $filter, interval: $interval, groupBy: $groupBy, timeZone: $timeZone, first: $first, maxAgeDays: $maxAgeDays) {
    series { key isOther currency delta percentageChange ${ofSeries}
      points { start jobCount unpricedJobCount first last min max mean ${ofPoint} } }
  }
}`;
}

const TREND = question("", "");

const TOTALS = question(
  "total unpricedResourceCount incompleteJobCount",
  "totals { start total jobCount unpricedResourceCount incompleteJobCount }",
);

/** Asks for a trend, and returns whatever is answered. */
export function tryTrend(
  service: TestService,
  variables: object = {},
): Promise<Answer<{ costTrend: { series: Series[] } }>> {
  return service.query(TREND, variables);
}

/** Asks for a trend with totals, and returns whatever is answered. */
export function tryTotals(
  service: TestService,
  variables: object = {},
): Promise<Answer<{ costTrend: { series: SeriesWithTotals[] } }>> {
  return service.query(TOTALS, variables);
}

/** The series of a trend. */
export async function trend(service: TestService, variables: object = {}): Promise<Series[]> {
  const { data, errors } = await tryTrend(service, variables);
  if (errors) throw new Error(JSON.stringify(errors));
  return data.costTrend.series;
}

/** The series of a trend, with totals. */
export async function trendWithTotals(
  service: TestService,
  variables: object = {},
): Promise<SeriesWithTotals[]> {
  const { data, errors } = await tryTotals(service, variables);
  if (errors) throw new Error(JSON.stringify(errors));
  return data.costTrend.series;
}
