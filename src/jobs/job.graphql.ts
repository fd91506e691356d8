import { ArgsType, Field, ID, InputType, ObjectType, registerEnumType } from "type-graphql";
import { connectionTypes, PageArgs } from "../graphql/connection.ts";
import { Costs } from "../graphql/costs.ts";
import { Node } from "../graphql/node.ts";
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
import { KeyValueInput } from "./job-filter.graphql.ts";
import { UsageProfile } from "./usage-profile.ts";

registerEnumType(UsageProfile, {
  name: "UsageProfile",
  description: "The usage assumptions of an estimate.",
  valuesConfig: {
    DEV: { description: "Usage of a development environment." },
    STAGING: { description: "Usage of a staging environment." },
    PROD: { description: "Usage of production." },
  },
});

@ObjectType({
  simpleResolvers: true,
  description: "A warning about an estimate: a discrepancy or an assumption.",
})
export class EstimateWarning {
  @Field(() => String, {
    description:
      "The code of the warning, for programs: TOTAL_MISMATCH, SERVICE_MISMATCH, REGION_MISMATCH, RESOURCE_MISMATCH, DUPLICATE_RESOURCE, CURRENCY_ASSUMED or another code of docs/pipeline.md.",
  })
  code!: string;

  @Field(() => String, { description: "A sentence with the amounts, for people." })
  message!: string;
}

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description:
    "One stored estimate of the cost of one Terraform plan. A stored estimate is immutable. All amounts are per month, in `currency`.",
})
export class Job {
  @Field(() => ID, { description: "The id of the job, a UUID. Clients must not parse it." })
  id!: string;

  @Field(() => DateTimeScalar, { description: "The time when the job was stored." })
  createdAt!: Date;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: "The time of the estimate, as the estimator stated it.",
  })
  estimatedAt!: Date | null;

  @Field(() => DateTimeScalar, {
    description:
      "The time that orders the jobs of a series: `estimatedAt` if it is stated and not later than `createdAt`, else `createdAt`.",
  })
  effectiveAt!: Date;

  @Field(() => String, { nullable: true, description: "The user who stored the job." })
  userId!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "The project. Project, branch, profile and currency identify the series of the job; null: the job belongs to no series.",
  })
  project!: string | null;

  @Field(() => String, { nullable: true, description: "The branch of the plan." })
  branch!: string | null;

  @Field(() => String, { nullable: true, description: "The commit of the plan." })
  commitSha!: string | null;

  @Field(() => String, { nullable: true, description: "The pull request of the plan." })
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
    description: 'The estimator, for instance "infracost 0.10.41".',
  })
  estimator!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "The hash of the plan. It does not identify the job: a plan can have several estimates, with other estimators or usage.",
  })
  terraformPlanHash!: string | null;

  @Field(() => String, { description: "The version of the format of the stored job." })
  schemaVersion!: string;

  @Field(() => CurrencyScalar, { description: "The currency of all amounts of the job." })
  currency!: string;

  @Field(() => DecimalScalar, {
    description:
      "The total as the estimator stated it. It does not include the resources of `unpricedResourceCount`.",
  })
  totalMonthlyCost!: string;

  @Field(() => Float, {
    nullable: true,
    description: "The confidence of the estimator, 0 to 1; null: not stated.",
  })
  confidenceScore!: number | null;

  @Field(() => Int, { description: "The number of resources of the estimate." })
  resourceCount!: number;

  @Field(() => Int, {
    description: "The number of resources with an unknown cost. The total does not include them.",
  })
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
  @Field(() => JsonObjectScalar, { description: "The labels of the job." })
  labels!: JsonObject;

  @Costs({ items: 2 })
  @Field(() => [EstimateWarning], {
    description: "The warnings of the input, and the discrepancies that were found when the job was stored.",
  })
  warnings!: EstimateWarning[];
}

/** The description of the ids of parts that are no Node. */
const PART_ID =
  "The id, unique over all types, so that a client can store the object by its id. `node(id)` does not find it. Clients must not parse it.";

@ObjectType({ simpleResolvers: true, description: "The cost of one service in one job, per month." })
export class ServiceCost {
  @Field(() => ID, { description: PART_ID })
  id!: string;

  @Field(() => String, { description: 'The service, for instance "EC2".' })
  service!: string;

  @Field(() => DecimalScalar, {
    description:
      "The total as it was sent, or the sum of the known costs of the resources. Zero can mean that all costs are unknown: see `unpricedResourceCount`.",
  })
  totalMonthlyCost!: string;

  @Field(() => Int, { description: "The number of resources of the service." })
  resourceCount!: number;

  @Field(() => Int, { description: "The number of resources with an unknown cost." })
  unpricedResourceCount!: number;
}

@ObjectType({
  simpleResolvers: true,
  description: "The cost of one service in one region of one job, per month.",
})
class RegionServiceCost {
  @Field(() => String, { description: 'The service, for instance "EC2".' })
  service!: string;

