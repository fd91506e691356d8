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

/** A series as it is answered. */
export interface Series {
  readonly key: string;
  readonly isOther: boolean;
  readonly currency: string;
  readonly delta: string;
  readonly percentageChange: number | null;
  readonly points: readonly Point[];
}

const TREND = `query ($filter: JobFilter, $interval: TrendInterval, $groupBy: TrendGroup, $timeZone: String, $first: Int) {
  costTrend(filter: $filter, interval: $interval, groupBy: $groupBy, timeZone: $timeZone, first: $first) {
    series { key isOther currency delta percentageChange points { start jobCount unpricedJobCount first last min max mean } }
  }
}`;

/** Asks for a trend, and returns whatever is answered. */
export function tryTrend(
  service: TestService,
  variables: object = {},
): Promise<Answer<{ costTrend: { series: Series[] } }>> {
  return service.query(TREND, variables);
}

/** The series of a trend. */
export async function trend(service: TestService, variables: object = {}): Promise<Series[]> {
  const { data, errors } = await tryTrend(service, variables);
  if (errors) throw new Error(JSON.stringify(errors));
  return data.costTrend.series;
}
