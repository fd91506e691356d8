import {
  Args,
  ArgsType,
  Ctx,
  Field,
  FieldResolver,
  ObjectType,
  Query,
  Resolver,
  Root,
  registerEnumType,
} from "type-graphql";
import { CostChange } from "../comparison/cost-change.graphql.ts";
import type { Context } from "../graphql/context.ts";
import { Costs } from "../graphql/costs.ts";
import { DecimalScalar, Float, Int } from "../graphql/scalars.ts";
import { Job, JobFilter } from "../jobs/job.graphql.ts";
import { createJobReader } from "../jobs/job-reader.ts";
import {
  type Anomaly,
  type AnomalyReason,
  type ChangeDirection,
  costAnomalies,
  driversOf,
} from "./cost-anomalies.ts";

const ChangeDirectionEnum: Record<ChangeDirection, ChangeDirection> = {
  INCREASE: "INCREASE",
  DECREASE: "DECREASE",
};

registerEnumType(ChangeDirectionEnum, {
  name: "ChangeDirection",
  description: "Where a total went.",
  valuesConfig: {
    INCREASE: { description: "It is higher than expected." },
    DECREASE: { description: "It is lower than expected." },
  },
});

const AnomalyReasonEnum: Record<AnomalyReason, AnomalyReason> = {
  LEVEL_SHIFT: "LEVEL_SHIFT",
  SPIKE: "SPIKE",
  OUTLIER: "OUTLIER",
};

registerEnumType(AnomalyReasonEnum, {
  name: "AnomalyReason",
  description: "What became of an anomaly. Jobs that are stored later can change the verdict.",
  valuesConfig: {
    LEVEL_SHIFT: {
      description:
        "The jobs that follow, up to four, stay at the new level; or none follows, and the history is flat.",
    },
    SPIKE: { description: "The next job is back inside the bounds." },
    OUTLIER: {
      description: "Neither: the jobs that follow do not agree, or none follows a history that varies.",
    },
  },
});

@ObjectType("CostAnomaly", {
  simpleResolvers: true,
  description: "A job whose total lies outside what the jobs before it in its series lead one to expect.",
})
class CostAnomalyType implements Anomaly {
  jobId!: string;
  previousId!: string;
  createdAt!: Date;

  @Field(() => DecimalScalar, { description: "The median of the jobs before it." })
  expected!: string;

  @Field(() => DecimalScalar, {
    description:
      "The lowest total that would have been in line: below the median by the sensitivity times the spread, but at least by 5 per cent and by 1.00.",
  })
  lowerBound!: string;

  @Field(() => DecimalScalar, { description: "The highest total that would have been in line." })
  upperBound!: string;

  @Field(() => Float, {
    nullable: true,
    description:
      "The modified z-score, 0.6745 (total - median) / MAD (Iglewicz and Hoaglin, 1993); by the mean absolute deviation where the MAD is zero though the history varies; null after a flat history.",
  })
  score!: number | null;

  @Field(() => ChangeDirectionEnum, { description: "Whether it is higher or lower than expected." })
  direction!: ChangeDirection;

  @Field(() => String, { description: "For people: `reasonCode`, then a sentence that names the amounts." })
  reason!: string;

  @Field(() => AnomalyReasonEnum, { description: "For programs: what became of it." })
  reasonCode!: AnomalyReason;
}

@ArgsType()
class CostAnomaliesArgs {
  @Field(() => JobFilter, {
    nullable: true,
    description: "Which jobs are judged; their history is not restricted by it. Left out: all.",
  })
  filter?: JobFilter | null;

  @Field(() => Int, {
    nullable: true,
    defaultValue: 20,
    description: "How many jobs before a job are its history, from 5 to 200.",
  })
  window?: number | null;

  @Field(() => Float, {
    nullable: true,
    defaultValue: 3.5,
    description: "The modified z-score beyond which a job is out of line; a lower one finds more.",
  })
  sensitivity?: number | null;
}

@Resolver(() => CostAnomalyType)
export class CostAnomaliesResolver {
  @Costs({ work: 10_000, items: 20 })
  @Query(() => [CostAnomalyType], {
    description:
      "The matching jobs that are out of line with the jobs before them in their series (same project, branch, profile and currency), newest first. A step is reported once. Changes below 5 per cent, or below 1.00, are not reported, nor is a drift that stays below them from job to job. Jobs without a project, and those with fewer than 5 jobs before them, are not judged.",
  })
  costAnomalies(
    @Args(() => CostAnomaliesArgs) { filter, window, sensitivity }: CostAnomaliesArgs,
    @Ctx() { db }: Context,
  ): Promise<Anomaly[]> {
    return costAnomalies(db, filter ?? {}, { window: window ?? 20, sensitivity: sensitivity ?? 3.5 });
  }

  @FieldResolver(() => Job, { description: "The job that is out of line." })
  job(@Root() { jobId }: CostAnomalyType, @Ctx() { loaders }: Context): Promise<Job | null> {
    return loaders(createJobReader).job.load(jobId);
  }

  @Costs({ work: 20, items: 3 })
  @FieldResolver(() => [CostChange], {
    description:
      "The services whose cost changed most against the job before it in its series, at most three, largest absolute change first.",
  })
  drivers(@Root() anomaly: CostAnomalyType, @Ctx() { loaders }: Context): Promise<CostChange[]> {
    return driversOf(loaders(createJobReader), anomaly);
  }
}
