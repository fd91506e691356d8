import { countSum, type Sql, sql } from "../database/sql.ts";
import type { PortfolioTotal } from "./portfolio-total.graphql.ts";

/**
 * The columns of a PortfolioTotal, as aggregates over rows of `jobs`, for a statement that groups by `jobs.currency`.
 * @param unattributed the part of the totals that is in no group.
 */
export function portfolioTotalColumns(unattributed: Sql<string>): Sql<PortfolioTotal> {
  return sql`jobs.currency as "currency",
    sum(jobs.total_monthly_cost)::text as "totalMonthlyCost",
    ${unattributed} as "unattributed",
    ${countSum(sql`sum(jobs.resource_count)`)} as "resourceCount",
    ${countSum(sql`sum(jobs.unpriced_resource_count)`)} as "unpricedResourceCount",
    ${countSum(sql`coalesce(sum(jobs.unsupported_resource_count), 0)`)} as "unsupportedResourceCount",
    count(*)::int as "jobCount",
    min(jobs.effective_at) as "oldestJobAt"`;
}
