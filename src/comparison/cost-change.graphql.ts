import { Field, ObjectType } from "type-graphql";
import { DecimalScalar, Float, registerEnum } from "../graphql/scalars.ts";

export const ChangeKind = registerEnum("ChangeKind", "The kind of a change from the base to the target.", {
  ADDED: "Only the target has it.",
  REMOVED: "Only the base has it.",
  CHANGED: "The cost is known in both jobs, and differs.",
  NEWLY_PRICED: "The cost is unknown in the base and known in the target.",
  BECAME_UNPRICED: "The cost is known in the base and unknown in the target.",
  UNCHANGED: "The cost is the same in both jobs, or unknown in both jobs.",
  MOVED: "The same resource at the same cost, with another address.",
});

export type ChangeKind = keyof typeof ChangeKind;

@ObjectType({
  simpleResolvers: true,
  description:
    "The change of a service or a region. All amounts are per month, in the currency of both jobs.",
})
export class CostChange {
  @Field(() => String, { description: "The name of the service or the region." })
  key!: string;

  @Field(() => ChangeKind, { description: "The kind of the change; never MOVED." })
  change!: ChangeKind;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: "The total in the base; null: the base does not have it, or all its costs are unknown.",
  })
  baseMonthlyCost!: string | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: "The total in the target; null: the target does not have it, or all its costs are unknown.",
  })
  targetMonthlyCost!: string | null;

  @Field(() => DecimalScalar, {
    description:
      "The total in the target minus the total in the base. A missing or unknown total counts as zero.",
  })
  delta!: string;

  @Field(() => Float, {
    nullable: true,
    description:
      "The delta in per cent of the total in the base; null: the total in the base is zero, missing or unknown, or the total in the target is unknown.",
  })
  percentageChange!: number | null;
}
