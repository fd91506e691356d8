import { Field, InputType } from "type-graphql";
import { DecimalScalar } from "../graphql/scalars/decimal.ts";
import { Int } from "../graphql/scalars/numbers.ts";
import type { RegionServiceTotal, RegionTotal, ServiceTotal } from "./estimate.ts";

@InputType({ description: "What one service costs, per month, as the estimator adds it up. Stored as sent." })
export class ServiceCostInput implements ServiceTotal {
  @Field(() => String, { description: 'The service, for instance "EC2". Each at most once.' })
  service!: string;

  @Field(() => DecimalScalar, { description: "The service's total." })
  totalMonthlyCost!: string;

  @Field(() => Int, { description: "How many resources the service has." })
  resourceCount!: number;
}

@InputType({ description: "What one service costs in one region, per month. Stored as sent." })
export class RegionServiceCostInput implements RegionServiceTotal {
  @Field(() => String, { description: 'The service, for instance "EC2". Each at most once in a region.' })
  service!: string;

  @Field(() => DecimalScalar, { description: "The service's total in the region." })
  totalMonthlyCost!: string;

  @Field(() => Int, {
    nullable: true,
    description: "How many resources the service has in the region. Left out: counted from byResource.",
  })
  resourceCount?: number | null;
}

@InputType({ description: "What one region costs, per month, as the estimator adds it up. Stored as sent." })
export class RegionCostInput implements RegionTotal {
  @Field(() => String, { description: "The region. Each at most once." })
  region!: string;

  @Field(() => DecimalScalar, { description: "The region's total." })
  totalMonthlyCost!: string;

  @Field(() => Int, { description: "How many resources the region has." })
  resourceCount!: number;

  @Field(() => [RegionServiceCostInput], {
    nullable: true,
    description: "The services in the region. Left out: added up from byResource.",
  })
  services?: RegionServiceCostInput[] | null;
}
