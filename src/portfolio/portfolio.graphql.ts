import {
  Arg,
  Args,
  ArgsType,
  Ctx,
  Field,
  FieldResolver,
  ObjectType,
  Query,
  Resolver,
  Root,
} from "type-graphql";
import type { Context } from "../graphql/context.ts";
import { Costs } from "../graphql/costs.ts";
import {
  CurrencyScalar,
  DateTimeScalar,
  DecimalScalar,
  Int,
  registerEnum,
  SUM_OF_COUNTS,
} from "../graphql/scalars.ts";
import { Job } from "../jobs/job.graphql.ts";
import { JobFilter } from "../jobs/job-filter.graphql.ts";
import type { PortfolioGroup } from "./portfolio.sql.ts";
import {
  createJobGroups,
  PORTFOLIO_GROUPS,
  type Portfolio,
  type PortfolioAmount,
  readPortfolio,
} from "./portfolio.ts";
import { PortfolioTotal } from "./portfolio-total.graphql.ts";
import type { PortfolioWarning } from "./portfolio-warnings.ts";

export const PortfolioGroupEnum = registerEnum<PortfolioGroup>(
  "PortfolioGroup",
  "The grouping of a roll-up. Each job or resource is in exactly one group; the sum of the groups of resources, services or regions can differ from the totals of the jobs (`PortfolioTotal.unattributed`).",
  {
    TOTAL: 'One group with the key "total": the totals of the jobs.',
    PROJECT: "The totals of the jobs of each project.",
    BRANCH:
      "The totals of the jobs of each branch. Every branch has current jobs, and not the default branch only.",
    PROFILE: "The totals of the jobs of each usage profile; null: no usage profile.",
    PROVIDER:
      "The resources of each cloud provider, with the names of the FOCUS export: AWS, Microsoft, Google Cloud; null: another one.",
    SERVICE: "The costs of each service, as in `Job.services`.",
    REGION: "The costs of each region, as in `Job.regions`.",
    RESOURCE_TYPE: "The resources of each type.",
    MODULE: "The resources of each Terraform module, as in `CostResult.module`; null: the root module.",
    TAG: "The resources with each value of the tag `key`; null: the resources without the tag.",
    LABEL: "The totals of the jobs with each value of the label `key`; null: the jobs without the label.",
  },
);

const GROUP_KEY =
  'The key of the tag or the label. It is required by TAG and LABEL, and refused by other groupings. A value that is not a string is its JSON text; "" is a value.';

@ObjectType("PortfolioAmount", {
  simpleResolvers: true,
  description: "The cost of one group in one currency, per month.",
})
class PortfolioAmountType implements PortfolioAmount {
  @Field(() => String, {
    nullable: true,
    description:
      "The name of the group; null: the jobs or resources without such a tag, label, branch, usage profile, provider or module, or all other groups (`isOther`).",
  })
  key!: string | null;

  @Field(() => Boolean, { description: "true: all groups beyond `first`; false: one group." })
  isOther!: boolean;

  @Field(() => CurrencyScalar, { description: "The currency of the amount." })
  currency!: string;

  @Field(() => DecimalScalar, { description: "The sum of the known costs." })
  totalMonthlyCost!: string;

  @Field(() => Int, { description: `The number of resources in the group. ${SUM_OF_COUNTS}` })
  resourceCount!: number;

  @Field(() => Int, {
    description: `The number of these resources with an unknown cost. The sum does not include them. ${SUM_OF_COUNTS}`,
  })
  unpricedResourceCount!: number;

  @Field(() => Int, { description: "The number of jobs that are in the group, or have a resource in it." })
  jobCount!: number;
}

@ObjectType("PortfolioWarning", {
  simpleResolvers: true,
  description: "Jobs that a portfolio counts more than once, or not at all.",
})
class PortfolioWarningType implements PortfolioWarning {
  @Field(() => String, {
    description:
      "The kind of the warning, for programs. NO_DEFAULT_BRANCH: projects with jobs on other branches only, which do not count. NO_BRANCH: projects with complete jobs without a branch only, which are in no series, and do not count. INCOMPLETE_JOB: projects whose newest job of a usage profile and currency (by BRANCH: and branch) is not complete, so that an older job counts, or none; the rule is that of `comparePortfolios`. SEVERAL_PROFILES, SEVERAL_CURRENCIES: projects that count once for each. NO_PROJECT: jobs without a project, which are in no series.",
  })
  code!: PortfolioWarning["code"];

