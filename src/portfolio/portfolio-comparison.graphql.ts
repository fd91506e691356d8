import {
  Arg,
  Args,
  ArgsType,
  Ctx,
  Field,
  FieldResolver,
  InputType,
  ObjectType,
  Query,
  Resolver,
  Root,
} from "type-graphql";
import { comparisonOf } from "../comparison/compare-jobs.ts";
import { ComparisonWarningType, JobComparison } from "../comparison/comparison.graphql.ts";
import { ChangeKind } from "../comparison/cost-change.graphql.ts";
import { type Connection, connectionTypes, PageArgs } from "../graphql/connection.ts";
import type { Context } from "../graphql/context.ts";
import { Costs } from "../graphql/costs.ts";
import { CurrencyScalar, DateTimeScalar, DecimalScalar, Float, Int } from "../graphql/scalars.ts";
import { Job } from "../jobs/job.graphql.ts";
import { JobFilter } from "../jobs/job-filter.graphql.ts";
import { createJobReader, type JobReader } from "../jobs/job-reader.ts";
import { UsageProfile } from "../jobs/usage-profile.ts";
import {
  comparePortfolios,
  listPairs,
  PAIR_PAGE,
  type PortfolioPair,
  type PortfolioQuestion,
  type PortfolioTotalChange,
  totalChanges,
  warnAboutPortfolios,
} from "./compare-portfolios.ts";
import { createPairsLoader, type PortfolioSide, type PortfolioSides } from "./portfolio-pairs.sql.ts";

@InputType({
  description:
    "One side of a comparison of portfolios: the current jobs of a filter at a moment. The current job of a project, usage profile and currency is the newest matching job that is complete and not excluded, on the default branch unless the filter has `branch`, `isDefaultBranch`, `commitSha`, `pullRequestUrl` or `runId`. Conditions on labels and amounts apply to the current jobs.",
})
class PortfolioInput implements PortfolioQuestion {
  @Field(() => DateTimeScalar, {
    nullable: true,
    description: "The moment. Jobs with a later `effectiveAt` do not count. Default: now.",
  })
  asOf?: Date | null;

  @Field(() => JobFilter, { nullable: true, description: "The conditions on the jobs. Default: all jobs." })
  filter?: JobFilter | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "The age in days of 24 hours at which a job does not count any more, from 1 to 36,500. Default: no limit.",
  })
  maxAgeDays?: number | null;
}

@ObjectType({
  simpleResolvers: true,
  description:
    "The changes from the current jobs of one portfolio, the base, to those of another one, the target. The answer changes with new jobs, backfilled jobs and exclusions.",
})
class PortfolioComparison implements PortfolioSides {
  base!: PortfolioSide | undefined;
  target!: PortfolioSide;
}

@ObjectType({
  simpleResolvers: true,
  description:
    "The change of the total of one currency. All amounts are per month. Each is exactly the sum of the pairs.",
})
class PortfolioChange implements PortfolioTotalChange {
  @Field(() => CurrencyScalar, { description: "The currency of the amounts." })
  currency!: string;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: "The total of the base; null: the base has no job in this currency, which is not zero.",
  })
  baseMonthlyCost!: string | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: "The total of the target; null: the target has no job in this currency, which is not zero.",
  })
  targetMonthlyCost!: string | null;

  @Field(() => DecimalScalar, {
    description: "The total of the target minus the total of the base. A side without a job counts as zero.",
  })
  delta!: string;

  @Field(() => Float, {
    nullable: true,
    description:
      "The delta in per cent of the total of the base; null: that total is zero, or the base has no job.",
  })
  percentageChange!: number | null;
}

@ObjectType("PortfolioPair", {
  simpleResolvers: true,
  description:
    "The current jobs of one project, usage profile and currency in the base and the target, whatever their branches. All amounts are per month, in `currency`.",
})
class PortfolioPairType implements PortfolioPair {
  baseId!: string | null;
  targetId!: string | null;
  baseMonthlyCost!: string | null;
  targetMonthlyCost!: string | null;

  @Field(() => String, { description: "The project of both jobs." })
  project!: string;

  @Field(() => UsageProfile, {
    nullable: true,
    description: "The usage assumptions of both jobs; null: not stated.",
  })
  profile!: UsageProfile | null;

  @Field(() => CurrencyScalar, { description: "The currency of both jobs." })
  currency!: string;

  @Field(() => ChangeKind, {
    description:
      "ADDED: only the target has a job. REMOVED: only the base has a job. CHANGED: the totals differ. UNCHANGED: the totals are equal.",
  })
  change!: ChangeKind;

  @Field(() => DecimalScalar, {
    description: "The total of the target minus the total of the base. A side without a job counts as zero.",
  })
  delta!: string;

  @Field(() => Float, {
    nullable: true,
    description:
      "The delta in per cent of the total of the base; null: that total is zero, or there is no base.",
  })
  percentageChange!: number | null;
}

