import { Args, ArgsType, Ctx, Field, FieldResolver, ObjectType, Query, Resolver, Root } from "type-graphql";
import { CostChange } from "../comparison/cost-change.graphql.ts";
import type { Context } from "../graphql/context.ts";
import { Costs } from "../graphql/costs.ts";
import { DecimalScalar, Float, Int, registerEnum } from "../graphql/scalars.ts";
import { Job } from "../jobs/job.graphql.ts";
import { JobFilter } from "../jobs/job-filter.graphql.ts";
import { createJobReader } from "../jobs/job-reader.ts";
import {
  ANOMALIES,
  type Anomaly,
  type AnomalyReason,
  type ChangeDirection,
  costAnomalies,
  driversOf,
} from "./cost-anomalies.ts";

const ChangeDirectionEnum = registerEnum<ChangeDirection>(
  "ChangeDirection",
  "The direction of the deviation of a total.",
  { INCREASE: "The total is higher than expected.", DECREASE: "The total is lower than expected." },
);

const AnomalyReasonEnum = registerEnum<AnomalyReason>(
  "AnomalyReason",
  "The kind of an anomaly, by the jobs that follow it. Jobs that are stored later can change it.",
  {
    LEVEL_SHIFT:
      "All following jobs, up to four, stay at the new level; or no job follows, and the history is flat.",
    SPIKE: "The next job is within the bounds again.",
    OUTLIER: "Neither: the following jobs disagree, or no job follows, and the history varies.",
  },
);

@ObjectType("CostAnomaly", {
  simpleResolvers: true,
  description:
    "A job whose total is outside the bounds that the previous jobs of its series give. All amounts are per month, in the currency of the job.",
})
class CostAnomalyType implements Anomaly {
  jobId!: string;
  previousId!: string;
  effectiveAt!: Date;

  @Field(() => DecimalScalar, { description: "The median of the totals of the previous jobs." })
  expected!: string;

  @Field(() => DecimalScalar, {
    description:
      "The lowest total that is no anomaly: the median minus the sensitivity times the spread. The distance from the median is at least 5 per cent of the median and at least 1.00.",
  })
  lowerBound!: string;

  @Field(() => DecimalScalar, {
    description:
      "The highest total that is no anomaly, at the same distance from the median as `lowerBound`.",
  })
  upperBound!: string;

  @Field(() => Float, {
    nullable: true,
    description:
      "The modified z-score: 0.6745 (total - median) / MAD (Iglewicz and Hoaglin, 1993). If the history varies although the MAD is zero, the mean absolute deviation replaces the MAD. null: the history is flat.",
  })
  score!: number | null;

  @Field(() => ChangeDirectionEnum, {
    description: "The direction of the deviation from the expected total.",
  })
  direction!: ChangeDirection;

  @Field(() => String, { description: "`reasonCode` and a sentence with the amounts, for people." })
  reason!: string;

  @Field(() => AnomalyReasonEnum, { description: "The kind of the anomaly, for programs." })
  reasonCode!: AnomalyReason;
}

@ArgsType()
class CostAnomaliesArgs {
  @Field(() => JobFilter, {
    nullable: true,
    description:
      "The conditions on the jobs to check. The history of these jobs is not restricted. Default: all jobs.",
  })
  filter?: JobFilter | null;

  @Field(() => Int, {
    nullable: true,
    defaultValue: 20,
    description: "The number of previous jobs that are the history of a job, from 5 to 200.",
  })
  window?: number | null;

  @Field(() => Float, {
    nullable: true,
    defaultValue: 3.5,
    description: "The modified z-score above which a job is an anomaly. A lower value finds more anomalies.",
  })
  sensitivity?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: "The number of anomalies, the newest ones, from 1 to 1,000. Default: no limit.",
  })
  first?: number | null;
}

@Resolver(() => CostAnomalyType)
export class CostAnomaliesResolver {
  @Costs({ work: 10_000, page: ANOMALIES, items: "page" })
  @Query(() => [CostAnomalyType], {
    description:
      "The matching jobs whose total deviates from the previous jobs of their series (the same project, branch, profile and currency), newest first by `effectiveAt`. A permanent step is reported once. A change of less than 5 per cent or less than 1.00 is not reported, nor is a drift of smaller changes. Jobs that are not members of a series (incomplete, excluded, without a project, or without a branch although not on the default branch) are neither checked nor history. Jobs with fewer than 5 previous jobs are not checked.",
  })
  costAnomalies(
    @Args(() => CostAnomaliesArgs) { filter, window, sensitivity, first }: CostAnomaliesArgs,
    @Ctx() { db }: Context,
  ): Promise<Anomaly[]> {
    const detection = { window: window ?? 20, sensitivity: sensitivity ?? 3.5 };
    return costAnomalies(db, filter ?? {}, detection, first);
  }

  @FieldResolver(() => Job, { description: "The job with the anomaly." })
  job(@Root() { jobId }: CostAnomalyType, @Ctx() { loaders }: Context): Promise<Job | null> {
    return loaders(createJobReader).job.load(jobId);
  }

  @Costs({ work: 20, items: 3 })
  @FieldResolver(() => [CostChange], {
    description:
      "The services with the largest change from the previous job of the series, at most three, largest absolute delta first.",
  })
  drivers(@Root() anomaly: CostAnomalyType, @Ctx() { loaders }: Context): Promise<CostChange[]> {
    return driversOf(loaders(createJobReader), anomaly);
  }
}
