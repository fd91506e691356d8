import { Migration } from "@mikro-orm/migrations";

const READER = "results_storage_reader";

/** Fails with the statements for an administrator. */
const REFUSE_SCHEMA = `raise exception 'The schema reporting cannot be created or used by %. Let an administrator run: '
        'create schema reporting authorization % (or: alter schema reporting owner to %)',
        current_user, quote_ident(current_user), quote_ident(current_user)
        using errcode = 'insufficient_privilege'`;

/** The columns of reporting.jobs and reporting.latest_jobs with their expressions. */
const JOB_COLUMNS: readonly Column[] = [
  ["job_id", "jobs.id"],
  ["created_at", "jobs.created_at"],
  ["estimated_at", "jobs.estimated_at"],
  ["effective_at", "jobs.effective_at"],
  ["user_id", "jobs.user_id"],
  ["project", "jobs.project"],
  ["branch", "jobs.branch"],
  ["is_default_branch", "jobs.is_default_branch"],
  ["commit_sha", "jobs.commit_sha"],
  ["commit_url", "jobs.commit_url"],
  ["committed_at", "jobs.committed_at"],
  ["commit_message", "jobs.commit_message"],
  ["commit_author", "jobs.commit_author"],
  ["pull_request_url", "jobs.pull_request_url"],
  ["pull_request_title", "jobs.pull_request_title"],
  ["target_branch", "jobs.target_branch"],
  ["run_id", "jobs.run_id"],
  ["run_url", "jobs.run_url"],
  ["profile", "lower(jobs.profile)"],
  ["estimator", "jobs.estimator"],
  ["terraform_plan_hash", "jobs.terraform_plan_hash"],
  ["currency", "jobs.currency"],
  ["total_monthly_cost", "jobs.total_monthly_cost"],
  ["confidence_score", "jobs.confidence_score"],
  ["resource_count", "jobs.resource_count"],
  ["unpriced_resource_count", "jobs.unpriced_resource_count"],
  ["unsupported_resource_count", "jobs.unsupported_resource_count"],
  ["is_complete", "jobs.is_complete"],
  ["is_excluded", isExcluded("jobs")],
  ["labels", "jobs.labels"],
];

const RESOURCE_COLUMNS: readonly Column[] = [
  ["job_id", "cost_results.job_id"],
  ["cost_rank", "cost_results.cost_rank"],
  ["effective_at", "jobs.effective_at"],
  ["project", "jobs.project"],
  ["branch", "jobs.branch"],
  ["profile", "lower(jobs.profile)"],
  ["resource_id", "cost_results.resource_id"],
  ["resource_type", "cost_results.resource_type"],
  ["service", "cost_results.service"],
  ["region", "cost_results.region"],
  ["currency", "jobs.currency"],
  ["total_monthly_cost", "cost_results.total_monthly_cost"],
  ["compute_cost", "cost_results.compute_cost"],
  ["storage_cost", "cost_results.storage_cost"],
  ["network_cost", "cost_results.network_cost"],
  ["other_cost", "cost_results.other_cost"],
  ["confidence_score", "cost_results.confidence_score"],
  ["tags", "cost_results.tags"],
];

type Column = readonly [name: string, expression: string];

/** The conditions are those of idx_jobs_current. */
const IS_ON_DEFAULT_BRANCH = "jobs.project is not null and jobs.is_complete and jobs.is_default_branch";

const KEY = "jobs.project, coalesce(jobs.profile, ''), jobs.currency";

/** Whether a job is excluded: its last record excludes it. */
function isExcluded(jobs: string): string {
  return `exists (
    select from job_exclusions as exclusion
    where exclusion.job_id = ${jobs}.id and exclusion.is_excluded and not exists (
      select from job_exclusions as later
      where later.job_id = exclusion.job_id and later.number > exclusion.number
    )
  )`;
}

function selectList(columns: readonly Column[]): string {
  return columns.map(([name, expression]) => `${expression} as ${name}`).join(",\n    ");
}

/**
 * Views for Grafana, Metabase and Power BI in a schema of their own, and a role that may only read these views
 * (docs/operations/reporting.md). The tables can change; the columns of the views are a contract.
 */
