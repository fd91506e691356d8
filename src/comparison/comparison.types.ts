import { Field, ObjectType } from "type-graphql";
import { DecimalScalar } from "../graphql/scalars/decimal.ts";
import { Float, Int } from "../graphql/scalars/numbers.ts";
import { Job } from "../jobs/job.types.ts";
import { connectionTypes } from "../pagination/connection.types.ts";
import { ChangeKind } from "./change-kind.types.ts";
import type { Comparison } from "./compare-jobs.ts";
import type { ComparisonWarning } from "./compare-warnings.ts";
import type { Amount, Summary } from "./summarize.ts";

@ObjectType({
  simpleResolvers: true,
  description: "What changed from one job, the base, to another, the target.",
})
export class JobComparison implements Comparison {
  detectMoves!: boolean;

  @Field(() => Job, { description: "The job that is compared with." })
  base!: Job;

  @Field(() => Job, { description: "The job that is compared." })
  target!: Job;

  @Field(() => DecimalScalar, { description: "target - base, per month, in the currency of both." })
  delta!: string;

  @Field(() => Float, {
    nullable: true,
    description:
      "The delta in per cent of the base; null when the base costs nothing: such a change has no percentage.",
  })
  percentageChange!: number | null;
}

@ObjectType({ simpleResolvers: true, description: "How many resources, and what they add to the delta." })
export class ChangeAmount implements Amount {
  @Field(() => Int, { description: "How many resources changed in this way." })
  resourceCount!: number;

  @Field(() => DecimalScalar, { description: "What they add to the delta, per month." })
  delta!: string;
}

@ObjectType({
  simpleResolvers: true,
  description: "Where the delta comes from. The amounts add up to JobComparison.delta exactly.",
})
export class ChangeSummary implements Summary {
  @Field(() => ChangeAmount, { description: "Resources that are only in the target." })
  added!: ChangeAmount;

  @Field(() => ChangeAmount, { description: "Resources that are only in the base." })
  removed!: ChangeAmount;

  @Field(() => ChangeAmount, { description: "Resources whose cost is known in both, and differs." })
  changed!: ChangeAmount;

  @Field(() => ChangeAmount, { description: "Resources whose cost is the same in both, or unknown in both." })
  unchanged!: ChangeAmount;

  @Field(() => ChangeAmount, {
    description: "Resources that have another address at the same cost; they add nothing.",
  })
  moved!: ChangeAmount;

  @Field(() => ChangeAmount, {
    description: "Resources whose cost is unknown in the base and known in the target.",
  })
  newlyPriced!: ChangeAmount;

  @Field(() => ChangeAmount, {
    description: "Resources whose cost is known in the base and unknown in the target.",
  })
  becameUnpriced!: ChangeAmount;

  @Field(() => DecimalScalar, { description: "What the two totals hold beyond their resources." })
  unattributed!: string;
}

@ObjectType({ simpleResolvers: true, description: "What one resource costs in two jobs, per month." })
export class ResourceChange {
  baseRank!: number | null;
  targetRank!: number | null;
  baseJobId!: string;
  targetJobId!: string;
  place!: number;

  @Field(() => String, { description: "The Terraform address; of a MOVED resource the one in the target." })
  resourceId!: string;

  @Field(() => String, {
    nullable: true,
    description: "The address in the base, when the resource has MOVED.",
  })
  previousResourceId!: string | null;

  @Field(() => ChangeKind, { description: "How it changed." })
  change!: ChangeKind;

  @Field(() => DecimalScalar, {
    nullable: true,
    description:
      "target - base, a side that is not there counting as nothing; null when a side's cost is unknown.",
  })
  delta!: string | null;

  @Field(() => Float, {
    nullable: true,
    description: "The delta in per cent of the base; null when it has none, or the base costs nothing.",
  })
  percentageChange!: number | null;
}

@ObjectType({ simpleResolvers: true, description: "A page of changed resources." })
export class ResourceChangeConnection extends connectionTypes("ResourceChange", () => ResourceChange) {}

@ObjectType("ComparisonWarning", {
  simpleResolvers: true,
  description: "Why a comparison is not like with like.",
})
export class ComparisonWarningType implements ComparisonWarning {
  @Field(() => String, {
    description:
      "For programs: PROJECT_DIFFERS, PROFILE_DIFFERS, ESTIMATOR_DIFFERS, COVERAGE_DIFFERS, or the code of a warning that one of the jobs was stored with.",
  })
  code!: string;

  @Field(() => String, { description: "For people: a sentence." })
  message!: string;
}
