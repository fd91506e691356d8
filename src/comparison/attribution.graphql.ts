import { Field, ObjectType } from "type-graphql";
import { DecimalScalar } from "../graphql/scalars.ts";
import type { ComponentChange, CostAttribution } from "./attribution.ts";
import { ChangeKind } from "./cost-change.graphql.ts";

@ObjectType("CostAttribution", {
  simpleResolvers: true,
  description:
    "The reasons of a delta, per month, in the currency of both jobs. The sum of the seven parts is exactly the delta. Components of a resource are matched by name, the n-th of a name with the n-th. If the cost, the price p and the quantity q of a component are known in both jobs, in one unit, then the part of the price is (p1 - p0)(q0 + q1) / 2, and the part of the quantity is (q1 - q0)(p0 + p1) / 2. Both are rounded to 30 fraction digits.",
})
export class CostAttributionType implements CostAttribution {
  @Field(() => DecimalScalar, { description: "The part that other prices of components cause." })
  price!: string;

  @Field(() => DecimalScalar, { description: "The part that other quantities of components cause." })
  quantity!: string;

  @Field(() => DecimalScalar, {
    description: "Resources that only the target has, and components that only the target has.",
  })
  added!: string;

  @Field(() => DecimalScalar, {
    description: "Resources that only the base has, and components that only the base has.",
  })
  removed!: string;

  @Field(() => DecimalScalar, {
    description: "Resources and components of unknown cost in the base and known cost in the target.",
  })
  newlyPriced!: string;

  @Field(() => DecimalScalar, {
    description: "Resources and components of known cost in the base and unknown cost in the target.",
  })
  becameUnpriced!: string;

  @Field(() => DecimalScalar, {
    description:
      "The rest: components with another unit, or without a stated price or quantity; discounts, minimums and rounding; the costs of a resource beyond its components, and those of a total beyond its resources.",
  })
  other!: string;
}

@ObjectType("ComponentChange", {
  simpleResolvers: true,
  description:
    "The change of one cost component of a resource, as its cost drivers state it. All amounts are in the currency of both jobs.",
})
export class ComponentChangeType implements ComponentChange {
  @Field(() => String, {
    description:
      'The name after those of its subresources, for instance "root_block_device / Storage (gp2)".',
  })
  name!: string;

  @Field(() => String, {
    nullable: true,
    description:
      "The unit in the target. If the target states none, the unit in the base. null: neither states one.",
  })
  unit!: string | null;

  @Field(() => ChangeKind, { description: "The kind of the change; never MOVED." })
  change!: ChangeKind;

  @Field(() => DecimalScalar, {
    nullable: true,
    description:
      "The price of one unit in the base; null: the component is not in the base, or has no price.",
  })
  basePrice!: string | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description:
      "The price of one unit in the target; null: the component is not in the target, or has no price.",
  })
  targetPrice!: string | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description:
      "The number of units per month in the base; null: the component is not in the base, or has no quantity.",
  })
  baseQuantity!: string | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description:
      "The number of units per month in the target; null: the component is not in the target, or has no quantity.",
  })
  targetQuantity!: string | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description:
      "The cost per month in the base; null: the component is not in the base, or its cost is unknown.",
  })
  baseMonthlyCost!: string | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description:
      "The cost per month in the target; null: the component is not in the target, or its cost is unknown.",
  })
  targetMonthlyCost!: string | null;

  @Field(() => DecimalScalar, {
    description:
      "The cost in the target minus the cost in the base, per month. A missing or unknown cost counts as zero.",
  })
  delta!: string;

  @Field(() => CostAttributionType, { description: "The reasons of the delta." })
  attribution!: () => CostAttribution;
}
