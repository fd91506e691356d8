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
import { type Connection, connectionTypes, PageArgs } from "../graphql/connection.ts";
import type { Context } from "../graphql/context.ts";
import { Costs } from "../graphql/costs.ts";
import { DecimalScalar, Float, Int } from "../graphql/scalars.ts";
import { CostResult, Job } from "../jobs/job.graphql.ts";
import { resourceId } from "../jobs/job-fields.sql.ts";
import { createJobReader } from "../jobs/job-reader.ts";
import { ComponentChangeType, CostAttributionType } from "./attribution.graphql.ts";
import {
  attributeComparison,
  attributeResource,
  COMPONENTS,
  type ComponentChange,
  type CostAttribution,
  listComponents,
} from "./attribution.ts";
import { createChangesLoader } from "./changes-loader.ts";
import {
  CHANGE_PAGE,
  type ChangeAmount,
  type ChangeSummary,
  type Comparison,
  type ComparisonWarning,
  compareJobs,
  listChanges,
  type ResourceChange,
  summarizeComparison,
  warnAboutComparison,
} from "./compare-jobs.ts";
import { compareRegions, compareServices } from "./compare-totals.ts";
import { createComponentsLoader } from "./components.sql.ts";
import { ChangeKind, CostChange } from "./cost-change.graphql.ts";

@ObjectType({
  simpleResolvers: true,
  description: "The changes from one job, the base, to another job, the target.",
})
export class JobComparison implements Comparison {
  detectMoves!: boolean;

  @Field(() => Job, { description: "The job that the target is compared with." })
  base!: Job;

  @Field(() => Job, { description: "The job that is compared with the base." })
  target!: Job;

  @Field(() => DecimalScalar, {
    description:
      "The total of the target minus the total of the base, per month, in the currency of both jobs.",
  })
  delta!: string;

  @Field(() => Float, {
    nullable: true,
    description: "The delta in per cent of the total of the base; null: the total of the base is zero.",
  })
  percentageChange!: number | null;
}

@ObjectType("ChangeAmount", { simpleResolvers: true, description: "The sum of the changes of one kind." })
class ChangeAmountType implements ChangeAmount {
  @Field(() => Int, { description: "The number of resources with this kind of change." })
  resourceCount!: number;

  @Field(() => DecimalScalar, {
    description: "The part of the delta of the two jobs, per month, in the currency of both jobs.",
  })
  delta!: string;
}

@ObjectType("ChangeSummary", {
  simpleResolvers: true,
  description:
    "The delta of two jobs by kind of change. The sum of all amounts is exactly `JobComparison.delta`.",
})
class ChangeSummaryType implements ChangeSummary {
  @Field(() => ChangeAmountType, { description: "The resources that only the target has." })
  added!: ChangeAmountType;

  @Field(() => ChangeAmountType, { description: "The resources that only the base has." })
  removed!: ChangeAmountType;

  @Field(() => ChangeAmountType, { description: "The resources with a different known cost in each job." })
  changed!: ChangeAmountType;

  @Field(() => ChangeAmountType, {
    description: "The resources with the same cost in both jobs, or with an unknown cost in both jobs.",
  })
  unchanged!: ChangeAmountType;

  @Field(() => ChangeAmountType, {
    description: "The resources with another address and the same cost. Their part of the delta is zero.",
  })
  moved!: ChangeAmountType;

  @Field(() => ChangeAmountType, {
    description: "The resources with an unknown cost in the base and a known cost in the target.",
  })
  newlyPriced!: ChangeAmountType;

  @Field(() => ChangeAmountType, {
    description: "The resources with a known cost in the base and an unknown cost in the target.",
  })
  becameUnpriced!: ChangeAmountType;

  @Field(() => DecimalScalar, {
    description:
      "The part of the delta, per month, that belongs to no resource: a stated total can differ from the sum of its resources.",
  })
  unattributed!: string;
}

@ObjectType("ResourceChange", {
  simpleResolvers: true,
  description: "The change of one resource. All amounts are per month, in the currency of both jobs.",
})
class ResourceChangeType implements Omit<ResourceChange, "baseCost" | "targetCost"> {
  baseRank!: number | null;
  targetRank!: number | null;
  baseJobId!: string;
  targetJobId!: string;
  place!: number;

