import { Args, ArgsType, Ctx, Field, ObjectType, Query, Resolver } from "type-graphql";
import type { Context } from "../graphql/context.ts";
import { Costs } from "../graphql/costs.ts";
import {
  CurrencyScalar,
  DateTimeScalar,
  DecimalScalar,
  Float,
  Int,
  registerEnum,
} from "../graphql/scalars.ts";
import { JobFilter } from "../jobs/job.graphql.ts";
import type { TrendGroup, TrendInterval, TrendPoint, TrendSeries } from "./cost-trend.sql.ts";
import { costTrend, TREND_GROUPS } from "./cost-trend.ts";

const TrendIntervalEnum = registerEnum<TrendInterval>(
  "TrendInterval",
  "The length of the intervals of a trend, by the clock of its time zone.",
  {
    HOUR: "One hour.",
    DAY: "From midnight to midnight: 23 or 25 hours on the day of a clock change.",
    WEEK: "From Monday to Monday.",
    MONTH: "From the first day of a month to the first day of the next.",
  },
);

const TrendGroupEnum = registerEnum<TrendGroup>("TrendGroup", "The grouping of the series of a trend.", {
  TOTAL: "One series of the totals of all jobs.",
  PROJECT: 'A series of the totals of the jobs of each project; "(none)" for jobs without a project.',
  PROFILE:
    'A series of the totals of the jobs of each usage profile; "(none)" for jobs without a usage profile.',
  SERVICE: "A series of the costs of each service, in the jobs that have it.",
  REGION: "A series of the costs of each region, in the jobs that have it.",
});

@ObjectType("CostTrendPoint", {
  simpleResolvers: true,
  description:
    "One interval of a trend. Intervals without a job are absent. All amounts are per month, in the currency of the series.",
})
class CostTrendPointType implements TrendPoint {
  @Field(() => DateTimeScalar, { description: "The start of the interval in the time zone of the trend." })
  start!: Date;

  @Field(() => Int, { description: "The number of jobs that were stored in the interval." })
  jobCount!: number;

  @Field(() => Int, {
    description:
      "The number of these jobs with resources of unknown cost. The amounts do not include those resources, so that they are lower bounds.",
  })
  unpricedJobCount!: number;

  @Field(() => DecimalScalar, { description: "The amount of the first job of the interval." })
  first!: string;

  @Field(() => DecimalScalar, { description: "The amount of the last job of the interval." })
  last!: string;

  @Field(() => DecimalScalar, { description: "The lowest amount of a job." })
  min!: string;

  @Field(() => DecimalScalar, { description: "The highest amount of a job." })
  max!: string;

  @Field(() => DecimalScalar, {
    description: "The mean of the amounts of the jobs, rounded to 30 fraction digits.",
  })
  mean!: string;
}

@ObjectType("CostTrendSeries", {
  simpleResolvers: true,
  description: "One line of a trend, in one currency.",
})
class CostTrendSeriesType implements TrendSeries {
  @Field(() => String, {
    description:
      'The project, usage profile, service or region. "total": all jobs. "(none)": the jobs without a project or a usage profile. "other": the groups beyond `first`, see `isOther`.',
  })
  key!: string;

  @Field(() => Boolean, {
    description:
      'true: the series of all groups beyond `first`; false: one group, even if its name is "other". The costs of these services or regions are summed for each job. The jobs of these projects or usage profiles are one series, so that `first`, `last` and `delta` compare jobs of different groups.',
  })
  isOther!: boolean;

  @Field(() => CurrencyScalar, { description: "The currency of all amounts of the series." })
  currency!: string;

  @Field(() => DecimalScalar, {
    description: "`last` of the last point minus `first` of the first point, per month.",
  })
  delta!: string;

  @Field(() => Float, {
    nullable: true,
    description: "The delta in per cent of `first` of the first point; null: that amount is zero.",
  })
  percentageChange!: number | null;

  @Costs({ items: 30 })
  @Field(() => [CostTrendPointType], { description: "The intervals with a job, oldest first." })
  points!: TrendPoint[];
}

@ObjectType({ simpleResolvers: true, description: "The costs of jobs over time." })
class CostTrend {
  @Costs({ items: "page" })
  @Field(() => [CostTrendSeriesType], {
    description:
      "One series for each currency and group, ordered by currency, then by the newest amount, highest first. The series of the other groups is the last of its currency.",
  })
  series!: TrendSeries[];
}

@ArgsType()
class CostTrendArgs {
  @Field(() => JobFilter, { nullable: true, description: "The conditions on the jobs. Default: all jobs." })
  filter?: JobFilter | null;

  @Field(() => TrendIntervalEnum, {
    nullable: true,
    defaultValue: "DAY",
    description: "The length of an interval. A trend has at most 10,000 intervals and at most 10,000 points.",
  })
  interval?: TrendInterval | null;

  @Field(() => TrendGroupEnum, {
    nullable: true,
    defaultValue: "TOTAL",
    description: "The grouping of the jobs into series.",
  })
  groupBy?: TrendGroup | null;

  @Field(() => String, {
    nullable: true,
    defaultValue: "UTC",
    description: 'The IANA name of the time zone in which the intervals begin, for instance "Europe/Berlin".',
  })
  timeZone?: string | null;

  @Field(() => Int, {
    nullable: true,
    defaultValue: TREND_GROUPS.default,
    description: "The number of groups of each currency, at most 100. The other groups are one series.",
  })
  first?: number | null;
}

@Resolver()
export class CostTrendResolver {
  @Costs({ work: 10_000, page: TREND_GROUPS })
  @Query(() => CostTrend, {
    description:
      "The costs of the matching jobs over time, by interval and group. Amounts of different currencies are never added up. The range includes `createdFrom` and excludes `createdBefore`.",
  })
  async costTrend(
    @Args(() => CostTrendArgs) args: CostTrendArgs,
    @Ctx() { db }: Context,
  ): Promise<CostTrend> {
    const series = await costTrend(db, {
      filter: args.filter ?? {},
      interval: args.interval ?? "DAY",
      groupBy: args.groupBy ?? "TOTAL",
      timeZone: args.timeZone ?? "UTC",
      first: args.first,
    });
    return { series };
  }
}
