import DataLoader from "dataloader";
import type { Database } from "../database/database.ts";
import { rows, sql } from "../database/sql.ts";
import type { Job } from "./job.types.ts";
import { jobColumns } from "./job-columns.queries.ts";

/**
 * The job before a job in its series; null for the first, and for a job without a project. A series is what can
 * be compared over time: the same project, branch, profile and currency ("none" is one of the values). The
 * conditions are those of idx_jobs_series, which makes each look-up one step in the index.
 */
export function createPreviousLoader(db: Database): DataLoader<string, Job | null> {
  return new DataLoader(async (ids) => {
    const found = await rows(
      db,
      sql<Job & { followerId: string }>`/* jobs.previous */ /* prepared */
      select follower.id as "followerId", previous.*
      from jobs as follower
      cross join lateral (
        select ${jobColumns}
        from jobs
        where jobs.project = follower.project
          and coalesce(jobs.branch, '') = coalesce(follower.branch, '')
          and coalesce(jobs.profile, '') = coalesce(follower.profile, '')
          and jobs.currency = follower.currency
          and (jobs.created_at, jobs.id) < (follower.created_at, follower.id)
        order by jobs.created_at desc, jobs.id desc
        limit 1
      ) as previous
      where follower.id = any(${ids}::uuid[]) and follower.project is not null
      order by follower.id`,
      "jobs",
    );
    const byFollower = new Map(found.map((job) => [job.followerId, job]));
    return ids.map((id) => byFollower.get(id) ?? null);
  });
}
