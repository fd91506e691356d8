import type { Database } from "../database/database.ts";
import { rows, type Sql, sql } from "../database/sql.ts";
import { currentJobsOfNow } from "../jobs/current-jobs.sql.ts";
import type { CostResult } from "../jobs/job.graphql.ts";
import { resourceColumns } from "../jobs/job-fields.sql.ts";
import type { SearchedText } from "./search.sql.ts";

/** The number of resources of the newest current jobs among which a search finds addresses. */
export const SEARCHED_RESOURCES = 1_000_000;

/** The number of matching resources that a search reads before it looks for beginnings only. */
export const MATCHES = 10_000;

/**
 * The resources of the current jobs with the text in their addresses: those that begin with it first, then by job, newest
 * first, and by cost.
 *
 * Addresses have no index, which would cost each store more than all other indexes. The statement reads the resources of
 * the current jobs, newest first. If it finds the matches of a common text before it has read all, it reads again for
 * those that begin with the text, unless enough of the matches do.
 */
export function findResources(db: Database, { lower }: SearchedText, first: number): Promise<CostResult[]> {
  const address = sql`lower(cost_results.resource_id)`;
  const begins = sql<boolean>`starts_with(${address}, ${lower})`;
  const order = sql`effective_at desc, job_id desc, cost_rank`;
  return rows(
    db,
    { name: "search.resources" },
    sql<CostResult>`
    with searched as materialized (
      select id, shard_key, effective_at
      from (
        select id, shard_key, effective_at,
          sum(resource_count) over (order by effective_at desc, id desc) - resource_count as before
        from ${currentJobsOfNow({})} as jobs
      ) as jobs
      where before < ${sql.lit(SEARCHED_RESOURCES)}
    ),
    matches as materialized (
      ${matching(sql`position(${lower} in ${address}) > 0`, begins, MATCHES)}
    ),
    beginnings as (
      select *
      from (${matching(begins, sql`true`, first)}) as beginnings
      where (select count(*) = ${sql.lit(MATCHES)} and count(*) filter (where begins) < ${sql.lit(first)} from matches)
    )
    select ${resourceColumns}
    from (
      select * from (select * from matches union select * from beginnings) as found
      order by begins desc, ${order}
      limit ${sql.lit(first)}
    ) as found
    join cost_results using (job_id, cost_rank, shard_key)
    order by found.begins desc, found.effective_at desc, found.job_id desc, found.cost_rank`,
  );
}

/** The first resources of the searched jobs that match the condition. */
function matching(condition: Sql<boolean>, begins: Sql<boolean>, count: number): Sql<unknown> {
  return sql`
      select jobs.effective_at, found.*
      from (select * from searched order by effective_at desc, id desc) as jobs
      cross join lateral (
        select job_id, cost_rank, shard_key, ${begins} as begins
        from cost_results
        where cost_results.job_id = jobs.id and cost_results.shard_key = jobs.shard_key and ${condition}
        order by cost_rank
      ) as found
      order by jobs.effective_at desc, jobs.id desc, found.cost_rank
      limit ${sql.lit(count)}`;
}
