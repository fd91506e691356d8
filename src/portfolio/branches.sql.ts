import DataLoader from "dataloader";
import * as z from "zod";
import type { Database } from "../database/database.ts";
import { andAll, rows, type Sql, sql } from "../database/sql.ts";
import { sharedByArguments } from "../graphql/context.ts";
import type { Job } from "../jobs/job.graphql.ts";
import { wholeJob } from "../jobs/job-columns.sql.ts";
import { jobCondition } from "../jobs/job-filter.sql.ts";
import { isMember, isMemberUnlessExcluded, seriesKey } from "../jobs/series.sql.ts";
import { type Cursor, decodeCursor, type Page } from "../lib/page.ts";
import { isStorable } from "../lib/text.ts";
import type { Branch } from "./project.graphql.ts";
import type { LatestJobConditions } from "./project-fields.sql.ts";

/** The default and the maximum number of branches of a page. */
export const BRANCH_PAGE = { default: 20, maximum: 100 };

/** A name is never empty, so that "" stands for the jobs without a branch. */
const BranchCursor = z.tuple([z.iso.datetime(), z.string().refine(isStorable)]);

type Position = readonly [lastJobAt: string, name: string];

/** The position of a branch in the list of its project. */
export function branchCursor({ project, name, lastJobAt }: Branch): Cursor {
  return [orderOf(project), lastJobAt.toISOString(), name ?? ""];
}

/** Identifies the list: the same position is between other branches in another project. */
function orderOf(project: string): string {
  return `BRANCHES LAST_JOB_AT_DESC ${project}`;
}

/** A page of the branches of a project, with positions in place of cursors. */
interface BranchPage {
  readonly size: number;
  readonly backward: boolean;
  readonly after: Position | undefined;
  readonly before: Position | undefined;
}

/**
 * The page with the positions of its cursors.
 * @throws BadUserInput for a cursor of another list, also of another project.
 */
export function branchPageOf(project: string, { size, backward, after, before }: Page): BranchPage {
  const positionOf = (path: string, cursor: string | undefined) =>
    cursor === undefined
      ? undefined
      : decodeCursor<[string, string]>(path, cursor, orderOf(project), BranchCursor);
  return { size, backward, after: positionOf("after", after), before: positionOf("before", before) };
}

/**
 * The loaders of one page of the branches of projects by the name of the project, and of one more branch if the list
 * continues. Newest first, ties by name. The statement reads all jobs of the projects, because it counts them.
 */
export function createBranchPageLoaders(db: Database): (page: BranchPage) => DataLoader<string, Branch[]> {
  return sharedByArguments((page) => createBranchPageLoader(db, page));
}

function createBranchPageLoader(db: Database, page: BranchPage): DataLoader<string, Branch[]> {
  const boundary = ([at, name]: Position, [ofTime, ofName]: readonly [string, string]) => {
    return sql<boolean>`(max(effective_at) ${sql.raw(ofTime)} ${at}::timestamptz
      or (max(effective_at) = ${at}::timestamptz and ${branchName} ${sql.raw(ofName)} ${name}))`;
  };
  const branchName = sql`coalesce(branch, '') collate "C"`;
  const bounds = andAll([
    page.after === undefined ? undefined : boundary(page.after, ["<", ">"]),
    page.before === undefined ? undefined : boundary(page.before, [">", "<"]),
  ]);
  const [ofTime, ofName] = page.backward ? [sql`asc`, sql`desc`] : [sql`desc`, sql`asc`];
  return new DataLoader(async (projects) => {
    const found = await rows(
      db,
      { name: "branches.list" },
      sql<Branch>`
      select project, name, "isDefault", "jobCount", "lastJobAt"
      from (
        select project, branch as name, count(*) as "jobCount", max(effective_at) as "lastJobAt",
          (array_agg(is_default_branch order by effective_at desc, id desc))[1] as "isDefault",
          row_number() over (
            partition by project order by max(effective_at) ${ofTime}, ${branchName} ${ofName}
          ) as number
        from jobs
        where project = any(${projects}::text[])
        group by project, branch
        having ${bounds}
      ) as branches
      where number <= ${page.size + 1}
      order by project, number`,
    );
    const byProject = Map.groupBy(found, ({ project }) => project);
    return projects.map((project) => byProject.get(project) ?? []);
  });
}

