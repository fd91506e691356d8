import { ArgsType, Field } from "type-graphql";
import { Int } from "../graphql/scalars/numbers.ts";
import { JobFilterInput } from "../jobs/jobs.input.ts";
import { TREND_GROUPS } from "./cost-trend.ts";
import { TrendGroupEnum, TrendIntervalEnum } from "./cost-trend.types.ts";
import type { TrendGroup, TrendInterval } from "./trend.ts";

@ArgsType()
export class CostTrendArgs {
  @Field(() => JobFilterInput, { nullable: true, description: "Which jobs; left out: all." })
  filter?: JobFilterInput | null;

  @Field(() => TrendIntervalEnum, {
    nullable: true,
    defaultValue: "DAY",
    description:
      "How long an interval is. The range may have at most 10,000 of them, and the answer as many points.",
  })
  interval?: TrendInterval | null;

  @Field(() => TrendGroupEnum, {
    nullable: true,
    defaultValue: "TOTAL",
    description: "What each series stands for.",
  })
  groupBy?: TrendGroup | null;

  @Field(() => String, {
    nullable: true,
    defaultValue: "UTC",
    description:
      'On whose clocks the intervals begin: the name of an IANA time zone, for instance "Europe/Berlin".',
  })
  timeZone?: string | null;

  @Field(() => Int, {
    nullable: true,
    defaultValue: TREND_GROUPS.usual,
    description: "How many groups of each currency, at most 100; the rest is one series.",
  })
  first?: number | null;
}
