import { ArgsType, Field, InputType, registerEnumType } from "type-graphql";
import { PageArgs } from "../graphql/connection.ts";
import { CurrencyScalar, DateTimeScalar, DecimalScalar } from "../graphql/scalars.ts";
import { UsageProfile } from "./usage-profile.ts";

/** The orders of a list of jobs. The id breaks ties, in the same direction. */
const JobOrderEnum = {
  CREATED_AT_DESC: "CREATED_AT_DESC",
  CREATED_AT_ASC: "CREATED_AT_ASC",
  EFFECTIVE_AT_DESC: "EFFECTIVE_AT_DESC",
  EFFECTIVE_AT_ASC: "EFFECTIVE_AT_ASC",
  TOTAL_MONTHLY_COST_DESC: "TOTAL_MONTHLY_COST_DESC",
  TOTAL_MONTHLY_COST_ASC: "TOTAL_MONTHLY_COST_ASC",
} as const;

/** The order of a list of jobs. */
export type JobOrder = keyof typeof JobOrderEnum;

registerEnumType(JobOrderEnum, {
  name: "JobOrder",
  description: "The order of a list of jobs.",
  valuesConfig: {
    CREATED_AT_DESC: { description: "Newest first." },
    CREATED_AT_ASC: { description: "Oldest first." },
    EFFECTIVE_AT_DESC: {
      description:
        "Latest `effectiveAt` first: the order of series, also for estimates that were stored later.",
    },
    EFFECTIVE_AT_ASC: { description: "Earliest `effectiveAt` first." },
    TOTAL_MONTHLY_COST_DESC: {
      description: "Highest total first. The comparison ignores the currencies.",
    },
    TOTAL_MONTHLY_COST_ASC: { description: "Lowest total first. The comparison ignores the currencies." },
  },
});

@InputType("KeyValueInput", {
  description: "A label of a job or a tag of a resource: its key, and its value if given.",
})
export class KeyValueInput {
  @Field(() => String, { description: "The key. Case matters." })
  key!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'The value; null or left out: any value. A value that is not a string is compared as its JSON text: "1" is the string "1" and the number 1, "null" is the string "null" and null. White space and the order of keys in an object do not matter.',
  })
  value?: string | null;
}

@InputType("JobFilter", {
  description: "The conditions on jobs. A job matches if it meets all conditions; null is no condition.",
})
export class JobFilter {
  @Field(() => String, { nullable: true, description: "Only jobs that this user stored." })
  userId?: string | null;

  @Field(() => String, { nullable: true, description: "Only jobs of this project." })
  project?: string | null;

  @Field(() => String, { nullable: true, description: "Only jobs of this branch." })
  branch?: string | null;

  @Field(() => UsageProfile, { nullable: true, description: "Only jobs with these usage assumptions." })
  profile?: UsageProfile | null;

  @Field(() => String, { nullable: true, description: "Only jobs of the plan with this hash." })
  terraformPlanHash?: string | null;

  @Field(() => CurrencyScalar, { nullable: true, description: "Only jobs in this currency." })
  currency?: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: "Only jobs that were stored at or after this time.",
  })
  createdFrom?: Date | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: "Only jobs that were stored before this time.",
  })
  createdBefore?: Date | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: "Only jobs with at least this total, per month.",
  })
  minTotalMonthlyCost?: string | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: "Only jobs with at most this total, per month.",
  })
  maxTotalMonthlyCost?: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: "Only jobs with an `effectiveAt` at or after this time.",
  })
  effectiveFrom?: Date | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: "Only jobs with an `effectiveAt` before this time.",
  })
  effectiveBefore?: Date | null;

  @Field(() => String, { nullable: true, description: "Only jobs of this commit." })
  commitSha?: string | null;

  @Field(() => String, { nullable: true, description: "Only jobs of this pull request." })
  pullRequestUrl?: string | null;

  @Field(() => String, { nullable: true, description: "Only jobs of this CI run." })
  runId?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: "Only jobs of one of these projects, at most 1,000. An empty list matches no job.",
  })
  projects?: string[] | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Only jobs of a project whose name begins with this text: "acme/shop/" matches all projects below acme/shop. Case matters; % and _ are ordinary characters.',
  })
  projectPrefix?: string | null;

  @Field(() => [KeyValueInput], {
    nullable: true,
    description: "Only jobs with all of these labels, at most 50.",
  })
  labels?: KeyValueInput[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "true: only complete jobs; false: only incomplete jobs. See `Job.isComplete`.",
  })
  isComplete?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "true: only jobs on the default branch; false: only other jobs. See `Job.isDefaultBranch`.",
  })
  isDefaultBranch?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "true: only excluded jobs; false: only jobs that are not excluded.",
  })
  isExcluded?: boolean | null;
}

@ArgsType()
export class JobsArgs extends PageArgs {
  @Field(() => JobFilter, { nullable: true, description: "The conditions on the jobs. Default: all jobs." })
  filter?: JobFilter | null;

  @Field(() => JobOrderEnum, {
    nullable: true,
    defaultValue: "CREATED_AT_DESC",
    description: "The order of the jobs.",
  })
  orderBy?: JobOrder | null;
}
