import type { Decimal } from "../money.ts";

/** How long the intervals of a trend are. */
export type TrendInterval = "HOUR" | "DAY" | "WEEK" | "MONTH";

/** What each series of a trend stands for. */
export type TrendGroup = "TOTAL" | "PROJECT" | "PROFILE" | "SERVICE" | "REGION";

/** What one interval holds of one series; the names are those of the GraphQL type. */
export interface TrendPoint {
  readonly start: Date;
  readonly jobCount: number;
  readonly unpricedJobCount: number;
  readonly first: Decimal;
  readonly last: Decimal;
  readonly min: Decimal;
  readonly max: Decimal;
  readonly mean: Decimal;
}

/** One line of a trend, its points in the order of time; the names are those of the GraphQL type. */
export interface TrendSeries {
  readonly key: string;
  readonly isOther: boolean;
  readonly currency: string;
  readonly delta: Decimal;
  readonly percentageChange: number | null;
  readonly points: readonly TrendPoint[];
}
