import type { Database } from "../database/database.ts";
import { andAll, rows, type Sql, sql } from "../database/sql.ts";
import {
  type CurrentJobs,
  currentJobsAt,
  isCandidate,
  isMatchBefore,
  isOnCountedBranch,
  isSelected,
  justAfter,
  momentOf,
  projectsBefore,
} from "../jobs/current-jobs.sql.ts";

/** The codes of warnings about a portfolio. */
export type PortfolioWarningCode =
  | "NO_DEFAULT_BRANCH"
  | "INCOMPLETE_JOB"
  | "SEVERAL_PROFILES"
  | "SEVERAL_CURRENCIES"
  | "NO_PROJECT";

/** The projects, or the jobs without a project, that a warning is about. */
export interface WarningRow {
  readonly code: PortfolioWarningCode;
  /** Of jobs without a project, at most one more than MAX_COUNTED_JOBS. */
  readonly count: number;
  /** The first names of projects. */
  readonly projects: readonly string[];
}

/** The number of names in a message. */
export const NAMED_PROJECTS = 10;

/** More jobs without a project than this are not counted. */
export const MAX_COUNTED_JOBS = 1_000;

/**
 * The projects that count more than once, not at all, or with an older job, and the jobs without a project.
 *
 * The work grows with the projects: the lookups for a project with a current job begin at that job, and those for
 * another project end at the first job.
 * @throws BadUserInput for a filter with text that PostgreSQL cannot store.
 */
export function readWarnings(db: Database, current: CurrentJobs, asOf: Date): Promise<WarningRow[]> {
  const before = justAfter(momentOf(asOf));
  const isMatch = isMatchBefore(current, before);
  const branch = isOnCountedBranch(current);
  const isFailed = andAll([sql`not jobs.is_complete`, branch, isMatch]);
  const hasJob = (condition: Sql<boolean>) =>
    sql<boolean>`exists (select from jobs where jobs.project = named.project and ${condition})`;
  const selected = isSelected(current.filter);
  const isElsewhere =
    branch === undefined
      ? undefined
      : andAll([sql`jobs.is_complete`, sql`not jobs.is_default_branch`, isMatch, selected]);
  return rows(
    db,
    { name: "portfolio.warnings" },
    sql<WarningRow>`
    with counted as materialized (
      select id, project, profile, currency, effective_at, max(effective_at) over (partition by project) as newest
      from ${currentJobsAt(current, asOf)} as jobs
    ),
    missing as materialized (
      select named.project,
        ${isElsewhere === undefined ? sql`false` : hasJob(isElsewhere)} as is_elsewhere,
        ${hasJob(andAll([isFailed, selected]))} as has_failed
      from ${projectsBefore(current, before)} as named
      where named.project not in (select project from counted)
        and not ${hasJob(andAll([isCandidate(current), isMatch]))}
    ),
    found as (
      select 'NO_DEFAULT_BRANCH' as code, project from missing where is_elsewhere
      union all
      select 'INCOMPLETE_JOB', project from missing where has_failed
      union all
      select distinct 'INCOMPLETE_JOB', project
      from counted
      where exists (
        select from jobs
        where jobs.project = counted.project and jobs.effective_at >= counted.effective_at
          and (jobs.effective_at, jobs.id) > (counted.effective_at, counted.id)
          and (
            jobs.effective_at > counted.newest
            or (jobs.profile is not distinct from counted.profile and jobs.currency = counted.currency)
          )
          and ${isFailed}
      )
      union all
      select 'SEVERAL_PROFILES', project from counted group by project having count(distinct coalesce(profile, '')) > 1
      union all
      select 'SEVERAL_CURRENCIES', project from counted group by project having count(distinct currency) > 1
    )
    select code, count(*)::int as count, (array_agg(project order by project collate "C"))[1:${sql.lit(NAMED_PROJECTS)}] as projects
    from found
    group by code
    union all
    select 'NO_PROJECT', count(*)::int, '{}'
    from (
      select from jobs
      where jobs.project is null and jobs.is_complete and ${isMatch} and ${selected}
      limit ${sql.lit(MAX_COUNTED_JOBS + 1)}
    ) as alone
    having count(*) > 0`,
  );
}
