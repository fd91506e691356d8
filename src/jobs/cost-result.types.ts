import { Field, ID, InputType, ObjectType } from "type-graphql";
import type { JsonObject } from "../estimates/estimate.ts";
import { Costs } from "../graphql/limits/costs.ts";
import { DecimalScalar } from "../graphql/scalars/decimal.ts";
import { JsonObjectScalar, JsonScalar } from "../graphql/scalars/json.ts";
import { Float } from "../graphql/scalars/numbers.ts";
import type { JsonValue } from "../json.ts";
import { connectionTypes } from "../pagination/connection.types.ts";
import type { ResourceFilter } from "./resource-pages.loader.ts";

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
export class ResourceFilterInput implements ResourceFilter {
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
