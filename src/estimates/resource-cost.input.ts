import { Field, InputType } from "type-graphql";
import { DecimalScalar } from "../graphql/scalars/decimal.ts";
import { JsonObjectScalar, JsonScalar } from "../graphql/scalars/json.ts";
import { Float } from "../graphql/scalars/numbers.ts";
import type { JsonValue } from "../json.ts";
import type { JsonObject, ResourceCost } from "./estimate.ts";

@InputType({ description: "What one resource costs, per month." })
export class ResourceCostInput implements ResourceCost {
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
