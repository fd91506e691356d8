import {
  Arg,
  Args,
  ArgsType,
  Ctx,
  Field,
  FieldResolver,
  ID,
  ObjectType,
  Query,
  Resolver,
  Root,
} from "type-graphql";
import { type Connection, connectionOf, connectionTypes, PageArgs } from "../graphql/connection.ts";
import type { Context } from "../graphql/context.ts";
import { Costs } from "../graphql/costs.ts";
import { DecimalScalar, Float, Int } from "../graphql/scalars.ts";
import { CostResult, Job } from "../jobs/job.graphql.ts";
import { createJobReader } from "../jobs/job-reader.ts";
import { percentageChange } from "../lib/money.ts";
import { type PageArguments, pageOf, withoutDefaultFirst } from "../lib/page.ts";
import {
  type Change,
  type ChangesLoader,
  changeCursor,
  createChangesLoader,
  type KindTotal,
} from "./changes.sql.ts";
import {
  type Amount,
  type Comparison,
  type ComparisonWarning,
  compareJobs,
  explainComparison,
  pairOf,
  type Summary,
  summarizeComparison,
} from "./compare-jobs.ts";
import { compareRegions, compareServices } from "./compare-totals.ts";
import { ChangeKind, CostChange } from "./cost-change.graphql.ts";

@ObjectType({
  simpleResolvers: true,
  description: "What changed from one job, the base, to another, the target.",
})
class JobComparison implements Comparison {
  detectMoves!: boolean;

  @Field(() => Job, { description: "The job that is compared with." })
  base!: Job;

  @Field(() => Job, { description: "The job that is compared." })
  target!: Job;

  @Field(() => DecimalScalar, { description: "target - base, per month, in the currency of both." })
  delta!: string;

  @Field(() => Float, {
    nullable: true,
    description:
      "The delta in per cent of the base; null when the base costs nothing: such a change has no percentage.",
  })
  percentageChange!: number | null;
}

@ObjectType({ simpleResolvers: true, description: "How many resources, and what they add to the delta." })
class ChangeAmount implements Amount {
  @Field(() => Int, { description: "How many resources changed in this way." })
  resourceCount!: number;

  @Field(() => DecimalScalar, { description: "What they add to the delta, per month." })
  delta!: string;
}

@ObjectType({
  simpleResolvers: true,
  description: "Where the delta comes from. The amounts add up to JobComparison.delta exactly.",
})
class ChangeSummary implements Summary {
  @Field(() => ChangeAmount, { description: "Resources that are only in the target." })
  added!: ChangeAmount;

  @Field(() => ChangeAmount, { description: "Resources that are only in the base." })
  removed!: ChangeAmount;

  @Field(() => ChangeAmount, { description: "Resources whose cost is known in both, and differs." })
  changed!: ChangeAmount;

  @Field(() => ChangeAmount, { description: "Resources whose cost is the same in both, or unknown in both." })
  unchanged!: ChangeAmount;

  @Field(() => ChangeAmount, {
    description: "Resources that have another address at the same cost; they add nothing.",
  })
  moved!: ChangeAmount;

  @Field(() => ChangeAmount, {
    description: "Resources whose cost is unknown in the base and known in the target.",
  })
  newlyPriced!: ChangeAmount;

  @Field(() => ChangeAmount, {
    description: "Resources whose cost is known in the base and unknown in the target.",
  })
  becameUnpriced!: ChangeAmount;

  @Field(() => DecimalScalar, { description: "What the two totals hold beyond their resources." })
  unattributed!: string;
}

@ObjectType({ simpleResolvers: true, description: "What one resource costs in two jobs, per month." })
class ResourceChange {
  baseRank!: number | null;
  targetRank!: number | null;
  baseJobId!: string;
  targetJobId!: string;
  place!: number;

  @Field(() => String, { description: "The Terraform address; of a MOVED resource the one in the target." })
  resourceId!: string;

  @Field(() => String, {
    nullable: true,
    description: "The address in the base, when the resource has MOVED.",
  })
  previousResourceId!: string | null;

  @Field(() => ChangeKind, { description: "How it changed." })
  change!: ChangeKind;

  @Field(() => DecimalScalar, {
    nullable: true,
    description:
      "target - base, a side that is not there counting as nothing; null when a side's cost is unknown.",
  })
  delta!: string | null;

  @Field(() => Float, {
    nullable: true,
    description: "The delta in per cent of the base; null when it has none, or the base costs nothing.",
  })
  percentageChange!: number | null;
}

@ObjectType({ simpleResolvers: true, description: "A page of changed resources." })
class ResourceChangeConnection extends connectionTypes("ResourceChange", () => ResourceChange) {}

@ObjectType("ComparisonWarning", {
  simpleResolvers: true,
  description: "Why a comparison is not like with like.",
})
class ComparisonWarningType implements ComparisonWarning {
  @Field(() => String, {
    description:
      "For programs: PROJECT_DIFFERS, PROFILE_DIFFERS, ESTIMATOR_DIFFERS, COVERAGE_DIFFERS, or the code of a warning that one of the jobs was stored with.",
  })
  code!: string;

  @Field(() => String, { description: "For people: a sentence." })
  message!: string;
}

@ArgsType()
class ResourceChangesArgs extends PageArgs {
  @Field(() => Int, {
    nullable: true,
    defaultValue: 50,
    description: "How many rows from the beginning (or from `after`), at most 1,000.",
  })
  declare first?: number | null;

