import { Args, ArgsType, Ctx, Field, ObjectType, Query, Resolver, registerEnumType } from "type-graphql";
import type { Context } from "../graphql/context.ts";
import { Costs } from "../graphql/costs.ts";
import { CurrencyScalar, DateTimeScalar, DecimalScalar, Float, Int } from "../graphql/scalars.ts";
import { JobFilter } from "../jobs/job.graphql.ts";
import type { TrendGroup, TrendInterval, TrendPoint, TrendSeries } from "./cost-trend.sql.ts";
import { costTrend, TREND_GROUPS } from "./cost-trend.ts";

/** The GraphQL enum of intervals. */
const TrendIntervalEnum: Record<TrendInterval, TrendInterval> = {
  HOUR: "HOUR",
  DAY: "DAY",
  WEEK: "WEEK",
  MONTH: "MONTH",
};

registerEnumType(TrendIntervalEnum, {
  name: "TrendInterval",
  description: "How long the intervals of a trend are, on the clocks of its time zone.",
  valuesConfig: {
    HOUR: { description: "From hour to hour." },
    DAY: { description: "From midnight to midnight: 23 or 25 hours when the clocks change." },
    WEEK: { description: "From Monday to Monday." },
    MONTH: { description: "From the first to the first." },
  },
});

/** The GraphQL enum of what the series of a trend stand for. */
const TrendGroupEnum: Record<TrendGroup, TrendGroup> = {
  TOTAL: "TOTAL",
  PROJECT: "PROJECT",
  PROFILE: "PROFILE",
  SERVICE: "SERVICE",
  REGION: "REGION",
};

registerEnumType(TrendGroupEnum, {
  name: "TrendGroup",
  description: "What each series of a trend stands for.",
  valuesConfig: {
    TOTAL: { description: "All jobs, by their total." },
    PROJECT: { description: 'The jobs of a project, by their total; "(none)" are those without.' },
    PROFILE: { description: 'The jobs of a usage profile, by their total; "(none)" are those without.' },
    SERVICE: { description: "What a service costs in the jobs that have it." },
    REGION: { description: "What a region costs in the jobs that have it." },
  },
});

@ObjectType("CostTrendPoint", {
  simpleResolvers: true,
  description: "What one interval holds. Intervals without a job are absent.",
})
class CostTrendPointType implements TrendPoint {
  @Field(() => DateTimeScalar, { description: "The instant at which the interval begins in the time zone." })
  start!: Date;

  @Field(() => Int, { description: "How many jobs were stored in the interval." })
  jobCount!: number;

  @Field(() => Int, {
    description:
      "How many of them have resources of unknown cost here, which the amounts do not hold: these amounts are the least that it costs.",
  })
  unpricedJobCount!: number;

  @Field(() => DecimalScalar, { description: "The amount of the first of them." })
  first!: string;

  @Field(() => DecimalScalar, { description: "The amount of the last of them." })
  last!: string;

  @Field(() => DecimalScalar, { description: "The lowest amount." })
  min!: string;

  @Field(() => DecimalScalar, { description: "The highest amount." })
  max!: string;

  @Field(() => DecimalScalar, { description: "The mean of the amounts, to 30 fraction digits." })
  mean!: string;
}

@ObjectType("CostTrendSeries", {
  simpleResolvers: true,
  description: "One line of a trend, in one currency.",
})
class CostTrendSeriesType implements TrendSeries {
  @Field(() => String, {
    description:
      'What it stands for: the project, profile, service or region; "total" when all jobs are one series, "(none)" for jobs that name no project or profile, "other" for the rest.',
  })
  key!: string;

  @Field(() => Boolean, {
    description:
      'Whether it is the rest beyond the first groups, and not one that is called "other". What a job has of these services or regions is added up; the jobs of these projects or profiles are taken together, so that first, last and delta compare different ones.',
  })
  isOther!: boolean;

  @Field(() => CurrencyScalar, { description: "The currency of every amount in the series." })
  currency!: string;

  @Field(() => DecimalScalar, {
    description: "From the first amount of the first point to the last of the last.",
  })
  delta!: string;

  @Field(() => Float, {
    nullable: true,
    description: "The delta in per cent of the first amount; null when that is zero.",
  })
  percentageChange!: number | null;

  @Costs({ items: 30 })
  @Field(() => [CostTrendPointType], { description: "The intervals that have a job, oldest first." })
  points!: TrendPoint[];
}

@ObjectType({ simpleResolvers: true, description: "Where costs are going." })
class CostTrend {
  @Costs({ items: "page" })
  @Field(() => [CostTrendSeriesType], {
    description:
      "A series for each group and currency: by currency, then the largest newest amount first and the rest last.",
  })
  series!: TrendSeries[];
}

@ArgsType()
class CostTrendArgs {
  @Field(() => JobFilter, { nullable: true, description: "Which jobs; left out: all." })
  filter?: JobFilter | null;

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
    defaultValue: TREND_GROUPS.default,
    description: "How many groups of each currency, at most 100; the rest is one series.",
  })
  first?: number | null;
}

@Resolver()
export class CostTrendResolver {
  @Costs({ work: 10_000, page: TREND_GROUPS })
  @Query(() => CostTrend, {
    description:
      "Where costs are going: the matching jobs by interval and group. Currencies are never added up. Half-open: createdFrom is included, createdBefore is not.",
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
