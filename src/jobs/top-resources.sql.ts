import type { Database } from "../database/database.ts";
import { rows, type Sql, sql } from "../database/sql.ts";
import type { CostResult } from "./job.graphql.ts";
import { resourceColumns } from "./job-fields.sql.ts";
import type { JobFilter } from "./job-filter.graphql.ts";
import { jobCondition } from "./job-filter.sql.ts";
import { isExcluded, isMember, seriesKey } from "./series.sql.ts";

/**
 * The most expensive resources of the jobs that match the filter, without resources of unknown cost and excluded jobs.
 * The first N resources of all jobs are among the first N resources of each job, which have a cost_rank below N.
 * @param first the maximum number of resources.
 * @param latestOnly reads only the newest matching member of each series.
 * @throws BadUserInput for a filter with text that PostgreSQL cannot store.
 */
export function readTopResources(
  db: Database,
  filter: JobFilter,
  first: number,
  latestOnly: boolean,
): Promise<CostResult[]> {
  const jobs = latestOnly ? latestJobs(filter) : countedJobs(filter);
  return rows(
    db,
    { name: "jobs.topResources" },
    sql<CostResult>`
    select ${resourceColumns}
    from cost_results
    join (${jobs}) as matching on matching.id = job_id
    where cost_rank < ${first} and total_monthly_cost is not null
    order by total_monthly_cost desc, job_id desc, cost_rank
    limit ${first}`,
  );
}

function countedJobs(filter: JobFilter): Sql<unknown> {
  return sql`select id from jobs where ${jobCondition(filter)} and not ${isExcluded("jobs")}`;
}

/** The newest matching member of each series. */
function latestJobs(filter: JobFilter): Sql<unknown> {
  return sql`
    select distinct on (${seriesKey("jobs")}) id
    from jobs
    where ${isMember("jobs")} and ${jobCondition(filter)}
    order by ${seriesKey("jobs")}, effective_at desc, id desc`;
}
