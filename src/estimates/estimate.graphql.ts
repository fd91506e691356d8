import { Arg, Ctx, Field, InputType, Mutation, ObjectType, Resolver } from "type-graphql";
import type { Context } from "../graphql/context.ts";
import { Costs } from "../graphql/costs.ts";
import {
  CurrencyScalar,
  DateTimeScalar,
  DecimalScalar,
  Float,
  Int,
  JsonObjectScalar,
  JsonScalar,
} from "../graphql/scalars.ts";
import type { EstimateWarning } from "../jobs/job.graphql.ts";
import { Job, UsageProfile } from "../jobs/job.graphql.ts";
import { createJobReader, requireJob } from "../jobs/job-reader.ts";
import type { JsonObject, JsonValue } from "../lib/json.ts";
import { ASSUMED_CURRENCY } from "../lib/money.ts";
import type {
  Estimate,
  NewEstimate,
  RegionServiceTotal,
  RegionTotal,
  ResourceCost,
  ServiceTotal,
} from "./estimate.ts";
import { storeEstimate } from "./store-estimate.ts";

@InputType({ description: "What one service costs, per month, as the estimator adds it up. Stored as sent." })
class ServiceCostInput implements ServiceTotal {
  @Field(() => String, { description: 'The service, for instance "EC2". Each at most once.' })
  service!: string;

  @Field(() => DecimalScalar, { description: "The service's total." })
  totalMonthlyCost!: string;

  @Field(() => Int, { description: "How many resources the service has." })
  resourceCount!: number;
}

@InputType({ description: "What one service costs in one region, per month. Stored as sent." })
class RegionServiceCostInput implements RegionServiceTotal {
  @Field(() => String, { description: 'The service, for instance "EC2". Each at most once in a region.' })
  service!: string;

  @Field(() => DecimalScalar, { description: "The service's total in the region." })
  totalMonthlyCost!: string;

  @Field(() => Int, {
    nullable: true,
    description: "How many resources the service has in the region. Left out: counted from byResource.",
  })
  resourceCount?: number | null;
}

@InputType({ description: "What one region costs, per month, as the estimator adds it up. Stored as sent." })
class RegionCostInput implements RegionTotal {
  @Field(() => String, { description: "The region. Each at most once." })
  region!: string;

  @Field(() => DecimalScalar, { description: "The region's total." })
  totalMonthlyCost!: string;

  @Field(() => Int, { description: "How many resources the region has." })
  resourceCount!: number;

  @Field(() => [RegionServiceCostInput], {
    nullable: true,
    description: "The services in the region. Left out: added up from byResource.",
  })
  services?: RegionServiceCostInput[] | null;
}

@InputType({ description: "What one resource costs, per month." })
class ResourceCostInput implements ResourceCost {
  @Field(() => String, { description: "The Terraform address, at most 2,048 characters." })
  resourceId!: string;

  @Field(() => String, { description: 'The Terraform type, for instance "aws_instance".' })
  resourceType!: string;

  @Field(() => String, { description: 'The service, for instance "EC2".' })
  service!: string;

  @Field(() => String, { description: 'The region; "global" or "unknown" when it has none.' })
  region!: string;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: "Left out or null: unknown, which is not zero.",
  })
  totalMonthlyCost?: string | null;

  @Field(() => DecimalScalar, { nullable: true, defaultValue: "0", description: "The part that is compute." })
  computeCost?: string | null;

  @Field(() => DecimalScalar, { nullable: true, defaultValue: "0", description: "The part that is storage." })
  storageCost?: string | null;

  @Field(() => DecimalScalar, { nullable: true, defaultValue: "0", description: "The part that is network." })
  networkCost?: string | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    defaultValue: "0",
    description: "The part that is none of the three.",
  })
  otherCost?: string | null;

  @Field(() => Float, { nullable: true, description: "The estimator's confidence, 0 to 1." })
  confidenceScore?: number | null;

  @Field(() => JsonScalar, { nullable: true, description: "What the cost is made of. Left out: []." })
  costDrivers?: JsonValue;

  @Field(() => JsonScalar, { nullable: true, description: "What was assumed. Left out: []." })
  assumptions?: JsonValue;

  @Field(() => JsonObjectScalar, { nullable: true, description: "The resource's tags. Left out: {}." })
  tags?: JsonObject | null;
}

@InputType({
  description: "What the estimator, or who read its file, wants to have known about the estimate.",
})
class EstimateWarningInput implements EstimateWarning {
  @Field(() => String, { description: "For programs: UPPER_SNAKE_CASE, at most 64 characters." })
  code!: string;

  @Field(() => String, { description: "For people: a sentence." })
  message!: string;
}

@InputType({
  description: "What an estimator says one Terraform plan will cost, per month. At most 100,000 resources.",
})
class EstimateInput implements Estimate {
  @Field(() => DecimalScalar, { description: "The total as the estimator states it. Negative for a credit." })
  totalMonthlyCost!: string;

  @Field(() => CurrencyScalar, {
    nullable: true,
    defaultValue: ASSUMED_CURRENCY,
    description:
      "The currency of every amount. Left out: taken to be USD, with the warning CURRENCY_ASSUMED.",
  })
  currency?: string | typeof ASSUMED_CURRENCY | null;

  @Field(() => UsageProfile, { nullable: true, description: "The usage assumptions." })
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
class StoreEstimateInput implements NewEstimate {
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

@ObjectType({ simpleResolvers: true, description: "The stored job, and whether this call stored it." })
class StoreEstimatePayload {
  @Field(() => Job, { description: "The job that holds the estimate." })
  job!: Job;

  @Field(() => Boolean, {
    description:
      "false: this idempotency key had stored the same estimate before, and nothing was stored now.",
  })
  created!: boolean;
}

@Resolver()
export class EstimatesResolver {
  @Costs({ work: 1_000 })
  @Mutation(() => StoreEstimatePayload, {
    description:
      "Stores an estimate for good. Amounts are kept digit for digit; what does not add up is kept as a warning on the job. Fails with BAD_USER_INPUT when something cannot be stored, with IDEMPOTENCY_CONFLICT when the key has stored another estimate, or a job that retention has removed since, with FORBIDDEN when the token may not store it; nothing is stored then.",
  })
  async storeEstimate(
    @Arg("input", () => StoreEstimateInput, { description: "The estimate, and where it comes from." })
    input: StoreEstimateInput,
    @Ctx() { db, viewer, loaders }: Context,
  ): Promise<StoreEstimatePayload> {
    const { jobId, created } = await storeEstimate(db, viewer, input);
    return { job: await requireJob(loaders(createJobReader), "job", jobId), created };
  }
}
