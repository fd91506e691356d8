import { ArgsType, Field, ID, InputType, ObjectType, registerEnumType } from "type-graphql";
import { connectionTypes, PageArgs } from "../graphql/connection.ts";
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
import type { JsonObject, JsonValue } from "../lib/json.ts";
import { UsageProfile } from "./usage-profile.ts";

registerEnumType(UsageProfile, {
  name: "UsageProfile",
  description: "Under which usage assumptions an estimate was made.",
  valuesConfig: {
    DEV: { description: "Usage of a development environment." },
    STAGING: { description: "Usage of a staging environment." },
    PROD: { description: "Usage of production." },
  },
});

@ObjectType({
  simpleResolvers: true,
  description: "Something to know about an estimate before relying on it.",
})
export class EstimateWarning {
  @Field(() => String, {
    description:
      "For programs: TOTAL_MISMATCH, SERVICE_MISMATCH, REGION_MISMATCH, RESOURCE_MISMATCH, DUPLICATE_RESOURCE, CURRENCY_ASSUMED and others; docs/pipeline.md lists them.",
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

  @Field(() => DateTimeScalar, {
    description:
      "The time in the order of a series: `estimatedAt` if it is stated and not later than `createdAt`, else `createdAt`.",
  })
  effectiveAt!: Date;

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

  @Field(() => String, { nullable: true, description: "The title of the pull request." })
  pullRequestTitle!: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The branch into which the pull request is to be merged.",
  })
  targetBranch!: string | null;

  @Field(() => Boolean, {
    description:
      "Whether the plan was made from the default branch, as stated. If not stated: true without a pull request, if the branch is null, main, master or trunk.",
  })
  isDefaultBranch!: boolean;

  @Field(() => String, { nullable: true, description: "The page of the commit, an http or https URL." })
  commitUrl!: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: "The time of the commit." })
  committedAt!: Date | null;

  @Field(() => String, { nullable: true, description: "The first line of the message of the commit." })
  commitMessage!: string | null;

  @Field(() => String, { nullable: true, description: "The name of the author of the commit." })
  commitAuthor!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "The CI run that stored the job. All jobs of one run have the same id, which is unique over CI systems and repositories. Clients must not parse it.",
  })
  runId!: string | null;

  @Field(() => String, { nullable: true, description: "The page of the CI run, an http or https URL." })
  runUrl!: string | null;

  @Field(() => UsageProfile, { nullable: true, description: "The usage assumptions; null: not stated." })
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

  @Field(() => Int, {
    nullable: true,
    description:
      "The number of resources that the estimator found but cannot price, and that are not in `resources`; null: not stated.",
  })
  unsupportedResourceCount!: number | null;

  @Field(() => Boolean, {
    description:
      "false: the estimator reported an error, and the total is partial. An incomplete job is not a member of its series: it is neither `previous` nor a baseline, and no total includes it.",
  })
  isComplete!: boolean;

  @Costs({ work: 4 })
  @Field(() => JsonObjectScalar, { description: "What the pipeline attached to the job." })
  labels!: JsonObject;

  @Costs({ items: 2 })
  @Field(() => [EstimateWarning], { description: "What did not add up when it was stored." })
  warnings!: EstimateWarning[];
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
class RegionServiceCost {
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

@ObjectType({
  simpleResolvers: true,
  description: "What one resource of a job costs, per month, in the job's currency.",
})
export class CostResult {
  jobId!: string;
  costRank!: number;

  @Field(() => ID, { description: "Identifies the resource of this one job." })
  id!: string;

  @Field(() => String, { description: "The Terraform address." })
  resourceId!: string;

  @Field(() => String, { description: 'The Terraform type, for instance "aws_instance".' })
  resourceType!: string;

  @Field(() => String, { description: 'The service, for instance "EC2".' })
  service!: string;

  @Field(() => String, { description: 'The region; "global" or "unknown" when it has none.' })
  region!: string;

  @Field(() => DecimalScalar, { nullable: true, description: "null: unknown, which is not zero." })
  totalMonthlyCost!: string | null;

  @Field(() => DecimalScalar, { description: "The part of the cost that is compute." })
  computeCost!: string;

  @Field(() => DecimalScalar, { description: "The part of the cost that is storage." })
  storageCost!: string;

  @Field(() => DecimalScalar, { description: "The part of the cost that is network." })
  networkCost!: string;

  @Field(() => DecimalScalar, { description: "The part of the cost that is none of the three." })
  otherCost!: string;

  @Field(() => Float, {
    nullable: true,
    description: "The estimator's confidence, 0 to 1; null: not stated.",
  })
  confidenceScore!: number | null;

