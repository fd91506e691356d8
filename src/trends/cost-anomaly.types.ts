import { Field, ObjectType, registerEnumType } from "type-graphql";
import { DecimalScalar } from "../graphql/scalars/decimal.ts";
import { Float } from "../graphql/scalars/numbers.ts";
import type { Anomaly, ChangeDirection } from "./anomaly.ts";
import type { AnomalyReason } from "./anomaly-reason.ts";

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
export class CostAnomalyType implements Anomaly {
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
