import { Field, ID, ObjectType, registerEnumType } from "type-graphql";
import type { EstimateWarning, JsonObject, UsageProfile } from "../estimates/estimate.ts";
import { Costs } from "../graphql/limits/costs.ts";
import { CurrencyScalar } from "../graphql/scalars/currency.ts";
import { DateTimeScalar } from "../graphql/scalars/date-time.ts";
import { DecimalScalar } from "../graphql/scalars/decimal.ts";
import { JsonObjectScalar } from "../graphql/scalars/json.ts";
import { Float, Int } from "../graphql/scalars/numbers.ts";
import { connectionTypes } from "../pagination/connection.types.ts";

/** The GraphQL enum of usage profiles. */
export const UsageProfileEnum = { DEV: "DEV", STAGING: "STAGING", PROD: "PROD" } as const;

registerEnumType(UsageProfileEnum, {
  name: "UsageProfile",
  description: "Under which usage assumptions an estimate was made.",
  valuesConfig: {
    DEV: { description: "Usage of a development environment." },
    STAGING: { description: "Usage of a staging environment." },
    PROD: { description: "Usage of production." },
  },
});

@ObjectType("EstimateWarning", {
  simpleResolvers: true,
  description: "Something to know about an estimate before relying on it.",
})
export class EstimateWarningType implements EstimateWarning {
  @Field(() => String, {
    description:
      "For programs: TOTAL_MISMATCH, SERVICE_MISMATCH, REGION_MISMATCH, RESOURCE_MISMATCH, DUPLICATE_RESOURCE, CURRENCY_ASSUMED and others; the README lists them.",
  })
  code!: string;

  @Field(() => String, { description: "For people: a sentence that names the amounts." })
  message!: string;
}

@ObjectType({
  simpleResolvers: true,
  description:
    "One stored estimate: what one run of an estimator said one Terraform plan will cost. Never changes. All amounts are per month, in `currency`.",
})
export class Job {
  @Field(() => ID, { description: "UUIDv7." })
  id!: string;

  @Field(() => DateTimeScalar, { description: "When it was stored." })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: "When the estimator made it, as it says." })
  estimatedAt!: Date | null;

  @Field(() => String, { nullable: true, description: "Who stored it." })
  userId!: string | null;

  @Field(() => String, {
    nullable: true,
    description: "With branch, profile and currency the series that the job belongs to; null: to none.",
  })
  project!: string | null;

  @Field(() => String, { nullable: true, description: "The branch that the plan was made from." })
  branch!: string | null;

  @Field(() => String, { nullable: true, description: "The commit that the plan was made from." })
  commitSha!: string | null;

  @Field(() => String, { nullable: true, description: "The pull request that the plan belongs to." })
  pullRequestUrl!: string | null;

  @Field(() => UsageProfileEnum, { nullable: true, description: "The usage assumptions; null: not stated." })
  profile!: UsageProfile | null;

  @Field(() => String, {
    nullable: true,
    description: 'What made the estimate, for instance "infracost 0.10.41".',
  })
  estimator!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "The plan's hash. Not an identity: another estimator or usage gives another estimate of the same plan.",
  })
  terraformPlanHash!: string | null;

  @Field(() => String, { description: "The version of the stored record's shape." })
  schemaVersion!: string;

  @Field(() => CurrencyScalar, { description: "The currency of every amount in this job." })
  currency!: string;

  @Field(() => DecimalScalar, {
    description: "The total as it was stated. See `unpricedResourceCount` for what it does not hold.",
  })
  totalMonthlyCost!: string;

  @Field(() => Float, {
    nullable: true,
    description: "The estimator's confidence, 0 to 1; null: not stated.",
  })
  confidenceScore!: number | null;

  @Field(() => Int, { description: "How many resources the estimate has." })
  resourceCount!: number;

  @Field(() => Int, { description: "How many of them have an unknown cost, which the total cannot hold." })
  unpricedResourceCount!: number;

  @Costs({ work: 4 })
  @Field(() => JsonObjectScalar, { description: "What the pipeline attached to the job." })
  labels!: JsonObject;

  @Costs({ items: 2 })
  @Field(() => [EstimateWarningType], { description: "What did not add up when it was stored." })
  warnings!: EstimateWarningType[];
}

@ObjectType({ simpleResolvers: true, description: "What one service costs in one job, per month." })
export class ServiceCost {
  @Field(() => String, { description: 'The service, for instance "EC2".' })
  service!: string;

  @Field(() => DecimalScalar, {
    description:
      "The total of the resources whose cost is known, or as it was sent. Zero may mean that none is known: see `unpricedResourceCount`.",
  })
  totalMonthlyCost!: string;

  @Field(() => Int, { description: "How many resources the service has." })
  resourceCount!: number;

  @Field(() => Int, { description: "How many of them have an unknown cost." })
  unpricedResourceCount!: number;
}

@ObjectType({
  simpleResolvers: true,
  description: "What one service costs in one region of one job, per month.",
})
export class RegionServiceCost {
  @Field(() => String, { description: 'The service, for instance "EC2".' })
  service!: string;

  @Field(() => DecimalScalar, {
    description:
      "The total of the resources whose cost is known, or as it was sent. Zero may mean that none is known: see the region's `unpricedResourceCount`.",
  })
  totalMonthlyCost!: string;

  @Field(() => Int, { description: "How many resources the service has in this region." })
  resourceCount!: number;
}

@ObjectType({ simpleResolvers: true, description: "What one region costs in one job, per month." })
export class RegionCost {
  @Field(() => String, {
    description: 'The region, for instance "eu-west-1"; "global" or "unknown" when it has none.',
  })
  region!: string;

  @Field(() => DecimalScalar, {
    description:
      "The total of the resources whose cost is known, or as it was sent. Zero may mean that none is known: see `unpricedResourceCount`.",
  })
  totalMonthlyCost!: string;

  @Field(() => Int, { description: "How many resources the region has." })
  resourceCount!: number;

  @Field(() => Int, { description: "How many of them have an unknown cost." })
  unpricedResourceCount!: number;

  @Costs({ items: 5 })
  @Field(() => [RegionServiceCost], { description: "The services in this region, highest cost first." })
  services!: RegionServiceCost[];
}

@ObjectType({ simpleResolvers: true, description: "A page of jobs." })
export class JobConnection extends connectionTypes("Job", () => Job) {}