  @Field(() => String, {
    description: "The Terraform address. For a MOVED resource, the address in the target.",
  })
  resourceId!: string;

  @Field(() => String, {
    nullable: true,
    description: "The address of a MOVED resource in the base; null: the resource is not MOVED.",
  })
  previousResourceId!: string | null;

  @Field(() => ChangeKind, { description: "The kind of the change." })
  change!: ChangeKind;

  @Field(() => DecimalScalar, {
    nullable: true,
    description:
      "The cost in the target minus the cost in the base. A job without the resource counts as zero. null: the cost in one of the jobs is unknown.",
  })
  delta!: string | null;

  @Field(() => Float, {
    nullable: true,
    description:
      "The delta in per cent of the cost in the base; null: the delta is unknown, or the cost in the base is zero or the resource is not in the base.",
  })
  percentageChange!: number | null;
}

@ObjectType({ simpleResolvers: true, description: "A page of the changes of resources." })
class ResourceChangeConnection extends connectionTypes("ResourceChange", () => ResourceChangeType) {}

@ObjectType("ComparisonWarning", {
  simpleResolvers: true,
  description: "A difference between two jobs, or two portfolios, that limits how far they can be compared.",
})
export class ComparisonWarningType implements ComparisonWarning {
  @Field(() => String, {
    description:
      "The kind of the warning, for programs: INCOMPLETE_JOB, EXCLUDED_JOB, PROJECT_DIFFERS, PROFILE_DIFFERS, ESTIMATOR_DIFFERS, COVERAGE_DIFFERS, or the code of a warning of one of the jobs. Of portfolios: INCOMPLETE_JOB, CURRENCY_DIFFERS, PROFILE_DIFFERS.",
  })
  code!: string;

  @Field(() => String, { description: "A sentence for people." })
  message!: string;
}

@ArgsType()
class ResourceChangesArgs extends PageArgs {
  @Field(() => Int, {
    nullable: true,
    defaultValue: CHANGE_PAGE.default,
    description:
      "The number of rows from the beginning of the list, or after the cursor `after`; at most 1,000.",
  })
  declare first?: number | null;

  @Field(() => [ChangeKind], {
    nullable: true,
    description: "The kinds of changes in the list. Default: all kinds.",
  })
  changes?: ChangeKind[] | null;
}

/**
 * One statement matches the resources of many pairs of jobs. A pair may have 10,000 resources in each job; many pairs
 * have a few hundred each, so that further pairs cost less. `createChangesLoader` limits the work of many large pairs,
 * because only the stored jobs show their sizes. The totals need no statement.
 */
const CHANGES = { work: 500, shared: "changes", batch: 9_500 };

/** The same statement, when it also matches the components of the resources. */
const ATTRIBUTION = { work: 500, shared: "attribution", batch: 20_000 };

@Resolver(() => JobComparison)
export class ComparisonResolver {
  @Query(() => JobComparison, {
    description:
      "The changes from one job to another. Errors: NOT_FOUND if one of the jobs does not exist, CURRENCY_MISMATCH if their currencies differ.",
  })
  compareJobs(
    @Arg("baseJobId", () => ID, { description: "The id of the base." }) baseJobId: string,
    @Arg("targetJobId", () => ID, { description: "The id of the target." }) targetJobId: string,
    @Arg("detectMoves", () => Boolean, {
      nullable: true,
      defaultValue: true,
      description:
        "true: a resource that was moved into or out of a module, or has another index, is one change of the kind MOVED. false: it is one REMOVED and one ADDED resource. Resources match only if their type, name, region and costs, in total and in each part, are equal.",
    })
    detectMoves: boolean | null,
    @Ctx() { loaders }: Context,
  ): Promise<JobComparison> {
    return compareJobs(loaders(createJobReader), baseJobId, targetJobId, detectMoves ?? true);
  }

  @Costs(CHANGES)
  @FieldResolver(() => ChangeSummaryType, { description: "The delta by kind of change." })
  summary(@Root() comparison: JobComparison, @Ctx() { loaders }: Context): Promise<ChangeSummary> {
    return summarizeComparison(loaders(createChangesLoader), comparison);
  }

