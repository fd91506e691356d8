import type { Database } from "../database/database.ts";
import { rows, type Sql, sql } from "../database/sql.ts";
import { type CurrentJobs, currentJobsAt } from "../jobs/current-jobs.sql.ts";
import type { CostResult, Job } from "../jobs/job.graphql.ts";
import { wholeJob } from "../jobs/job-columns.sql.ts";
import { storedResourceColumns } from "../jobs/job-fields.sql.ts";

/** The number of resources that one statement reads, and that are in memory at a time. */
const PAGE_SIZE = 1_000;

/** The number of jobs that one statement reads. */
const JOB_COUNT = 100;

/** A resource with its job. */
export interface JobResource {
  readonly resource: CostResult;
  readonly job: Job;
}

/**
 * All resources of a job, highest cost first, in pages that are ranges of the primary key. Each page is read on demand.
 * No snapshot is needed: stored rows are immutable.
 */
export async function* resourcePages(db: Database, job: Job): AsyncGenerator<JobResource[]> {
  for (let after = -1; ; ) {
    const page = await readResources(
      db,
      sql`job_id = ${job.id} and cost_rank > ${after}
      order by cost_rank
      limit ${PAGE_SIZE}`,
    );
    const last = page.at(-1);
    if (last !== undefined) yield page.map((resource) => ({ resource, job }));
    if (last === undefined || page.length < PAGE_SIZE) return;
    after = last.costRank;
  }
}

/** A resource with its place in the list of its job. */
type RankedResource = CostResult & { readonly jobId: string; readonly costRank: number };

function readResources(db: Database, condition: Sql<unknown>): Promise<RankedResource[]> {
  return rows(
    db,
    { name: "export.resources" },
    sql<RankedResource>`
      select ${storedResourceColumns}, job_id as "jobId", cost_rank as "costRank"
      from cost_results
      where ${condition}`,
  );
}

/**
 * The ids of the current jobs at a moment, by project, usage profile and currency.
 * @param asOf undefined: now.
 * @throws BadUserInput for a filter with text that PostgreSQL cannot store.
 */
export async function currentJobIds(
  db: Database,
  current: CurrentJobs,
  asOf: Date | undefined,
): Promise<string[]> {
  const found = await rows(
    db,
    { name: "export.currentJobs" },
    sql<{ id: string }>`
    select id from ${currentJobsAt(current, asOf)} as jobs
    order by project collate "C", coalesce(profile, ''), currency collate "C"`,
  );
  return found.map(({ id }) => id);
}

/**
 * All resources of several jobs, job by job in the order of the ids, highest cost first. Each page is read on demand;
 * small jobs share a page. A job that retention has removed meanwhile is left out.
 */
export async function* resourcePagesOfJobs(
  db: Database,
  ids: readonly string[],
): AsyncGenerator<JobResource[]> {
  for (let start = 0; start < ids.length; start += JOB_COUNT) {
    const jobs = await readJobs(db, ids.slice(start, start + JOB_COUNT));
    for (const batch of batchesOf(jobs)) {
      const [first, ...others] = batch;
      if (first !== undefined && others.length === 0) yield* resourcePages(db, first);
      else yield* pageOfJobs(db, batch);
    }
  }
}

async function readJobs(db: Database, ids: readonly string[]): Promise<Job[]> {
  const jobs = await rows(
    db,
    { name: "export.jobs" },
    sql<Job>`select ${wholeJob.list} from jobs where id = any(${ids}::uuid[])`,
  );
  const byId = new Map(jobs.map((job) => [job.id, job]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** Consecutive jobs with at most PAGE_SIZE resources together, and each larger job alone. */
function batchesOf(jobs: readonly Job[]): Job[][] {
  const batches: Job[][] = [];
  let room = 0;
  for (const job of jobs) {
    const last = batches.at(-1);
    if (last === undefined || job.resourceCount > room) {
      batches.push([job]);
      room = PAGE_SIZE - job.resourceCount;
    } else {
      last.push(job);
      room -= job.resourceCount;
    }
  }
  return batches;
}

async function* pageOfJobs(db: Database, jobs: readonly Job[]): AsyncGenerator<JobResource[]> {
  const ids = jobs.map(({ id }) => id);
  const read = await readResources(db, sql`job_id = any(${ids}::uuid[]) order by job_id, cost_rank`);
  const byJob = Map.groupBy(read, ({ jobId }) => jobId);
  const page = jobs.flatMap((job) => (byJob.get(job.id) ?? []).map((resource) => ({ resource, job })));
  if (page.length > 0) yield page;
}