@ObjectType({ simpleResolvers: true, description: "A page of the pairs of two portfolios." })
class PortfolioPairConnection extends connectionTypes("PortfolioPair", () => PortfolioPairType) {}

@ArgsType()
class PairsArgs extends PageArgs {
  @Field(() => Int, {
    nullable: true,
    defaultValue: PAIR_PAGE.default,
    description:
      "The number of pairs from the start of the list, or after the cursor `after`; at most 1,000.",
  })
  declare first?: number | null;

  @Field(() => [ChangeKind], {
    nullable: true,
    description: "The kinds of changes in the list. Default: all kinds.",
  })
  changes?: ChangeKind[] | null;
}

/** The statement that finds the pairs (createPairsLoader): 50 ms for 2,000 pairs. */
const PAIRS = { work: 5_000, shared: "pairs" };

@Resolver(() => PortfolioComparison)
export class PortfolioComparisonResolver {
  @Query(() => PortfolioComparison, {
    description:
      "The changes between two moments, branches, pull requests or CI runs, over many projects. Without a base, each job of the target is compared with its own `baseline`, and nothing is removed: `target: { filter: { runId } }` answers for a pull request over many projects. Error: BAD_USER_INPUT for an invalid filter or `maxAgeDays`.",
  })
  comparePortfolios(
    @Arg("base", () => PortfolioInput, {
      nullable: true,
      description:
        "The jobs that the target is compared with. Default: the `baseline` of each job of the target.",
    })
    base: PortfolioInput | null,
    @Arg("target", () => PortfolioInput, { description: "The jobs that are compared with the base." })
    target: PortfolioInput,
  ): PortfolioComparison {
    return comparePortfolios(base, target);
  }

  @Costs({ ...PAIRS, items: 3 })
  @FieldResolver(() => [PortfolioChange], {
    description: "The change of the total of each currency, by currency; empty: neither side has a job.",
  })
  totals(@Root() sides: PortfolioComparison, @Ctx() { loaders }: Context): Promise<PortfolioChange[]> {
    return totalChanges(loaders(createPairsLoader), sides);
  }

  @Costs({ ...PAIRS, page: PAIR_PAGE })
  @FieldResolver(() => PortfolioPairConnection, {
    description:
      "The pairs of jobs, largest absolute delta first, whatever the currency; equal deltas by project, usage profile and currency. A page has 50 pairs by default and at most 1,000. The list can change between two requests: with new jobs if `asOf` is left out, with backfilled jobs and with exclusions.",
  })
  pairs(
    @Root() sides: PortfolioComparison,
    @Args(() => PairsArgs) args: PairsArgs,
    @Ctx() { loaders }: Context,
  ): Promise<Connection<PortfolioPair>> {
    return listPairs(loaders(createPairsLoader), sides, args);
  }

  @Costs({ work: 5_000, items: 3 })
  @FieldResolver(() => [ComparisonWarningType], {
    description:
      "The reasons why the portfolios cannot be compared completely, at most one warning of each code, which names up to 20 projects; empty: none. INCOMPLETE_JOB: the newest job of a project, usage profile and currency in the target is not complete, and not compared. If none of them is complete, a newer complete job of the project replaces it. Conditions on labels apply to this job or to the complete job before it; conditions on amounts do not apply. CURRENCY_DIFFERS, PROFILE_DIFFERS: a pair has no base, but the base has the project in another currency or with another usage profile.",
  })
  warnings(@Root() sides: PortfolioComparison, @Ctx() { db }: Context): Promise<ComparisonWarningType[]> {
    return warnAboutPortfolios(db, sides);
  }
}

@Resolver(() => PortfolioPairType)
export class PortfolioPairResolver {
  @FieldResolver(() => Job, { nullable: true, description: "The job of the base; null: the pair is ADDED." })
  base(@Root() { baseId }: PortfolioPairType, @Ctx() { loaders }: Context): Promise<Job | null> {
    return jobOf(loaders(createJobReader), baseId);
  }

  @FieldResolver(() => Job, {
    nullable: true,
    description: "The job of the target; null: the pair is REMOVED.",
  })
  target(@Root() { targetId }: PortfolioPairType, @Ctx() { loaders }: Context): Promise<Job | null> {
    return jobOf(loaders(createJobReader), targetId);
  }

  @FieldResolver(() => JobComparison, {
    nullable: true,
    description: "The comparison of both jobs, as `compareJobs` returns it; null: the pair has one job only.",
  })
  async comparison(
    @Root() { baseId, targetId }: PortfolioPairType,
    @Ctx() { loaders }: Context,
  ): Promise<JobComparison | null> {
    const jobs = loaders(createJobReader);
    const [base, target] = await Promise.all([jobOf(jobs, baseId), jobOf(jobs, targetId)]);
    return base === null || target === null ? null : comparisonOf(base, target);
  }
}

/** null: there is no job, or retention has removed it meanwhile. */
async function jobOf({ job }: JobReader, id: string | null): Promise<Job | null> {
  return id === null ? null : job.load(id);
}
