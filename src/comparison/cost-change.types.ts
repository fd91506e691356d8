import { Field, ObjectType } from "type-graphql";
import { DecimalScalar } from "../graphql/scalars/decimal.ts";
import { Float } from "../graphql/scalars/numbers.ts";
import { ChangeKind } from "./change-kind.types.ts";

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
