import { Migration } from "@mikro-orm/migrations";

const SERVER = "results_storage_server";
const RETENTION = "results_storage_retention";

/**
 * The origin and the completeness of a job, the order of a series by the time of the estimate, and the exclusion of
 * jobs. ALTER TABLE fires no trigger of a row or of a statement, so that the triggers stay.
 */
export class CorrectHistory extends Migration {
  override up(): void {
    this.#addColumns();
    this.#createExclusions();
  }

  override down(): void {
    this.addSql('drop table "job_exclusions"');
    this.addSql('drop index "idx_jobs_series"');
    this.addSql('drop index "idx_jobs_current"');
    for (const column of [
      ...[
        "effective_at",
        "is_complete",
        "is_default_branch",
        "stated_complete",
        "unsupported_resource_count",
      ],
      ...["stated_default_branch", "run_id", "run_url", "commit_url", "committed_at", "commit_message"],
      ...["commit_author", "pull_request_title", "target_branch"],
    ]) {
      this.addSql(`alter table "jobs" drop column "${column}"`);
    }
    this.addSql(`create index "idx_jobs_series" on "jobs"
      ("project", coalesce("branch", ''), coalesce("profile", ''), "currency", "created_at", "id")
      where "project" is not null`);
  }

  #addColumns(): void {
    this.addSql(`alter table "jobs"
      add column "stated_complete" boolean null,
      add column "unsupported_resource_count" int null,
      add column "stated_default_branch" boolean null,
      add column "run_id" text null,
      add column "run_url" text null,
      add column "commit_url" text null,
      add column "committed_at" timestamptz(3) null,
      add column "commit_message" text null,
      add column "commit_author" text null,
      add column "pull_request_title" text null,
      add column "target_branch" text null`);
    this.addSql(`alter table "jobs"
      add column "effective_at" timestamptz(3) not null generated always as
        (case when estimated_at <= created_at then estimated_at else created_at end) stored,
      add column "is_complete" boolean not null generated always as
        (coalesce(stated_complete, true) and not warnings @> '[{"code": "PROJECT_ERROR"}]') stored,
      add column "is_default_branch" boolean not null generated always as
        (coalesce(stated_default_branch, pull_request_url is null
          and (branch is null or branch in ('main', 'master', 'trunk')))) stored`);
    this.addSql('drop index "idx_jobs_series"');
    this.addSql(`create index "idx_jobs_series" on "jobs"
      ("project", coalesce("branch", ''), coalesce("profile", ''), "currency", "effective_at", "id")
      where "project" is not null and "is_complete" and ("branch" is not null or "is_default_branch")`);
    this.addSql(`create index "idx_jobs_current" on "jobs"
      ("project", coalesce("profile", ''), "currency", "effective_at", "id")
      where "project" is not null and "is_complete" and "is_default_branch"`);
  }

  /** The table is protected like the parts of a job: rows are only added, and deleted with their job. */
  #createExclusions(): void {
    this.addSql(`create table "job_exclusions" (
      "job_id" uuid not null,
      "number" int not null,
      "is_excluded" boolean not null,
      "reason" text null,
      "user_id" text null,
      "created_at" timestamptz(3) not null default clock_timestamp(),
      primary key ("job_id", "number"),
      constraint "job_exclusions_job_id_foreign" foreign key ("job_id")
        references "jobs" ("id") on update no action on delete cascade
    )`);
    this.addSql(`create trigger refuse_change before update or truncate on "job_exclusions"
      for each statement execute function refuse_change()`);
    this.addSql(`create trigger refuse_delete after delete on "job_exclusions" referencing old table as removed
      for each statement execute function refuse_delete_of_part()`);
    this.addSql(`grant select, insert on "job_exclusions" to ${SERVER}`);
    this.addSql(`grant select on "job_exclusions" to ${RETENTION}`);
  }
}