export class Reporting extends Migration {
  override up(): void {
    this.#createRole();
    this.#createSchema();
    this.#createView("jobs", "All stored jobs.", `select ${selectList(JOB_COLUMNS)} from jobs`);
    this.#createView(
      "resources",
      "The resources of all stored jobs.",
      `select ${selectList(RESOURCE_COLUMNS)}
       from cost_results
       join jobs on jobs.id = cost_results.job_id and jobs.shard_key = cost_results.shard_key`,
    );
    this.#createView(
      "latest_jobs",
      "The current job of each project, usage profile and currency: the jobs of all totals.",
      this.#latestJobs(),
    );
    this.#checkGrants();
  }

  /** The role is kept: other databases of the cluster may use it. A schema with views of others is kept too. */
  override down(): void {
    this.addSql("drop view reporting.latest_jobs, reporting.resources, reporting.jobs");
    this.addSql(`do $$ begin
      execute 'revoke usage on schema reporting from ${READER}';
      drop schema reporting;
    exception when dependent_objects_still_exist or insufficient_privilege then null;
    end $$`);
  }

  /** Roles belong to the cluster: another database may have created it, or may create it at the same time. */
  #createRole(): void {
    this.addSql(`do $$ begin
      if not exists (select from pg_roles where rolname = '${READER}') then
        create role ${READER} nologin;
      end if;
    exception
      when duplicate_object or unique_violation then null;
      when insufficient_privilege then
        raise exception 'The role ${READER} does not exist, and % may not create it. Let an administrator run: '
          'create role ${READER} nologin', current_user
          using errcode = 'insufficient_privilege';
    end $$`);
  }

  /** Views have the privileges of their owner, so that the role needs none on the tables. */
  #createSchema(): void {
    this.addSql(`do $$ begin
      if to_regnamespace('reporting') is null then
        create schema reporting;
      elsif not has_schema_privilege('reporting', 'create') then
        raise insufficient_privilege;
      end if;
    exception when insufficient_privilege then
      ${REFUSE_SCHEMA};
    end $$`);
    this.addSql(`grant usage on schema reporting to ${READER}`);
  }

  #createView(name: string, description: string, query: string): void {
    const view = `reporting.${name}`;
    this.addSql(`create view ${view} as ${query}`);
    this.addSql(`comment on view ${view} is '${description}'`);
    this.addSql(`grant select on ${view} to ${READER}`);
  }

  /** GRANT by a role that may not grant is a warning, not an error. */
  #checkGrants(): void {
    this.addSql(`do $$ begin
      if not has_schema_privilege('${READER}', 'reporting', 'usage') or exists (
        select from unnest('{jobs,resources,latest_jobs}'::text[]) as view
        where not has_table_privilege('${READER}', 'reporting.' || view, 'select')
      ) then
        ${REFUSE_SCHEMA};
      end if;
    end $$`);
  }

  /**
   * The rule of jobs/current-jobs.sql.ts for now, without a filter. The query goes from project to project and from key
   * to key in idx_jobs_current, so that the work does not grow with the histories of the projects.
   */
  #latestJobs(): string {
    const next = (project: string, condition: string) => `(
        select jobs.project, coalesce(jobs.profile, '') as profile, jobs.currency
        from jobs
        where jobs.project = ${project} and ${IS_ON_DEFAULT_BRANCH} and ${condition}
        order by ${KEY}
        limit 1
      )`;
    const nextProject = (condition: string) => `(
        select jobs.project from jobs where ${IS_ON_DEFAULT_BRANCH} and ${condition} order by jobs.project limit 1
      )`;
    return `
    with recursive projects as (
      ${nextProject("true")}
      union all
      select next.* from projects cross join lateral ${nextProject("jobs.project > projects.project")} as next
    ),
    keys as (
      select key.* from projects cross join lateral ${next("projects.project", "true")} as key
      union all
      select key.*
      from keys cross join lateral ${next("keys.project", "(coalesce(jobs.profile, ''), jobs.currency) > (keys.profile, keys.currency)")} as key
    )
    select ${selectList(JOB_COLUMNS)}
    from keys
    cross join lateral (
      select jobs.*
      from jobs
      where (${KEY}) = (keys.project, keys.profile, keys.currency) and ${IS_ON_DEFAULT_BRANCH}
        and not ${isExcluded("jobs")}
        and jobs.effective_at < statement_timestamp()::timestamptz(3) + interval '1 millisecond'
      order by jobs.effective_at desc, jobs.id desc
      limit 1
    ) as jobs`;
  }
}
