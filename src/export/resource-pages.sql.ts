import type { Database } from "../database/database.ts";
import { rows, sql } from "../database/sql.ts";
import type { CostResult } from "../jobs/job.graphql.ts";
import { storedResourceColumns } from "../jobs/job-fields.sql.ts";

/** The number of resources that one statement reads, and that are in memory at a time. */
const PAGE_SIZE = 1_000;

/**
 * All resources of a job, highest cost first, in pages that are ranges of the primary key. Each page is read on demand.
 * No snapshot is needed: stored rows are immutable.
 */
export async function* resourcePages(db: Database, jobId: string): AsyncGenerator<CostResult[]> {
  for (let after = -1; ; ) {
    const page = await rows(
      db,
      { name: "export.resources" },
      sql<CostResult & { costRank: number }>`
      select ${storedResourceColumns}, cost_rank as "costRank"
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
