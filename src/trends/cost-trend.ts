import type { Database } from "../database/database.ts";
import type { JobFilter } from "../jobs/job-filter.queries.ts";
import { percentageChange, subtract } from "../money.ts";
import { sizeOf } from "../pagination/page.ts";
import { checkTrend, MOST_POINTS, requireFewPoints, unknownTimeZone } from "./check-trend.ts";
import { isUnknownTimeZone, readTrend, type TrendQuestion, type TrendRow } from "./cost-trend.queries.ts";
import type { TrendGroup, TrendInterval, TrendSeries } from "./trend.ts";

/** How many groups of each currency are answered, unless asked otherwise and at the most. */
export const TREND_GROUPS = { usual: 20, maximum: 100 };

/** What a trend is asked for. */
export interface TrendRequest {
  readonly filter: JobFilter;
  readonly interval: TrendInterval;
  readonly groupBy: TrendGroup;
  readonly timeZone: string;
  readonly first: number | null | undefined;
}

/**
 * The trend of the jobs that match the filter, a series for each currency and group.
 * @throws BadUserInput when an argument is wrong, or the answer would be too long to be looked at.
 */
export async function costTrend(db: Database, request: TrendRequest): Promise<TrendSeries[]> {
  const first = sizeOf("first", request.first, TREND_GROUPS);
  const timeZone = checkTrend(request.filter, request.interval, request.timeZone, new Date());
  const points = await readPoints(db, { ...request, first, timeZone, limit: MOST_POINTS + 1 });
  requireFewPoints(points);
  return seriesOf(points);
}

async function readPoints(db: Database, question: TrendQuestion): Promise<TrendRow[]> {
  try {
    return await readTrend(db, question);
  } catch (error) {
    throw isUnknownTimeZone(error) ? unknownTimeZone(question.timeZone) : error;
  }
}

function seriesOf(points: readonly TrendRow[]): TrendSeries[] {
  const bySeries = Map.groupBy(points, ({ currency, isOther, key }) => `${currency} ${isOther} ${key}`);
  return [...bySeries.values()].flatMap((rows) => {
    const [oldest, newest] = [rows[0], rows.at(-1)];
    return oldest === undefined || newest === undefined ? [] : [oneSeries(rows, oldest, newest)];
  });
}

function oneSeries(points: readonly TrendRow[], oldest: TrendRow, newest: TrendRow): TrendSeries {
  return {
    key: keyOf(oldest),
    isOther: oldest.isOther,
    currency: oldest.currency,
    delta: subtract(newest.last, oldest.first),
    percentageChange: percentageChange(oldest.first, newest.last),
    points,
  };
}

function keyOf({ isOther, key }: TrendRow): string {
  if (isOther) return "other";
  return key === "" ? "(none)" : key;
}
