import * as z from "zod";
import type { CostAttribution } from "../../comparison/attribution.ts";
import type {
  ChangeAmount,
  ChangeSummary,
  Comparison,
  ComparisonWarning,
  ResourceChange,
} from "../../comparison/compare-jobs.ts";
import { ChangeKind } from "../../comparison/cost-change.graphql.ts";
import type { Job } from "../../jobs/job.graphql.ts";
import { PROFILE_NAMES } from "../../jobs/usage-profile.ts";
import type { PortfolioPair, PortfolioTotalChange } from "../../portfolio/compare-portfolios.ts";
import type { Portfolio, PortfolioAmount } from "../../portfolio/portfolio.ts";
import type { PortfolioWarning } from "../../portfolio/portfolio-warnings.ts";
import type { TrendPoint, TrendSeries, TrendTotal } from "../../trends/cost-trend.ts";
import {
  costField,
  countField,
  digits,
  digitsOrNull,
  optionalCostField,
  percentField,
  timeField,
  Warning,
} from "./fields.ts";

const currencyField = () =>
  z.string().meta({ description: "The ISO 4217 code of the currency of the amounts." });

const kindField = (description: string) =>
  z.enum(Object.keys(ChangeKind).map((kind) => kind.toLowerCase())).meta({ description });

/** A portfolio. */
export const PortfolioBody = z
  .object({
    as_of: timeField("The moment of the answer."),
    totals: z
      .array(
        z
          .object({
            currency: currencyField(),
            total_monthly_cost: costField("The sum of the totals of the jobs."),
            unattributed: costField("The part of the totals that is in no group."),
            resource_count: countField("The number of resources of the jobs."),
            unpriced_resource_count: countField(
              "The number of resources with an unknown cost. The total does not include them.",
            ),
            unsupported_resource_count: countField(
              "The number of resources that the estimators cannot price, of the jobs that state it.",
            ),
            job_count: countField("The number of jobs."),
            oldest_job_at: timeField("The time of the oldest of the jobs."),
          })
          .meta({
            id: "PortfolioTotal",
            description: "The cost of current jobs in one currency, per month.",
          }),
      )
      .meta({ description: "The total of each currency, by currency; empty: no current job." }),
    groups: z
      .array(
        z
          .object({
            key: z.string().nullable().meta({
              description:
                "The name of the group; null: the jobs or resources without one, or all other groups.",
            }),
            is_other: z.boolean().meta({ description: "true: all groups beyond limit." }),
            currency: currencyField(),
            total_monthly_cost: costField("The sum of the known costs."),
            resource_count: countField("The number of resources in the group."),
            unpriced_resource_count: countField(
              "The number of these resources with an unknown cost. The sum does not include them.",
            ),
            job_count: countField("The number of jobs that are in the group, or have a resource in it."),
          })
          .meta({ id: "PortfolioAmount", description: "The cost of one group in one currency, per month." }),
      )
      .meta({ description: "The groups by currency, largest amount first, the other groups last." }),
    warnings: z.array(Warning).meta({
      description: "The jobs that the portfolio counts more than once, or not at all; empty: none.",
    }),
  })
  .meta({ id: "Portfolio", description: "The cost of the current jobs at a moment, per month." });

/** A portfolio as REST has it. */
export function portfolioBody(
  { asOf, totals, groups }: Portfolio,
  warnings: PortfolioWarning[],
): z.output<typeof PortfolioBody> {
  return {
    as_of: asOf.toISOString(),
    totals: totals.map((total) => ({
      currency: total.currency,
      total_monthly_cost: digits(total.totalMonthlyCost),
      unattributed: digits(total.unattributed),
      resource_count: total.resourceCount,
      unpriced_resource_count: total.unpricedResourceCount,
      unsupported_resource_count: total.unsupportedResourceCount,
      job_count: total.jobCount,
      oldest_job_at: total.oldestJobAt.toISOString(),
    })),
    groups: groups.map(groupBody),
    warnings,
  };
}

