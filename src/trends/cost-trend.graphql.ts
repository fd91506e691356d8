import type { GraphQLResolveInfo } from "graphql";
import {
  Args,
  ArgsType,
  Ctx,
  Field,
  FieldResolver,
  Info,
  ObjectType,
  Query,
  Resolver,
  Root,
} from "type-graphql";
import type { Context } from "../graphql/context.ts";
import { Costs } from "../graphql/costs.ts";
import { fieldNames, requestedFields, selectionsOf } from "../graphql/requested-fields.ts";
import {
  CurrencyScalar,
  DateTimeScalar,
  DecimalScalar,
  Float,
  Int,
  registerEnum,
  SUM_OF_COUNTS,
} from "../graphql/scalars.ts";
import { Job } from "../jobs/job.graphql.ts";
import { JobFilter } from "../jobs/job-filter.graphql.ts";
import { createJobReader } from "../jobs/job-reader.ts";
import type { TrendGroup } from "./cost-trend.sql.ts";
import { costTrend, TREND_GROUPS, type TrendPoint, type TrendSeries, type TrendTotal } from "./cost-trend.ts";
import type { TrendInterval } from "./trend-intervals.sql.ts";

export const TrendIntervalEnum = registerEnum<TrendInterval>(
  "TrendInterval",
  "The length of the intervals of a trend, by the clock of its time zone.",
  {
    HOUR: "One hour. Where clocks are turned within an hour, the turn ends an interval and begins the next.",
    DAY: "From midnight to midnight: 23 or 25 hours on the day of a clock change.",
    WEEK: "From Monday to Monday.",
    MONTH: "From the first day of a month to the first day of the next.",
  },
);

export const TrendGroupEnum = registerEnum<TrendGroup>(
  "TrendGroup",
  "The grouping of the series of a trend.",
  {
    TOTAL: "One series of the totals of all jobs.",
    PROJECT: 'A series of the totals of the jobs of each project; "(none)" for jobs without a project.',
    BRANCH:
      'A series of the totals of the jobs of each branch; "(none)" for jobs without a branch. Every branch has totals, and not the default branch only.',
    PROFILE:
      'A series of the totals of the jobs of each usage profile; "(none)" for jobs without a usage profile.',
    SERVICE: "A series of the costs of each service, in the jobs that have it.",
    REGION: "A series of the costs of each region, in the jobs that have it.",
  },
);

/** The description of the incomplete jobs in a point and in a total. */
const INCOMPLETE_JOBS =
  "The number of matching jobs of the interval that are not complete. They are in no other count and in no amount. By SERVICE and REGION, every series has all of them: the services and regions that they lack are unknown.";

@ObjectType("CostTrendTotal", {
  simpleResolvers: true,
  description:
    "The cost of a group at the end of an interval: the sum over its current jobs. The current job of a project, usage profile and currency (by BRANCH: and branch) is the newest member of its series on the default branch, or on the branches that the filter selects with `branch`, `isDefaultBranch`, `commitSha`, `pullRequestUrl` or `runId`. Conditions on labels and on amounts apply to the current jobs; the other ones apply before the newest job is chosen. Amounts are per month, in the currency of the series.",
})
class CostTrendTotalType implements TrendTotal {
  @Field(() => DateTimeScalar, { description: "The start of the interval in the time zone of the trend." })
  start!: Date;

  @Field(() => DecimalScalar, {
    nullable: true,
    description:
      'The sum at the end of the interval (of the last interval: at the end of the range), including jobs from before the range. null: no current job, which is not zero. "0" by SERVICE or REGION: the current jobs do not have it. Jobs without a project are in no total.',
  })
  total!: string | null;

  @Field(() => Int, { description: "The number of current jobs in the total." })
  jobCount!: number;

  @Field(() => Int, {
    description: `The number of resources of these jobs whose cost is unknown, in the group. The total does not include them. ${SUM_OF_COUNTS}`,
  })
  unpricedResourceCount!: number;

  @Field(() => Int, { description: INCOMPLETE_JOBS })
  incompleteJobCount!: number;
}

@ObjectType("CostTrendPoint", {
  simpleResolvers: true,
  description:
    "One interval of a trend. Intervals without a complete job are absent. `first`, `last`, `min`, `max`, `mean` and the numbers of jobs are of the complete matching jobs of the interval, by `effectiveAt`, on whatever branch; `total` is of the current jobs. Excluded jobs are in neither. All amounts are per month, in the currency of the series.",
})
class CostTrendPointType implements TrendPoint {
  readonly lastJobId!: string | null;

