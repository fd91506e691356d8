import type { Database } from "../database/database.ts";
import { rows, sql } from "../database/sql.ts";
import type { CostResult } from "../jobs/job.graphql.ts";
import { resourceColumns } from "../jobs/job-parts.sql.ts";

/** How many resources one statement reads: enough to be fast, and all that is held at a time. */
const PAGE_SIZE = 1_000;

/**
 * Every resource of a job, highest cost first, in pages that are ranges of the primary key. A page is read when it is
 * asked for, and none is kept. No snapshot is needed, because what is stored never changes.
 */
export async function* resourcePages(db: Database, jobId: string): AsyncGenerator<CostResult[]> {
  for (let after = -1; ; ) {
    const page = await rows(
      db,
      { name: "export.resources" },
      sql<CostResult>`
      select ${resourceColumns}
      from cost_results
      where job_id = ${jobId} and cost_rank > ${after}
      order by cost_rank
      limit ${PAGE_SIZE}`,
    );
    const last = page.at(-1);
    if (last !== undefined) yield page;
    if (last === undefined || page.length < PAGE_SIZE) return;
    after = last.costRank;
  }
}