function groupBody(group: PortfolioAmount) {
  return {
    key: group.key,
    is_other: group.isOther,
    currency: group.currency,
    total_monthly_cost: digits(group.totalMonthlyCost),
    resource_count: group.resourceCount,
    unpriced_resource_count: group.unpricedResourceCount,
    job_count: group.jobCount,
  };
}

const incompleteJobCount = countField(
  "The number of matching jobs of the interval that are not complete. They are in no amount.",
);

/** A trend. */
export const TrendBody = z
  .array(
    z
      .object({
        key: z.string().meta({ description: "The name of the group, as in GraphQL." }),
        is_other: z.boolean().meta({ description: "true: the series of all groups beyond limit." }),
        currency: currencyField(),
        delta: costField("The last total minus the first one, as in GraphQL."),
        percentage_change: percentField("The delta in per cent; null: the first amount is zero."),
        points: z
          .array(
            z
              .object({
                start: timeField("The start of the interval."),
                job_count: countField("The number of complete jobs of the interval."),
                unpriced_job_count: countField("The number of these jobs with resources of unknown cost."),
                first: costField("The amount of the first job of the interval."),
                last: costField("The amount of the last job of the interval."),
                min: costField("The lowest amount of a job."),
                max: costField("The highest amount of a job."),
                mean: costField("The mean of the amounts, rounded to 30 fraction digits."),
                total: optionalCostField("The total at the end of the interval; null: no current job."),
                unpriced_resource_count: countField(
                  "The number of resources of unknown cost, which the total does not include.",
                ),
                incomplete_job_count: incompleteJobCount,
              })
              .meta({ id: "TrendPoint", description: "The jobs of one interval, per month." }),
          )
          .meta({ description: "The intervals with a complete job, oldest first." }),
        totals: z
          .array(
            z
              .object({
                start: timeField("The start of the interval."),
                total: optionalCostField(
                  "The sum over the current jobs at the end of the interval; null: no current job, which is not zero.",
                ),
                job_count: countField("The number of current jobs in the total."),
                unpriced_resource_count: countField(
                  "The number of their resources of unknown cost, which the total does not include.",
                ),
                incomplete_job_count: incompleteJobCount,
              })
              .meta({ id: "TrendTotal", description: "The cost at the end of an interval, per month." }),
          )
          .meta({ description: "One total for each interval of the range, without gaps, oldest first." }),
      })
      .meta({ id: "TrendSeries", description: "One line of a trend, in one currency." }),
  )
  .meta({ id: "Trend", description: "The series of a trend: by currency, highest last total first." });

/** A trend as REST has it. */
export function trendBody(series: readonly TrendSeries[]): z.output<typeof TrendBody> {
  return series.map(({ key, isOther, currency, delta, percentageChange, points, totals }) => ({
    key,
    is_other: isOther,
    currency,
    delta: digits(delta),
    percentage_change: percentageChange,
    points: points.map(pointBody),
    totals: totals.map(totalBody),
  }));
}

function pointBody(point: TrendPoint) {
  return {
    start: point.start.toISOString(),
    job_count: point.jobCount,
    unpriced_job_count: point.unpricedJobCount,
    first: digits(point.first),
    last: digits(point.last),
    min: digits(point.min),
    max: digits(point.max),
    mean: digits(point.mean),
    total: digitsOrNull(point.total),
    unpriced_resource_count: point.unpricedResourceCount,
    incomplete_job_count: point.incompleteJobCount,
  };
}

function totalBody(total: TrendTotal) {
  return {
    start: total.start.toISOString(),
    total: digitsOrNull(total.total),
    job_count: total.jobCount,
    unpriced_resource_count: total.unpricedResourceCount,
    incomplete_job_count: total.incompleteJobCount,
  };
}

const Attribution = z
  .object({
    price: costField("The part of prices."),
    quantity: costField("The part of quantities."),
    added: costField("Resources and components that only the target has."),
    removed: costField("Resources and components that only the base has."),
    newly_priced: costField("Costs that are unknown in the base and known in the target."),
    became_unpriced: costField("Costs that are known in the base and unknown in the target."),
    other: costField("The rest."),
  })
  .meta({ id: "Attribution", description: "The reasons of a delta, per month. They add up to it exactly." });

