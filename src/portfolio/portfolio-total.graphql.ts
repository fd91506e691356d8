import { Field, ObjectType } from "type-graphql";
import { CurrencyScalar, DateTimeScalar, DecimalScalar, Int, SUM_OF_COUNTS } from "../graphql/scalars.ts";

@ObjectType({
  simpleResolvers: true,
  description:
    "The cost of current jobs in one currency, per month. Amounts of different currencies are never added up.",
})
export class PortfolioTotal {
  @Field(() => CurrencyScalar, { description: "The currency of the amounts." })
  currency!: string;

  @Field(() => DecimalScalar, {
    description: "The sum of the totals of the jobs. It does not include the resources of unknown cost.",
  })
  totalMonthlyCost!: string;

  @Field(() => DecimalScalar, {
    description:
      "totalMonthlyCost minus the amounts of all groups: the part of the totals of jobs that is in no group. Zero if the groups are sums of totals of jobs.",
  })
  unattributed!: string;

  @Field(() => Int, { description: `The number of resources of the jobs. ${SUM_OF_COUNTS}` })
  resourceCount!: number;

  @Field(() => Int, {
    description: `The number of resources with an unknown cost. The total does not include them. ${SUM_OF_COUNTS}`,
  })
  unpricedResourceCount!: number;

  @Field(() => Int, {
    description: `The number of resources that the estimators found but cannot price, and that are not among the resources, of the jobs that state it. ${SUM_OF_COUNTS}`,
  })
  unsupportedResourceCount!: number;

  @Field(() => Int, { description: "The number of jobs." })
  jobCount!: number;

  @Field(() => DateTimeScalar, { description: "The `effectiveAt` of the oldest of the jobs." })
  oldestJobAt!: Date;
}
