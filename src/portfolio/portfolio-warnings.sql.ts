import type { Database } from "../database/database.ts";
import { andAll, rows, type Sql, sql } from "../database/sql.ts";
import {
  type CurrentJobs,
  currentJobsAt,
  isCandidate,
  isMatchBefore,
  isSelected,
  justAfter,
  momentOf,
  newestIncompleteJobs,
  projectsBefore,
} from "../jobs/current-jobs.sql.ts";
import { isMemberUnlessExcluded } from "../jobs/series.sql.ts";

/** The codes of warnings about a portfolio. */
export type PortfolioWarningCode =
  | "NO_DEFAULT_BRANCH"
  | "NO_BRANCH"
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
 * The work grows with the projects and with the incomplete jobs: a lookup for a project with a candidate ends at that
 * job, and one for another project at the first job on another branch.
 * @throws BadUserInput for a filter with text that PostgreSQL cannot store.
 */
export function readWarnings(db: Database, current: CurrentJobs, asOf: Date): Promise<WarningRow[]> {
  const before = justAfter(momentOf(asOf));
  const isMatch = isMatchBefore(current, before);
  // Without OFFSET 0, PostgreSQL may read all jobs to find the projects of few.
  const hasJob = (projects: string, ...conditions: readonly Sql<boolean>[]) =>
    sql<boolean>`exists (
          select from jobs where jobs.project = ${sql.ref(`${projects}.project`)} and ${andAll([...conditions, isMatch])} offset 0
        )`;
  const selected = isSelected(current.filter);
  const isOnBranch = isMemberUnlessExcluded("jobs");
  return rows(
    db,
    { name: "portfolio.warnings" },
    sql<WarningRow>`
    with counted as materialized (
      select project, profile, currency from ${currentJobsAt(current, asOf)} as jobs
    ),
    missing as materialized (
      select named.project, ${hasJob("named", isOnBranch, selected)} as is_elsewhere
      from ${projectsBefore(current, before)} as named
      where named.project not in (select project from counted) and not ${hasJob("named", isCandidate(current))}
    ),
    found as (
      select 'NO_DEFAULT_BRANCH' as code, project from missing where is_elsewhere
      union all
      select 'NO_BRANCH', project
      from missing
      where not is_elsewhere and ${hasJob("missing", sql`jobs.is_complete and not (${isOnBranch})`, selected)}
      union all
      select distinct 'INCOMPLETE_JOB', project from ${newestIncompleteJobs(current, asOf)} as incomplete
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
