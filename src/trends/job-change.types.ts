import { Field, ObjectType } from "type-graphql";
import { DecimalScalar } from "../graphql/scalars/decimal.ts";
import { Float } from "../graphql/scalars/numbers.ts";

@ObjectType({
  simpleResolvers: true,
  description: "How a job's total differs from that of the job before it.",
})
export class JobChange {
  @Field(() => DecimalScalar, { description: "The job's total less that of the job before it." })
  delta!: string;

  @Field(() => Float, {
    nullable: true,
    description: "The delta in per cent of the job before it; null when that costs nothing.",
  })
  percentageChange!: number | null;
}
