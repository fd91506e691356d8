import { Field, InputType } from "type-graphql";
import { CurrencyScalar } from "../graphql/scalars/currency.ts";
import { DateTimeScalar } from "../graphql/scalars/date-time.ts";
import { DecimalScalar } from "../graphql/scalars/decimal.ts";
import { JsonObjectScalar } from "../graphql/scalars/json.ts";
import { Float } from "../graphql/scalars/numbers.ts";
import { UsageProfileEnum } from "../jobs/job.types.ts";
import { ASSUMED_CURRENCY } from "./currency.ts";
import type { Estimate, EstimateWarning, JsonObject, NewEstimate, UsageProfile } from "./estimate.ts";
import { ResourceCostInput } from "./resource-cost.input.ts";
import { RegionCostInput, ServiceCostInput } from "./totals.input.ts";

@InputType({
  description: "What the estimator, or who read its file, wants to have known about the estimate.",
})
export class EstimateWarningInput implements EstimateWarning {
  @Field(() => String, { description: "For programs: UPPER_SNAKE_CASE, at most 64 characters." })
  code!: string;

  @Field(() => String, { description: "For people: a sentence." })
  message!: string;
}

@InputType({
  description: "What an estimator says one Terraform plan will cost, per month. At most 100,000 resources.",
})
export class EstimateInput implements Estimate {
  @Field(() => DecimalScalar, { description: "The total as the estimator states it. Negative for a credit." })
  totalMonthlyCost!: string;

  @Field(() => CurrencyScalar, {
    nullable: true,
    defaultValue: ASSUMED_CURRENCY,
    description:
      "The currency of every amount. Left out: taken to be USD, with the warning CURRENCY_ASSUMED.",
  })
  currency?: string | typeof ASSUMED_CURRENCY | null;

  @Field(() => UsageProfileEnum, { nullable: true, description: "The usage assumptions." })
  profile?: UsageProfile | null;

  @Field(() => Float, { nullable: true, description: "The estimator's confidence, 0 to 1." })
  confidenceScore?: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'What made the estimate, for instance "infracost 0.10.41".',
  })
  estimator?: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: "When the estimate was made." })
  estimatedAt?: Date | null;

  @Field(() => [ResourceCostInput], { description: "What each resource costs." })
  byResource!: ResourceCostInput[];

  @Field(() => [ServiceCostInput], {
    nullable: true,
    description: "What each service costs. Left out: added up from byResource when the estimate is stored.",
  })
  byService?: ServiceCostInput[] | null;

  @Field(() => [RegionCostInput], {
    nullable: true,
    description: "What each region costs. Left out: added up from byResource when the estimate is stored.",
  })
  byRegion?: RegionCostInput[] | null;

  @Field(() => [EstimateWarningInput], {
    nullable: true,
    description: "Kept with the job, before the warnings that storing it may add. At most 1,000.",
  })
  warnings?: EstimateWarningInput[] | null;
}

@InputType({ description: "An estimate to store, and where it comes from." })
export class StoreEstimateInput implements NewEstimate {
  @Field(() => EstimateInput, { description: "The estimate." })
  estimate!: EstimateInput;

  @Field(() => String, {
    nullable: true,
    description:
      "Makes a retry safe: the same key with the same input answers the job that is already stored, with another input it fails with IDEMPOTENCY_CONFLICT. Without a key every call stores a new job. Tokens that are bound to projects have keys of their own in each project.",
  })
  idempotencyKey?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Who stores it. With a token that names a user it is that user: left out, it is filled in; another is FORBIDDEN.",
  })
  userId?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "With branch, profile and currency the series that the job belongs to. With a token that is bound to projects it must be one of these, or the estimate is FORBIDDEN.",
  })
  project?: string | null;

  @Field(() => String, { nullable: true, description: "The branch that the plan was made from." })
  branch?: string | null;

  @Field(() => String, { nullable: true, description: "The commit that the plan was made from." })
  commitSha?: string | null;

  @Field(() => String, { nullable: true, description: "The pull request that the plan belongs to." })
  pullRequestUrl?: string | null;

  @Field(() => String, { nullable: true, description: "A hash of the plan. Not an identity of the job." })
  terraformPlanHash?: string | null;

  @Field(() => JsonObjectScalar, { nullable: true, description: "Anything else to keep with the job." })
  labels?: JsonObject | null;
}