function attributionBody(attribution: CostAttribution): z.output<typeof Attribution> {
  return {
    price: digits(attribution.price),
    quantity: digits(attribution.quantity),
    added: digits(attribution.added),
    removed: digits(attribution.removed),
    newly_priced: digits(attribution.newlyPriced),
    became_unpriced: digits(attribution.becameUnpriced),
    other: digits(attribution.other),
  };
}

const ComparedJob = z
  .object({
    job_id: z.string().meta({ format: "uuid", description: "The job." }),
    total_cost: costField("Its total, per month."),
    created_at: timeField("The time when the job was stored."),
  })
  .meta({ id: "ComparedJob", description: "One side of a comparison." });

const changeAmount = (description: string) =>
  z
    .object({
      resource_count: countField("The number of resources with this kind of change."),
      delta: costField("Their part of the delta, per month."),
    })
    .meta({ description });

/** What changed from one job to another. */
export const ComparisonBody = z
  .object({
    job_1: ComparedJob,
    job_2: ComparedJob,
    currency: currencyField(),
    delta: costField("job_2 - job_1, per month, in the currency of both."),
    percentage_change: percentField("The delta in per cent of the total of job_1; null: that total is zero."),
    summary: z
      .object({
        added: changeAmount("The resources that only job_2 has."),
        removed: changeAmount("The resources that only job_1 has."),
        changed: changeAmount("The resources with a different known cost in each job."),
        unchanged: changeAmount("The resources with the same cost, or an unknown cost in both jobs."),
        moved: changeAmount("The resources with another address and the same cost."),
        newly_priced: changeAmount("The resources with an unknown cost in job_1 and a known one in job_2."),
        became_unpriced: changeAmount(
          "The resources with a known cost in job_1 and an unknown one in job_2.",
        ),
        unattributed: costField("The part of the delta that belongs to no resource, per month."),
      })
      .meta({ description: "The delta by kind of change. The amounts add up to it exactly." }),
    attribution: Attribution,
    warnings: z.array(Warning).meta({
      description: "The differences between the jobs that limit how far they can be compared; empty: none.",
    }),
    changes: z
      .array(
        z
          .object({
            resource_id: z.string().meta({ description: "The Terraform address, in job_2 if it has it." }),
            previous_resource_id: z
              .string()
              .nullable()
              .meta({ description: "The address of a moved resource in job_1; null: not moved." }),
            change: kindField("The kind of the change."),
            base_monthly_cost: optionalCostField("The cost in job_1; null: unknown, or not in job_1."),
            target_monthly_cost: optionalCostField("The cost in job_2; null: unknown, or not in job_2."),
            delta: optionalCostField("The delta; null: the cost in one of the jobs is unknown."),
            percentage_change: percentField(
              "The delta in per cent of the cost in job_1; null: unknown, or that cost is zero.",
            ),
          })
          .meta({ id: "ResourceChange", description: "The change of one resource, per month." }),
      )
      .meta({
        description:
          "A page of the changes of resources, largest absolute delta first and unknown deltas last.",
      }),
  })
  .meta({ id: "Comparison", description: "The changes from one job to another." });

/** The parts of a comparison that are read from the resources. */
interface ComparisonParts {
  readonly summary: ChangeSummary;
  readonly attribution: CostAttribution;
  readonly warnings: ComparisonWarning[];
  readonly changes: readonly ResourceChange[];
}

/** A comparison as REST has it. */
export function comparisonBody(
  { base, target, delta, percentageChange }: Comparison,
  { summary, attribution, warnings, changes }: ComparisonParts,
): z.output<typeof ComparisonBody> {
  return {
    job_1: comparedJob(base),
    job_2: comparedJob(target),
    currency: base.currency,
    delta: digits(delta),
    percentage_change: percentageChange,
    summary: summaryBody(summary),
    attribution: attributionBody(attribution),
    warnings,
    changes: changes.map(changeBody),
  };
}

function comparedJob(job: Job) {
  return {
    job_id: job.id,
    total_cost: digits(job.totalMonthlyCost),
    created_at: job.createdAt.toISOString(),
  };
}

