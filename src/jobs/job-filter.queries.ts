import { allOf, given } from "../database/condition.ts";
import { type Sql, sql } from "../database/sql.ts";
import type { UsageProfile } from "../estimates/estimate.ts";
import { requireStorable } from "../text.ts";

/** Which jobs; all conditions have to hold. Of the two times the first is included, the second is not. */
export interface JobFilter {
  readonly userId?: string | null;
  readonly project?: string | null;
  readonly branch?: string | null;
  readonly profile?: UsageProfile | null;
  readonly terraformPlanHash?: string | null;
  readonly currency?: string | null;
  readonly createdFrom?: Date | null;
  readonly createdBefore?: Date | null;
  readonly minTotalMonthlyCost?: string | null;
  readonly maxTotalMonthlyCost?: string | null;
}

/** The filter as a condition on `jobs`, to stand behind WHERE. */
export function jobCondition(filter: JobFilter): Sql<boolean> {
  requireStorable("filter", {
    userId: filter.userId,
    project: filter.project,
    branch: filter.branch,
    terraformPlanHash: filter.terraformPlanHash,
  });
  const { userId, project, branch, profile, terraformPlanHash, currency } = filter;
  const { createdFrom, createdBefore, minTotalMonthlyCost, maxTotalMonthlyCost } = filter;
  return allOf([
    given(userId, () => sql`jobs.user_id = ${userId}`),
    given(project, () => sql`jobs.project = ${project}`),
    given(branch, () => sql`jobs.branch = ${branch}`),
    given(profile, () => sql`jobs.profile = ${profile}`),
    given(terraformPlanHash, () => sql`jobs.terraform_plan_hash = ${terraformPlanHash}`),
    given(currency, () => sql`jobs.currency = ${currency}`),
    given(createdFrom, () => sql`jobs.created_at >= ${createdFrom}`),
    given(createdBefore, () => sql`jobs.created_at < ${createdBefore}`),
    given(minTotalMonthlyCost, () => sql`jobs.total_monthly_cost >= ${minTotalMonthlyCost}::numeric`),
    given(maxTotalMonthlyCost, () => sql`jobs.total_monthly_cost <= ${maxTotalMonthlyCost}::numeric`),
  ]);
}