  @Costs({ work: 9 })
  @Field(() => JsonScalar, { description: "What the cost is made of, as the estimator sent it." })
  costDrivers!: JsonValue;

  @Costs({ work: 9 })
  @Field(() => JsonScalar, { description: "What was assumed, as the estimator sent it." })
  assumptions!: JsonValue;

  @Costs({ work: 4 })
  @Field(() => JsonObjectScalar, { description: "The resource's tags." })
  tags!: JsonObject;
}

@ObjectType({ simpleResolvers: true, description: "A page of a job's resources." })
export class CostResultConnection extends connectionTypes("CostResult", () => CostResult) {}

@InputType("ResourceFilter", { description: "Which resources of a job; all conditions have to hold." })
export class ResourceFilter {
  @Field(() => String, { nullable: true, description: "Of this service." })
  service?: string | null;

  @Field(() => String, { nullable: true, description: "In this region." })
  region?: string | null;

  @Field(() => String, { nullable: true, description: "Of this Terraform type." })
  resourceType?: string | null;

  @Field(() => DecimalScalar, { nullable: true, description: "Known to cost at least this much, per month." })
  minMonthlyCost?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "With this text anywhere in the address; case does not matter.",
  })
  search?: string | null;
}

/** The orders of a list of jobs. The id breaks ties, in the same direction. */
const JobOrderEnum = {
  CREATED_AT_DESC: "CREATED_AT_DESC",
  CREATED_AT_ASC: "CREATED_AT_ASC",
  TOTAL_MONTHLY_COST_DESC: "TOTAL_MONTHLY_COST_DESC",
  TOTAL_MONTHLY_COST_ASC: "TOTAL_MONTHLY_COST_ASC",
} as const;

/** The order of a list of jobs. */
export type JobOrder = keyof typeof JobOrderEnum;

registerEnumType(JobOrderEnum, {
  name: "JobOrder",
  description: "In which order jobs are listed.",
  valuesConfig: {
    CREATED_AT_DESC: { description: "Newest first." },
    CREATED_AT_ASC: { description: "Oldest first." },
    TOTAL_MONTHLY_COST_DESC: {
      description: "Highest total first. Compares amounts, whatever their currency.",
    },
    TOTAL_MONTHLY_COST_ASC: { description: "Lowest total first. Compares amounts, whatever their currency." },
  },
});

@InputType("JobFilter", { description: "Which jobs; all conditions have to hold." })
export class JobFilter {
  @Field(() => String, { nullable: true, description: "Stored by this user." })
  userId?: string | null;

  @Field(() => String, { nullable: true, description: "Of this project." })
  project?: string | null;

  @Field(() => String, { nullable: true, description: "Of this branch." })
  branch?: string | null;

  @Field(() => UsageProfile, { nullable: true, description: "With these usage assumptions." })
  profile?: UsageProfile | null;

  @Field(() => String, { nullable: true, description: "Of the plan with this hash." })
  terraformPlanHash?: string | null;

  @Field(() => CurrencyScalar, { nullable: true, description: "In this currency." })
  currency?: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: "Stored at this moment or later." })
  createdFrom?: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: "Stored before this moment." })
  createdBefore?: Date | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: "With an `effectiveAt` at this moment or later.",
  })
  effectiveFrom?: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: "With an `effectiveAt` before this moment." })
  effectiveBefore?: Date | null;

  @Field(() => Boolean, { nullable: true, description: "Whether the job is on the default branch." })
  isDefaultBranch?: boolean | null;

  @Field(() => DecimalScalar, { nullable: true, description: "With at least this total, per month." })
  minTotalMonthlyCost?: string | null;

  @Field(() => DecimalScalar, { nullable: true, description: "With at most this total, per month." })
  maxTotalMonthlyCost?: string | null;
}

@ArgsType()
export class JobsArgs extends PageArgs {
  @Field(() => JobFilter, { nullable: true, description: "Which jobs; left out: all." })
  filter?: JobFilter | null;

  @Field(() => JobOrderEnum, {
    nullable: true,
    defaultValue: "CREATED_AT_DESC",
    description: "In which order.",
  })
  orderBy?: JobOrder | null;
}

@ArgsType()
export class ResourcesArgs extends PageArgs {
  @Field(() => Int, {
    nullable: true,
    defaultValue: 50,
    description: "How many rows from the beginning (or from `after`), at most 1,000.",
  })
  declare first?: number | null;

  @Field(() => ResourceFilter, { nullable: true, description: "Which resources; left out: all." })
  filter?: ResourceFilter | null;
}