function summaryBody(summary: ChangeSummary) {
  return {
    added: amountBody(summary.added),
    removed: amountBody(summary.removed),
    changed: amountBody(summary.changed),
    unchanged: amountBody(summary.unchanged),
    moved: amountBody(summary.moved),
    newly_priced: amountBody(summary.newlyPriced),
    became_unpriced: amountBody(summary.becameUnpriced),
    unattributed: digits(summary.unattributed),
  };
}

function amountBody({ resourceCount, delta }: ChangeAmount) {
  return { resource_count: resourceCount, delta: digits(delta) };
}

function changeBody(change: ResourceChange) {
  return {
    resource_id: change.resourceId,
    previous_resource_id: change.previousResourceId,
    change: change.change.toLowerCase(),
    base_monthly_cost: digitsOrNull(change.baseCost),
    target_monthly_cost: digitsOrNull(change.targetCost),
    delta: digitsOrNull(change.delta),
    percentage_change: change.percentageChange,
  };
}

const pairAmounts = {
  currency: currencyField(),
  base_monthly_cost: optionalCostField("The total of the base; null: no job, which is not zero."),
  target_monthly_cost: optionalCostField("The total of the target; null: no job, which is not zero."),
  delta: costField("target - base, per month. A side without a job counts as zero."),
  percentage_change: percentField(
    "The delta in per cent of the base; null: the base is zero, or has no job.",
  ),
};

/** What changed from one portfolio to another. */
export const PortfolioComparisonBody = z
  .object({
    totals: z
      .array(
        z
          .object(pairAmounts)
          .meta({ id: "PortfolioChange", description: "The change of the total of one currency." }),
      )
      .meta({ description: "The change of each currency, by currency: exactly the sum of its pairs." }),
    pairs: z
      .array(
        z
          .object({
            project: z.string().meta({ description: "The project of both jobs." }),
            profile: z
              .enum(PROFILE_NAMES)
              .nullable()
              .meta({ description: "The usage assumptions of both jobs; null: not stated." }),
            change: kindField("added, removed, changed or unchanged, by the totals."),
            base_job_id: z.string().nullable().meta({ description: "The job of the base; null: none." }),
            target_job_id: z.string().nullable().meta({ description: "The job of the target; null: none." }),
            ...pairAmounts,
            attribution: Attribution.nullable()
              .meta({
                description:
                  "With attribution=true, the reasons of the delta; null: the pair has one job only.",
              })
              .optional(),
          })
          .meta({ id: "PortfolioPair", description: "The jobs of one project, profile and currency." }),
      )
      .meta({ description: "A page of the pairs, largest absolute delta first, whatever the currency." }),
    warnings: z.array(Warning).meta({
      description: "The reasons why the portfolios cannot be compared completely; empty: none.",
    }),
  })
  .meta({ id: "PortfolioComparison", description: "The changes from one portfolio to another." });

/** A pair with the reasons of its delta; null: it has one job only; undefined: they are not requested. */
export interface AttributedPair {
  readonly pair: PortfolioPair;
  readonly attribution: CostAttribution | null | undefined;
}

/** A comparison of portfolios as REST has it. */
export function portfolioComparisonBody(
  totals: readonly PortfolioTotalChange[],
  pairs: readonly AttributedPair[],
  warnings: ComparisonWarning[],
): z.output<typeof PortfolioComparisonBody> {
  return {
    totals: totals.map(pairAmountsBody),
    pairs: pairs.map(({ pair, attribution }) => ({
      project: pair.project,
      profile: pair.profile && PROFILE_NAMES[pair.profile],
      change: pair.change.toLowerCase(),
      base_job_id: pair.baseId,
      target_job_id: pair.targetId,
      ...pairAmountsBody(pair),
      ...(attribution !== undefined && { attribution: attribution && attributionBody(attribution) }),
    })),
    warnings,
  };
}

function pairAmountsBody(change: PortfolioTotalChange) {
  return {
    currency: change.currency,
    base_monthly_cost: digitsOrNull(change.baseMonthlyCost),
    target_monthly_cost: digitsOrNull(change.targetMonthlyCost),
    delta: digits(change.delta),
    percentage_change: change.percentageChange,
  };
}