  @Field(() => DateTimeScalar, { description: "The start of the interval in the time zone of the trend." })
  start!: Date;

  @Field(() => Int, { description: "The number of complete jobs of the interval." })
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

  @Field(() => DecimalScalar, {
    nullable: true,
    description:
      "The cost of the group at the end of the interval, as `CostTrendTotal.total`; null: no current job.",
  })
  total!: string | null;

  @Field(() => Int, {
    description: `The number of resources of unknown cost of the current jobs, which \`total\` does not include. ${SUM_OF_COUNTS}`,
  })
  unpricedResourceCount!: number;

  @Field(() => Int, { description: INCOMPLETE_JOBS })
  incompleteJobCount!: number;
}

@ObjectType("CostTrendSeries", {
  simpleResolvers: true,
  description: "One line of a trend, in one currency.",
})
class CostTrendSeriesType implements TrendSeries {
  @Field(() => String, {
    description:
      'The project, branch, usage profile, service or region. "total": all jobs. "(none)": the jobs without a project, a branch or a usage profile. "other": the groups beyond `first`, see `isOther`.',
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
    description:
      'The last total that is not null minus the first one, per month. In a series without any total: `last` of the last point minus `first` of the first point; "0" in a series of incomplete jobs only.',
  })
  delta!: string;

  @Field(() => Float, {
    nullable: true,
    description: "The delta in per cent of the amount that is subtracted; null: that amount is zero.",
  })
  percentageChange!: number | null;

  @Costs({ items: 30 })
  @Field(() => [CostTrendPointType], { description: "The intervals with a complete job, oldest first." })
  points!: TrendPoint[];

  @Costs({ items: 50 })
  @Field(() => [CostTrendTotalType], {
    description:
      "One total for each interval of the range, without gaps, oldest first. All series of a trend have the same intervals, so that they can be stacked. A trend has at most 10,000 points and totals.",
  })
  totals!: TrendTotal[];
}

@ObjectType({ simpleResolvers: true, description: "The costs of jobs over time." })
class CostTrend {
  @Costs({ items: "page" })
  @Field(() => [CostTrendSeriesType], {
    description:
      "One series for each currency and group, ordered by currency, then by the last total that is not null (in a series without any total: the last amount), highest first. A group without a job in the range has a series if it has a current job. The series of the other groups is the last of its currency.",
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

  @Field(() => Int, {
    nullable: true,
    description:
      "The maximum age of a current job, in days of 24 hours, 1 to 36,500: a project whose pipelines have ended leaves the totals. Default: no limit.",
  })
  maxAgeDays?: number | null;
}

@Resolver(() => CostTrendPointType)
export class CostTrendResolver {
  @Costs({ work: 10_000, page: TREND_GROUPS })
  @Query(() => CostTrend, {
    description:
      "The costs of the matching jobs over time, by interval and group. Intervals go by `effectiveAt`. Amounts of different currencies are never added up. The range includes its beginning, the later one of `effectiveFrom` and `createdFrom` (by default the first matching job), and excludes its end, `effectiveBefore` (by default now).",
  })
  async costTrend(
    @Args(() => CostTrendArgs) args: CostTrendArgs,
    @Ctx() { db }: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<CostTrend> {
    const ofSeries = selectionsOf(requestedFields(info), "series").flat();
    const series = await costTrend(db, {
      filter: args.filter ?? {},
      interval: args.interval ?? "DAY",
      groupBy: args.groupBy ?? "TOTAL",
      timeZone: args.timeZone ?? "UTC",
      first: args.first,
      maxAgeDays: args.maxAgeDays,
      withLastJob: fieldNames(selectionsOf(ofSeries, "points").flat()).has("lastJob"),
      withTotals: fieldNames(ofSeries).has("totals"),
    });
    return { series };
  }

  // A trend can have 300 last jobs in one series, ten times the usual number of points.
  @Costs({ items: 10 })
  @FieldResolver(() => Job, {
    nullable: true,
    description:
      "The last job of the interval, which has the amount `last`; null: the job has been purged meanwhile. A trend with this field can have 300 points.",
  })
  async lastJob(@Root() { lastJobId }: CostTrendPointType, @Ctx() { loaders }: Context): Promise<Job | null> {
    return lastJobId === null ? null : loaders(createJobReader).job.load(lastJobId);
  }
}