  @Field(() => DecimalScalar, {
    description:
      "The total as it was sent, or the sum of the known costs of the resources. Zero can mean that all costs are unknown: see the region's `unpricedResourceCount`.",
  })
  totalMonthlyCost!: string;

  @Field(() => Int, { description: "The number of resources of the service in this region." })
  resourceCount!: number;
}

@ObjectType({ simpleResolvers: true, description: "The cost of one region in one job, per month." })
export class RegionCost {
  @Field(() => ID, { description: PART_ID })
  id!: string;

  @Field(() => String, {
    description:
      'The region, for instance "eu-west-1"; "global" or "unknown" for resources without a region.',
  })
  region!: string;

  @Field(() => DecimalScalar, {
    description:
      "The total as it was sent, or the sum of the known costs of the resources. Zero can mean that all costs are unknown: see `unpricedResourceCount`.",
  })
  totalMonthlyCost!: string;

  @Field(() => Int, { description: "The number of resources of the region." })
  resourceCount!: number;

  @Field(() => Int, { description: "The number of resources with an unknown cost." })
  unpricedResourceCount!: number;

  @Costs({ items: 5 })
  @Field(() => [RegionServiceCost], { description: "The services in this region, most expensive first." })
  services!: RegionServiceCost[];
}

@ObjectType({ simpleResolvers: true, description: "A page of jobs." })
export class JobConnection extends connectionTypes("Job", () => Job) {}

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: "The cost of one resource of a job, per month, in the currency of the job.",
})
export class CostResult {
  @Field(() => ID, { description: "The id of the resource, unique across all jobs." })
  id!: string;

  @Field(() => String, { description: "The Terraform address." })
  resourceId!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'The Terraform module of the address, without indexes: "module.a.module.b"; null: the root module, or an id that is not a Terraform address.',
  })
  module!: string | null;

  @Field(() => String, { description: 'The Terraform type, for instance "aws_instance".' })
  resourceType!: string;

  @Field(() => String, { description: 'The service, for instance "EC2".' })
  service!: string;

  @Field(() => String, { description: 'The region; "global" or "unknown" if the resource has no region.' })
  region!: string;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: "The cost; null: the cost is unknown, not zero.",
  })
  totalMonthlyCost!: string | null;

  @Field(() => DecimalScalar, { description: "The compute part of the cost." })
  computeCost!: string;

  @Field(() => DecimalScalar, { description: "The storage part of the cost." })
  storageCost!: string;

  @Field(() => DecimalScalar, { description: "The network part of the cost." })
  networkCost!: string;

  @Field(() => DecimalScalar, { description: "The rest of the cost: neither compute, storage nor network." })
  otherCost!: string;

  @Field(() => Float, {
    nullable: true,
    description: "The confidence of the estimator, 0 to 1; null: not stated.",
  })
  confidenceScore!: number | null;

  @Costs({ work: 9 })
  @Field(() => JsonScalar, { description: "The cost drivers as the estimator sent them." })
  costDrivers!: JsonValue;

  @Costs({ work: 9 })
  @Field(() => JsonScalar, { description: "The assumptions as the estimator sent them." })
  assumptions!: JsonValue;

  @Costs({ work: 4 })
  @Field(() => JsonObjectScalar, { description: "The tags of the resource." })
  tags!: JsonObject;
}

@ObjectType({ simpleResolvers: true, description: "A page of a job's resources." })
export class CostResultConnection extends connectionTypes("CostResult", () => CostResult) {}

@InputType("ResourceFilter", {
  description: "The conditions on the resources of a job. A resource matches if it meets all conditions.",
})
export class ResourceFilter {
  @Field(() => String, { nullable: true, description: "Only resources of this service." })
  service?: string | null;

  @Field(() => String, { nullable: true, description: "Only resources in this region." })
  region?: string | null;

  @Field(() => String, { nullable: true, description: "Only resources of this Terraform type." })
  resourceType?: string | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: "Only resources with a known cost of at least this amount, per month.",
  })
  minMonthlyCost?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Only resources with this text in the address; case-insensitive.",
  })
  search?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Only resources in exactly this module, as in `CostResult.module`; modules in this module do not match.",
  })
  module?: string | null;

  @Field(() => [KeyValueInput], {
    nullable: true,
    description: "Only resources with all of these tags, at most 50.",
  })
  tags?: KeyValueInput[] | null;
}

@ArgsType()
export class ResourcesArgs extends PageArgs {
  @Field(() => Int, {
    nullable: true,
    defaultValue: 50,
    description:
      "The number of rows from the beginning of the list, or after the cursor `after`; at most 1,000.",
  })
  declare first?: number | null;

  @Field(() => ResourceFilter, {
    nullable: true,
    description: "The conditions on the resources. Default: all resources.",
  })
  filter?: ResourceFilter | null;
}