  @Field(() => String, { description: "A sentence with the names of projects, for people." })
  message!: string;
}

@ObjectType("Portfolio", {
  simpleResolvers: true,
  description:
    "The cost of the current jobs at a moment, per month. The current job of a project, usage profile and currency (by BRANCH: and branch) is the newest member of its series on the default branch, or on the branches that the filter selects with `branch`, `isDefaultBranch`, `commitSha`, `pullRequestUrl` or `runId`. Conditions on labels and on amounts apply to the current jobs; the other ones apply before the newest job is chosen.",
})
class PortfolioType implements Omit<Portfolio, "warnings"> {
  @Field(() => DateTimeScalar, { description: "The moment of the answer." })
  asOf!: Date;

  @Costs({ items: 2 })
  @Field(() => [PortfolioTotal], {
    description: "The total of each currency, by currency; empty: no current job.",
  })
  totals!: Portfolio["totals"];

  @Costs({ items: "page" })
  @Field(() => [PortfolioAmountType], {
    description:
      "The groups of each currency, by currency, largest amount first. The other groups of a currency are one group, the last.",
  })
  groups!: Portfolio["groups"];
}

@ArgsType()
class PortfolioArgs {
  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      "The moment. Default: now. The past is answered as it is known now: later exclusions and backfilled jobs change it.",
  })
  asOf?: Date | null;

  @Field(() => JobFilter, { nullable: true, description: "The conditions on the jobs. Default: all jobs." })
  filter?: JobFilter | null;

  @Field(() => PortfolioGroupEnum, {
    nullable: true,
    defaultValue: "PROJECT",
    description: "The grouping of the amounts.",
  })
  groupBy?: PortfolioGroup | null;

  @Field(() => String, { nullable: true, description: GROUP_KEY })
  key?: string | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "The maximum age of a current job, in days of 24 hours, 1 to 36,500: a project whose pipelines have ended leaves the portfolio. Default: no limit.",
  })
  maxAgeDays?: number | null;

  @Field(() => Int, {
    nullable: true,
    defaultValue: PORTFOLIO_GROUPS.default,
    description: "The number of groups of each currency, 1 to 100. The other groups become one.",
  })
  first?: number | null;
}

@Resolver(() => PortfolioType)
export class PortfolioResolver {
  @Costs({ work: 5_000, page: PORTFOLIO_GROUPS })
  @Query(() => PortfolioType, {
    description:
      "The cost of the current jobs at a moment, in total and by group. Amounts of different currencies, and branches of one project, are never added up.",
  })
  portfolio(@Args(() => PortfolioArgs) args: PortfolioArgs, @Ctx() { db }: Context): Promise<Portfolio> {
    return readPortfolio(db, { ...args, filter: args.filter ?? {}, groupBy: args.groupBy ?? "PROJECT" });
  }

  @Costs({ work: 1_000, items: 5 })
  @FieldResolver(() => [PortfolioWarningType], {
    description: "The jobs that the portfolio counts more than once, or not at all; empty: none.",
  })
  warnings(@Root() portfolio: Portfolio): Promise<PortfolioWarning[]> {
    return portfolio.warnings();
  }
}

@Resolver(() => Job)
export class JobGroupsResolver {
  @Costs({ work: 100, page: PORTFOLIO_GROUPS, items: "page" })
  @FieldResolver(() => [PortfolioAmountType], {
    description:
      "The cost of this job by group, largest amount first: the roll-up of `portfolio` for one job, whether it is a member of a series or not. The other groups are one group, the last.",
  })
  groups(
    @Root() job: Job,
    @Arg("groupBy", () => PortfolioGroupEnum, { description: "The grouping of the amounts." })
    groupBy: PortfolioGroup,
    @Arg("key", () => String, { nullable: true, description: GROUP_KEY }) key: string | null,
    @Arg("first", () => Int, {
      nullable: true,
      defaultValue: PORTFOLIO_GROUPS.default,
      description: "The number of groups, 1 to 100. The other groups become one.",
    })
    first: number | null,
    @Ctx() { loaders }: Context,
  ): Promise<PortfolioAmount[]> {
    return loaders(createJobGroups).load(job, { groupBy, key, first });
  }
}