  @Field(() => [ChangeKind], { nullable: true, description: "Only changes of these kinds; left out: all." })
  changes?: ChangeKind[] | null;
}

/** How many changes a page has, unless asked otherwise and at the most. */
const CHANGE_PAGE = { default: 50, maximum: 1_000 };

/** One page of what became of the resources: largest absolute delta first, unknown last. */
async function listChanges(
  loader: ChangesLoader,
  comparison: Comparison,
  { changes, ...args }: PageArguments & { readonly changes?: readonly ChangeKind[] | null },
): Promise<Connection<ResourceChange>> {
  const page = pageOf(withoutDefaultFirst(args, CHANGE_PAGE.default), CHANGE_PAGE);
  const list = { pair: pairOf(comparison), kinds: changes ?? undefined };
  const found = await loader.load({ pair: list.pair, page: { page, kinds: list.kinds } });
  const rows = found.page.rows.map((change) => resourceChange(comparison, change));
  const cursorOf = (change: ResourceChange) => changeCursor(list, change);
  return connectionOf({ ...found.page, rows }, cursorOf, async () => pluralize(found.totals, list.kinds));
}

function pluralize(totals: readonly KindTotal[], kinds: readonly ChangeKind[] | undefined): number {
  const counted = totals.filter(({ change }) => kinds?.includes(change) ?? true);
  return counted.reduce((count, total) => count + total.resourceCount, 0);
}

function resourceChange({ base, target }: Comparison, change: Change): ResourceChange {
  const { delta, baseCost, targetCost } = change;
  return {
    ...change,
    baseJobId: base.id,
    targetJobId: target.id,
    percentageChange:
      delta === null || baseCost === null ? null : percentageChange(baseCost, targetCost ?? "0"),
  };
}

@Resolver(() => JobComparison)
export class ComparisonResolver {
  @Costs({ work: 10_000 })
  @Query(() => JobComparison, {
    description:
      "What changed between two jobs. Fails with NOT_FOUND when one of them does not exist, with CURRENCY_MISMATCH when their currencies differ.",
  })
  compareJobs(
    @Arg("baseJobId", () => ID, { description: "The job to compare with." }) baseJobId: string,
    @Arg("targetJobId", () => ID, { description: "The job to compare." }) targetJobId: string,
    @Arg("detectMoves", () => Boolean, {
      nullable: true,
      defaultValue: true,
      description:
        "Whether a resource that went into or out of a module, or got another index, is one change, MOVED, instead of a saving and a new cost. Only resources of one type, name and cost, in total and in each part, are taken for the same.",
    })
    detectMoves: boolean | null,
    @Ctx() { loaders }: Context,
  ): Promise<JobComparison> {
    return compareJobs(loaders(createJobReader), baseJobId, targetJobId, detectMoves ?? true);
  }

  @FieldResolver(() => ChangeSummary, { description: "Where the delta comes from." })
  summary(@Root() comparison: JobComparison, @Ctx() { loaders }: Context): Promise<ChangeSummary> {
    return summarizeComparison(loaders(createChangesLoader), comparison);
  }

  @Costs({ items: 10 })
  @FieldResolver(() => [CostChange], {
    description: "Every service of either side, largest absolute delta first.",
  })
  services(@Root() comparison: JobComparison, @Ctx() { loaders }: Context): Promise<CostChange[]> {
    return compareServices(loaders(createJobReader), comparison);
  }

  @Costs({ items: 5 })
  @FieldResolver(() => [CostChange], {
    description: "Every region of either side, largest absolute delta first.",
  })
  regions(@Root() comparison: JobComparison, @Ctx() { loaders }: Context): Promise<CostChange[]> {
    return compareRegions(loaders(createJobReader), comparison);
  }

  @Costs({ page: CHANGE_PAGE })
  @FieldResolver(() => ResourceChangeConnection, {
    description:
      "What became of the resources, largest absolute delta first and unknown last; at most 1,000 a page.",
  })
  resources(
    @Root() comparison: JobComparison,
    @Args(() => ResourceChangesArgs) args: ResourceChangesArgs,
    @Ctx() { loaders }: Context,
  ): Promise<Connection<ResourceChange>> {
    return listChanges(loaders(createChangesLoader), comparison, args);
  }

  @Costs({ items: 5 })
  @FieldResolver(() => [ComparisonWarningType], {
    description: "Everything that keeps it from being like with like.",
  })
  warnings(@Root() comparison: JobComparison, @Ctx() { loaders }: Context): Promise<ComparisonWarningType[]> {
    return explainComparison(loaders(createChangesLoader), comparison);
  }
}

@Resolver(() => ResourceChange)
export class ResourceChangesResolver {
  @FieldResolver(() => CostResult, {
    nullable: true,
    description: "The resource in the base; null: it is not there.",
  })
  base(
    @Root() { baseJobId, baseRank }: ResourceChange,
    @Ctx() { loaders }: Context,
  ): Promise<CostResult | null> | null {
    return baseRank === null
      ? null
      : loaders(createJobReader).costResult.load({ jobId: baseJobId, costRank: baseRank });
  }

  @FieldResolver(() => CostResult, {
    nullable: true,
    description: "The resource in the target; null: it is not there.",
  })
  target(
    @Root() { targetJobId, targetRank }: ResourceChange,
    @Ctx() { loaders }: Context,
  ): Promise<CostResult | null> | null {
    return targetRank === null
      ? null
      : loaders(createJobReader).costResult.load({ jobId: targetJobId, costRank: targetRank });
  }
}