/** The numbers of branches of projects, by the name of the project. The jobs without a branch count as one branch. */
export function createBranchCountLoader(db: Database): DataLoader<string, number> {
  return new DataLoader(async (projects) => {
    const counts = await rows(
      db,
      { name: "branches.counts", prepared: true },
      sql<{ project: string; count: number }>`
      select project, count(distinct coalesce(branch, ''))
      from jobs
      where project = any(${projects}::text[])
      group by project`,
    );
    const byProject = new Map(counts.map(({ project, count }) => [project, count]));
    return projects.map((project) => byProject.get(project) ?? 0);
  });
}

/** A branch of a project; name null: the jobs without a branch. */
type BranchKey = Pick<Branch, "project" | "name">;

/**
 * The loaders of the newest members of branches; null: the branch has none. The statement goes from series to series of
 * each branch in idx_jobs_series, and reads the newest member of each. The histories are not read.
 */
export function createLatestJobOfBranchLoaders(
  db: Database,
): (conditions: LatestJobConditions) => DataLoader<BranchKey, Job | null, string> {
  return sharedByArguments((conditions) => createLatestJobOfBranchLoader(db, conditions));
}

function createLatestJobOfBranchLoader(
  db: Database,
  conditions: LatestJobConditions,
): DataLoader<BranchKey, Job | null, string> {
  const keyOf = ({ project, name }: BranchKey) => JSON.stringify([project, name ?? ""]);
  return new DataLoader(
    async (branches) => {
      const found = await rows(
        db,
        { name: "branches.latestJobs", prepared: true },
        sql<Job>`
        select distinct on (keys.project, keys.branch) newest.*
        from (select * from ${keysOf(branches)} as jobs where ${jobCondition(conditions)}) as keys
        cross join lateral (
          select ${wholeJob.list}
          from jobs
          where (${seriesKey("jobs")}) = (keys.project, keys.branch, keys.profile, keys.currency) and ${isMember("jobs")}
          order by jobs.effective_at desc, jobs.id desc
          limit 1
        ) as newest
        order by keys.project, keys.branch, newest."effectiveAt" desc, newest.id desc`,
      );
      const byBranch = new Map(
        found.map((job) => [keyOf({ project: job.project ?? "", name: job.branch }), job]),
      );
      return branches.map((branch) => byBranch.get(keyOf(branch)) ?? null);
    },
    { cacheKeyFn: keyOf },
  );
}

/** The keys of the series of branches, as a subquery. Each step reads one entry of idx_jobs_series. */
function keysOf(branches: readonly BranchKey[]): Sql<unknown> {
  const names = branches.map(({ name }) => name ?? "");
  const projects = branches.map(({ project }) => project);
  const nextKey = (branch: "asked" | "keys", condition: Sql<boolean>) => sql`
            (
              select coalesce(jobs.profile, '') as profile, jobs.currency
              from jobs
              where jobs.project = ${sql.ref(`${branch}.project`)}
                and coalesce(jobs.branch, '') = ${sql.ref(`${branch}.branch`)}
                and ${isMemberUnlessExcluded("jobs")} and ${condition}
              order by ${seriesKey("jobs")}
              limit 1
            )`;
  const isNext = sql<boolean>`(coalesce(jobs.profile, ''), jobs.currency) > (keys.profile, keys.currency)`;
  return sql`(
          with recursive asked as materialized (
            select * from unnest(${projects}::text[], ${names}::text[]) as asked (project, branch)
          ),
          keys as (
            select asked.*, key.* from asked cross join lateral ${nextKey("asked", sql`true`)} as key
            union all
            select keys.project, keys.branch, key.* from keys cross join lateral ${nextKey("keys", isNext)} as key
          )
          select * from keys
        )`;
}
