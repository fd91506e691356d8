import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from "type-graphql";
import type { Context } from "../graphql/context.ts";
import { Costs } from "../graphql/limits/costs.ts";
import { CostResult } from "../jobs/cost-result.types.ts";
import type { Connection } from "../pagination/connection.types.ts";
import { ResourceChangesArgs } from "./changes.input.ts";
import { compareRegions, compareServices } from "./compare-groups.ts";
import { compareJobs } from "./compare-jobs.ts";
import {
  ChangeSummary,
  ComparisonWarningType,
  JobComparison,
  ResourceChange,
  ResourceChangeConnection,
} from "./comparison.types.ts";
import { CostChange } from "./cost-change.types.ts";
import { explainComparison, summarizeComparison } from "./explain-comparison.ts";
import { CHANGE_PAGE, listChanges } from "./list-changes.ts";

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
    return compareJobs(loaders, baseJobId, targetJobId, detectMoves ?? true);
  }

  @FieldResolver(() => ChangeSummary, { description: "Where the delta comes from." })
  summary(@Root() comparison: JobComparison, @Ctx() { loaders }: Context): Promise<ChangeSummary> {
    return summarizeComparison(loaders, comparison);
  }

  @Costs({ items: 10 })
  @FieldResolver(() => [CostChange], {
    description: "Every service of either side, largest absolute delta first.",
  })
  services(@Root() comparison: JobComparison, @Ctx() { loaders }: Context): Promise<CostChange[]> {
    return compareServices(loaders, comparison);
  }

  @Costs({ items: 5 })
  @FieldResolver(() => [CostChange], {
    description: "Every region of either side, largest absolute delta first.",
  })
  regions(@Root() comparison: JobComparison, @Ctx() { loaders }: Context): Promise<CostChange[]> {
    return compareRegions(loaders, comparison);
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
    return listChanges(loaders, comparison, args);
  }

  @Costs({ items: 5 })
  @FieldResolver(() => [ComparisonWarningType], {
    description: "Everything that keeps it from being like with like.",
  })
  warnings(@Root() comparison: JobComparison, @Ctx() { loaders }: Context): Promise<ComparisonWarningType[]> {
    return explainComparison(loaders, comparison);
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
    return baseRank === null ? null : loaders.costResult.load({ jobId: baseJobId, costRank: baseRank });
  }

  @FieldResolver(() => CostResult, {
    nullable: true,
    description: "The resource in the target; null: it is not there.",
  })
  target(
    @Root() { targetJobId, targetRank }: ResourceChange,
    @Ctx() { loaders }: Context,
  ): Promise<CostResult | null> | null {
    return targetRank === null ? null : loaders.costResult.load({ jobId: targetJobId, costRank: targetRank });
  }
}
