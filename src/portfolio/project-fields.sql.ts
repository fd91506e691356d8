import DataLoader from "dataloader";
import type { Database } from "../database/database.ts";
import { rows, sql } from "../database/sql.ts";
import { sharedByArguments } from "../graphql/context.ts";
import { currentJobsOfNow } from "../jobs/current-jobs.sql.ts";
import type { Job } from "../jobs/job.graphql.ts";
import { wholeJob } from "../jobs/job-columns.sql.ts";
import { MAX_PROJECTS } from "../jobs/job-filter.sql.ts";
import type { UsageProfile } from "../jobs/usage-profile.ts";
import { isStorable } from "../lib/text.ts";
import { portfolioTotalColumns } from "./portfolio.sql.ts";
import type { PortfolioTotal } from "./portfolio-total.graphql.ts";
import type { Project } from "./project.graphql.ts";
import { PROJECT_ID } from "./projects.sql.ts";

/** Projects by name; null: no project has this name. */
export function createProjectLoader(db: Database): DataLoader<string, Project | null> {
  return new DataLoader(async (names) => {
    const found = await rows(
      db,
      { name: "projects.byName", prepared: true },
      sql<Project>`
      with asked as materialized (select name from unnest(${names.filter(isStorable)}::text[]) as asked (name))
      select ${sql.lit(PROJECT_ID)} || name as id, name
      from asked
      cross join lateral (select from jobs where jobs.project = asked.name limit 1) as job`,
    );
    const byName = new Map(found.map((project) => [project.name, project]));
    return names.map((name) => byName.get(name) ?? null);
  });
}

/** The numbers of all jobs of projects, by name. */
export function createJobCountLoader(db: Database): DataLoader<string, number> {
  return new DataLoader(async (names) => {
    const counts = await rows(
      db,
      { name: "projects.jobCounts", prepared: true },
      sql<{ project: string; count: number }>`
      select project, count(*) from jobs where project = any(${names}::text[]) group by project`,
    );
    const byName = new Map(counts.map(({ project, count }) => [project, count]));
    return names.map((name) => byName.get(name) ?? 0);
  });
}

/** The times of the first and the last job of a project. */
interface ActiveTimes {
  readonly firstJobAt: Date;
  readonly lastJobAt: Date;
}

/** The times of the first and the last of all jobs of projects, by name; null: the project was purged meanwhile. */
export function createActiveTimesLoader(db: Database): DataLoader<string, ActiveTimes | null> {
  const edge = (direction: "asc" | "desc") => sql`
      (
        select jobs.effective_at
        from jobs
        where jobs.project = asked.name
        order by jobs.effective_at ${sql.raw(direction)}
        limit 1
      )`;
  return new DataLoader(async (names) => {
    const found = await rows(
      db,
      { name: "projects.activeTimes", prepared: true },
      sql<ActiveTimes & { name: string }>`
      with asked as materialized (select name from unnest(${names}::text[]) as asked (name))
      select name, first.effective_at as "firstJobAt", last.effective_at as "lastJobAt"
      from asked cross join lateral ${edge("asc")} as first cross join lateral ${edge("desc")} as last`,
    );
    const byName = new Map(found.map((times) => [times.name, times]));
    return names.map((name) => byName.get(name) ?? null);
  });
}

/** The totals of the current jobs of projects, by name. */
export function createTotalsLoader(db: Database): DataLoader<string, PortfolioTotal[]> {
  return new DataLoader(
    async (names) => {
      const totals = await rows(
        db,
        { name: "projects.totals", prepared: true },
        sql<PortfolioTotal & { project: string }>`
      select jobs.project, ${portfolioTotalColumns(sql`'0'`)}
      from ${currentJobsOfNow({ projects: [...names] })} as jobs
      group by jobs.project, jobs.currency
      order by jobs.project, jobs.currency`,
      );
      const byName = Map.groupBy(totals, ({ project }) => project);
      return names.map((name) => byName.get(name) ?? []);
    },
    { maxBatchSize: MAX_PROJECTS },
  );
}

/** The conditions on the latest job of a project or of a branch. null is no condition. */
export interface LatestJobConditions {
  readonly profile: UsageProfile | null;
  readonly currency: string | null;
}

/** The loaders of the newest members on the default branch, by the name of the project; null: it has none. */
export function createLatestJobLoaders(
  db: Database,
): (conditions: LatestJobConditions) => DataLoader<string, Job | null> {
  return sharedByArguments((conditions) => createLatestJobLoader(db, conditions));
}

function createLatestJobLoader(
  db: Database,
  conditions: LatestJobConditions,
): DataLoader<string, Job | null> {
  return new DataLoader(
    async (names) => {
      const found = await rows(
        db,
        { name: "projects.latestJobs", prepared: true },
        sql<Job>`
      select distinct on (jobs.project) ${wholeJob.list}
      from ${currentJobsOfNow({ projects: [...names], ...conditions })} as jobs
      order by jobs.project, jobs.effective_at desc, jobs.id desc`,
      );
      const byName = new Map(found.map((job) => [job.project, job]));
      return names.map((name) => byName.get(name) ?? null);
    },
    { maxBatchSize: MAX_PROJECTS },
  );
}
