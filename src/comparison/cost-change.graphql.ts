import { Field, ObjectType, registerEnumType } from "type-graphql";
import { DecimalScalar, Float } from "../graphql/scalars.ts";

/** How something changed from the base to the target. */
export const ChangeKind = {
  ADDED: "ADDED",
  REMOVED: "REMOVED",
  CHANGED: "CHANGED",
  NEWLY_PRICED: "NEWLY_PRICED",
  BECAME_UNPRICED: "BECAME_UNPRICED",
  UNCHANGED: "UNCHANGED",
  MOVED: "MOVED",
} as const;

/** One of the kinds. */
export type ChangeKind = keyof typeof ChangeKind;

registerEnumType(ChangeKind, {
  name: "ChangeKind",
  description: "How something changed from the base to the target.",
  valuesConfig: {
    ADDED: { description: "It is only in the target." },
    REMOVED: { description: "It is only in the base." },
    CHANGED: { description: "Its cost is known in both, and differs." },
    NEWLY_PRICED: { description: "Its cost is unknown in the base and known in the target." },
    BECAME_UNPRICED: { description: "Its cost is known in the base and unknown in the target." },
    UNCHANGED: { description: "Its cost is the same in both, or unknown in both." },
    MOVED: { description: "The same resource at the same cost under another address." },
  },
});

@ObjectType({
  simpleResolvers: true,
  description: "What a service or a region costs in two jobs, per month.",
})
export class CostChange {
  @Field(() => String, { description: "The service or the region." })
  key!: string;

  @Field(() => ChangeKind, { description: "How it changed; never MOVED." })
  change!: ChangeKind;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: "Its total in the base; null: the base does not have it, or knows none of its costs.",
  })
  baseMonthlyCost!: string | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: "Its total in the target; null: the target does not have it, or knows none of its costs.",
  })
  targetMonthlyCost!: string | null;

  @Field(() => DecimalScalar, {
    description: "target - base; a total that is not there, or not known, counts as nothing.",
  })
  delta!: string;

  @Field(() => Float, {
    nullable: true,
    description:
      "The delta in per cent of the base; null when the base costs nothing or does not have it, or one of the costs is unknown.",
  })
  percentageChange!: number | null;
}
