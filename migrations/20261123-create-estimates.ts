import { Migration } from "@mikro-orm/migrations";

/** The tables of stored estimates, and the indexes for all orders and filters of the API. */
export class CreateEstimates extends Migration {
  override up(): void {
    this.addSql(`create table "jobs" (
      "id" uuid not null,
      "created_at" timestamptz(3) not null default clock_timestamp(),
      "estimated_at" timestamptz(3) null,
      "user_id" text null,
      "project" text null,
      "branch" text null,
      "commit_sha" text null,
      "pull_request_url" text null,
      "profile" text null,
      "estimator" text null,
      "terraform_plan_hash" text null,
      "schema_version" text not null,
      "currency" text not null,
      "total_monthly_cost" numeric not null,
      "confidence_score" double precision null,
      "resource_count" int not null,
      "unpriced_resource_count" int not null,
      "labels" jsonb not null,
      "warnings" jsonb not null,
      primary key ("id"),
      constraint "jobs_profile_known" check (profile in ('DEV', 'STAGING', 'PROD'))
    )`);
    this.addSql('create index "idx_jobs_created" on "jobs" ("created_at", "id")');
    this.addSql('create index "idx_jobs_total" on "jobs" ("total_monthly_cost", "id")');
    this.addSql('create index "idx_jobs_user" on "jobs" ("user_id", "created_at", "id")');
    this.addSql('create index "idx_jobs_project" on "jobs" ("project", "created_at", "id")');
    this.addSql('create index "idx_jobs_branch" on "jobs" ("branch", "created_at", "id")');
    this.addSql('create index "idx_jobs_profile" on "jobs" ("profile", "created_at", "id")');
    this.addSql('create index "idx_jobs_plan" on "jobs" ("terraform_plan_hash", "created_at", "id")');
    this.addSql('create index "idx_jobs_currency" on "jobs" ("currency", "created_at", "id")');
    this.addSql(`create index "idx_jobs_series" on "jobs"
      ("project", coalesce("branch", ''), coalesce("profile", ''), "currency", "created_at", "id")
      where "project" is not null`);

    this.addSql(`create table "cost_results" (
      "job_id" uuid not null,
      "cost_rank" int not null,
      "position" int not null,
      "resource_id" text not null,
      "resource_type" text not null,
      "service" text not null,
      "region" text not null,
      "total_monthly_cost" numeric null,
      "compute_cost" numeric not null,
      "storage_cost" numeric not null,
      "network_cost" numeric not null,
      "other_cost" numeric not null,
      "confidence_score" double precision null,
      "cost_drivers" jsonb not null,
      "assumptions" jsonb not null,
      "tags" jsonb not null,
      primary key ("job_id", "cost_rank"),
      constraint "cost_results_job_id_foreign" foreign key ("job_id")
        references "jobs" ("id") on update no action on delete cascade
    )`);
    this.addSql('create index "idx_cost_results_cost" on "cost_results" ("total_monthly_cost")');

    this.addSql(`create table "service_costs" (
      "job_id" uuid not null,
      "service" text not null,
      "total_monthly_cost" numeric not null,
      "resource_count" int not null,
      "unpriced_resource_count" int not null,
      primary key ("job_id", "service"),
      constraint "service_costs_job_id_foreign" foreign key ("job_id")
        references "jobs" ("id") on update no action on delete cascade
    )`);

    this.addSql(`create table "region_costs" (
      "job_id" uuid not null,
      "region" text not null,
      "total_monthly_cost" numeric not null,
      "resource_count" int not null,
      "unpriced_resource_count" int not null,
      "services" jsonb not null,
      primary key ("job_id", "region"),
      constraint "region_costs_job_id_foreign" foreign key ("job_id")
        references "jobs" ("id") on update no action on delete cascade
    )`);

    this.addSql(`create table "idempotency_keys" (
      "key" text not null,
      "job_id" uuid not null,
      "request_hash" bytea not null,
      "created_at" timestamptz(3) not null default clock_timestamp(),
      primary key ("key")
    )`);
    this.addSql('create index "idx_idempotency_keys_job" on "idempotency_keys" ("job_id")');
  }

  override down(): void {
    for (const table of ["idempotency_keys", "region_costs", "service_costs", "cost_results", "jobs"]) {
      this.addSql(`drop table "${table}"`);
    }
  }
}