  @Costs(ATTRIBUTION)
  @FieldResolver(() => CostAttributionType, {
    description:
      "The reasons of the delta. Errors: QUERY_TOO_COMPLEX if the jobs of all pairs of the request with attribution have more than 400,000 resources.",
  })
  attribution(@Root() comparison: JobComparison, @Ctx() { loaders }: Context): Promise<CostAttribution> {
    return attributeComparison(loaders(createChangesLoader), comparison);
  }

  @Costs({ items: 10 })
  @FieldResolver(() => [CostChange], {
    description: "The change of each service of either job, largest absolute delta first.",
  })
  services(@Root() { base, target }: JobComparison, @Ctx() { loaders }: Context): Promise<CostChange[]> {
    return compareServices(loaders(createJobReader), base.id, target.id);
  }

  @Costs({ items: 5 })
  @FieldResolver(() => [CostChange], {
    description: "The change of each region of either job, largest absolute delta first.",
  })
  regions(@Root() { base, target }: JobComparison, @Ctx() { loaders }: Context): Promise<CostChange[]> {
    return compareRegions(loaders(createJobReader), base.id, target.id);
  }

  @Costs({ ...CHANGES, page: CHANGE_PAGE })
  @FieldResolver(() => ResourceChangeConnection, {
    description:
      "The change of each resource, largest absolute delta first and unknown deltas last. A page has 50 rows by default and at most 1,000.",
  })
  resources(
    @Root() comparison: JobComparison,
    @Args(() => ResourceChangesArgs) args: ResourceChangesArgs,
    @Ctx() { loaders }: Context,
  ): Promise<Connection<ResourceChange>> {
    return listChanges(loaders(createChangesLoader), comparison, args);
  }

  @Costs({ ...CHANGES, items: 5 })
  @FieldResolver(() => [ComparisonWarningType], {
    description: "The differences between the two jobs that limit how far they can be compared; empty: none.",
  })
  warnings(@Root() comparison: JobComparison, @Ctx() { loaders }: Context): Promise<ComparisonWarningType[]> {
    return warnAboutComparison(loaders(createChangesLoader), loaders(createJobReader), comparison);
  }
}

@Resolver(() => ResourceChangeType)
export class ResourceChangesResolver {
  @FieldResolver(() => CostResult, {
    nullable: true,
    description: "The resource in the base; null: the base does not have it.",
  })
  base(
    @Root() { baseJobId, baseRank }: ResourceChangeType,
    @Ctx() { loaders }: Context,
  ): Promise<CostResult | null> | null {
    return baseRank === null ? null : loaders(createJobReader).resource.load(resourceId(baseJobId, baseRank));
  }

  @FieldResolver(() => CostResult, {
    nullable: true,
    description: "The resource in the target; null: the target does not have it.",
  })
  target(
    @Root() { targetJobId, targetRank }: ResourceChangeType,
    @Ctx() { loaders }: Context,
  ): Promise<CostResult | null> | null {
    return targetRank === null
      ? null
      : loaders(createJobReader).resource.load(resourceId(targetJobId, targetRank));
  }

  @Costs({ work: 5, shared: "components" })
  @FieldResolver(() => CostAttributionType, {
    description: "The reasons of the delta. An unknown cost counts as nothing.",
  })
  attribution(@Root() change: ResourceChange, @Ctx() { loaders }: Context): Promise<CostAttribution> {
    return attributeResource(loaders(createComponentsLoader), change);
  }

  @Costs({ work: 5, shared: "components", page: COMPONENTS, items: "page" })
  @FieldResolver(() => [ComponentChangeType], {
    description:
      "The change of each cost component, largest absolute delta first. `attribution` counts all components, also those that are not listed. Components are the objects with a name in `CostResult.costDrivers`. Errors: BAD_USER_INPUT if `first` is outside 1..1,000.",
  })
  components(
    @Root() change: ResourceChange,
    @Arg("first", () => Int, {
      nullable: true,
      defaultValue: COMPONENTS.default,
      description: "The number of components, at most 1,000.",
    })
    first: number | null,
    @Ctx() { loaders }: Context,
  ): Promise<ComponentChange[]> {
    return listComponents(loaders(createComponentsLoader), change, first);
  }
}
