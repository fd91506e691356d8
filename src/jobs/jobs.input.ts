import { ArgsType, Field, InputType, registerEnumType } from "type-graphql";
import type { UsageProfile } from "../estimates/estimate.ts";
import { CurrencyScalar } from "../graphql/scalars/currency.ts";
import { DateTimeScalar } from "../graphql/scalars/date-time.ts";
import { DecimalScalar } from "../graphql/scalars/decimal.ts";
import { PageArgs } from "../pagination/connection.types.ts";
import { UsageProfileEnum } from "./job.types.ts";
import type { JobFilter } from "./job-filter.queries.ts";
import type { JobOrder } from "./jobs.queries.ts";

const JobOrderEnum: Record<JobOrder, JobOrder> = {
  CREATED_AT_DESC: "CREATED_AT_DESC",
  CREATED_AT_ASC: "CREATED_AT_ASC",
  TOTAL_MONTHLY_COST_DESC: "TOTAL_MONTHLY_COST_DESC",
  TOTAL_MONTHLY_COST_ASC: "TOTAL_MONTHLY_COST_ASC",
};

registerEnumType(JobOrderEnum, {
  name: "JobOrder",
  description: "In which order jobs are listed.",
  valuesConfig: {
    CREATED_AT_DESC: { description: "Newest first." },
    CREATED_AT_ASC: { description: "Oldest first." },
    TOTAL_MONTHLY_COST_DESC: {
      description: "Highest total first. Compares amounts, whatever their currency.",
    },
    TOTAL_MONTHLY_COST_ASC: { description: "Lowest total first. Compares amounts, whatever their currency." },
  },
});

@InputType("JobFilter", { description: "Which jobs; all conditions have to hold." })
export class JobFilterInput implements JobFilter {
  @Field(() => String, { nullable: true, description: "Stored by this user." })
  userId?: string | null;

  @Field(() => String, { nullable: true, description: "Of this project." })
  project?: string | null;

  @Field(() => String, { nullable: true, description: "Of this branch." })
  branch?: string | null;

  @Field(() => UsageProfileEnum, { nullable: true, description: "With these usage assumptions." })
  profile?: UsageProfile | null;

  @Field(() => String, { nullable: true, description: "Of the plan with this hash." })
  terraformPlanHash?: string | null;

  @Field(() => CurrencyScalar, { nullable: true, description: "In this currency." })
  currency?: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: "Stored at this moment or later." })
  createdFrom?: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: "Stored before this moment." })
  createdBefore?: Date | null;

  @Field(() => DecimalScalar, { nullable: true, description: "With at least this total, per month." })
  minTotalMonthlyCost?: string | null;

  @Field(() => DecimalScalar, { nullable: true, description: "With at most this total, per month." })
  maxTotalMonthlyCost?: string | null;
}

@ArgsType()
export class JobsArgs extends PageArgs {
  @Field(() => JobFilterInput, { nullable: true, description: "Which jobs; left out: all." })
  filter?: JobFilterInput | null;

  @Field(() => JobOrderEnum, {
    nullable: true,
    defaultValue: "CREATED_AT_DESC",
    description: "In which order.",
  })
  orderBy?: JobOrder | null;
}
