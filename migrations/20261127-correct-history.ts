import { Migration } from "@mikro-orm/migrations";

const SERVER = "results_storage_server";
const RETENTION = "results_storage_retention";

/** The tables whose rows are inserted and deleted with their job, before this migration. */
const PARTS = ["cost_results", "service_costs", "region_costs"];

/** The tables with the rows of a job, and the columns that identify a row, without the shard key. */
const KEYS = {
  jobs: ["id"],
  cost_results: ["job_id", "cost_rank"],
  service_costs: ["job_id", "service"],
  region_costs: ["job_id", "region"],
  purged_jobs: ["job_id"],
};

/**
 * The shard key of a row with a project and the id of a job: the first 15 bits of SHA-256 of the project. Without a
 * project, it is the last 15 bits of the id, which are random in ids of version 7.
 */
function shardKey(project: string, id: string): string {
  const hash = `sha256(convert_to(${project}, 'UTF8'))`;
  return `(case
    when ${project} is null then get_byte(uuid_send(${id}), 14) % 128 * 256 + get_byte(uuid_send(${id}), 15)
    else get_byte(${hash}, 0) * 128 + get_byte(${hash}, 1) / 2
  end)::smallint`;
}

/** The columns that sealed form 1 does not have. */
const NOT_IN_FORM_1 = `stated_complete, unsupported_resource_count, stated_default_branch, run_id, run_url, commit_url,
  committed_at, commit_message, commit_author, pull_request_title, target_branch`;

/**
 * The origin and the completeness of a job, the order of a series by the time of the estimate, the exclusion of jobs,
 * and the shard key of every row of a job. ALTER TABLE fires no trigger of a row or of a statement, so that the
 * triggers stay enabled. The keys are dropped first and created last, so that each table and each index is written
 * once.
 */
export class CorrectHistory extends Migration {
  override async up(): Promise<void> {
    const schema = await this.#schema();
    this.#lockTables();
    this.#refuseOrphanParts();
    this.#dropKeys();
    this.#createShardKeys();
    this.#addColumns();
    this.#fillShardKeys();
    this.#createKeys("idx_cost_results_job", ["shard_key"]);
    this.#createExclusions();
    this.#sealExclusions();
    this.#indexFilters();
    this.#protectParts(schema, ["shard_key"]);
    this.#recordPurgedJobs(schema, ["shard_key"]);
    this.#fillMissingShardKeys(schema);
    this.#refuseOldForm(schema);
    this.#refuseForgedTimes(schema);
    this.#analyze();
  }

  override async down(): Promise<void> {
    const schema = await this.#schema();
    this.#lockTables();
    this.#refuseLosses();
    this.addSql('alter table "seals" drop constraint "seals_kind_known"');
    this.addSql(`alter table "seals" add constraint "seals_kind_known" check (kind in ('SEALED', 'PURGED'))`);
    this.addSql('alter table "seals" drop constraint "seals_job_id_kind_number_unique"');
    this.addSql('alter table "seals" drop constraint "seals_number_of_exclusion"');
    this.addSql('alter table "seals" drop column "number"');
    this.addSql('alter table "seals" add constraint "seals_job_id_kind_unique" unique ("job_id", "kind")');
    this.addSql("drop function refuse_old_form() cascade");
    this.addSql("drop function refuse_forged_record() cascade");
    this.addSql("drop function refuse_future_job() cascade");
    this.addSql('drop table "job_exclusions"');
    this.#protectParts(schema, []);
    this.#recordPurgedJobs(schema, []);
    // CASCADE drops the triggers too.
    this.addSql("drop function fill_shard_key() cascade");
    this.addSql("drop function fill_shard_key_of_part() cascade");
    this.#dropKeys();
    for (const table of Object.keys(KEYS)) this.addSql(`alter table "${table}" drop column "shard_key"`);
    this.#createKeys("cost_results_pkey", []);
    this.addSql('drop index "idx_jobs_series"');
    // The other indexes of the filters are dropped with their columns.
    this.addSql(
      'drop index "idx_jobs_commit", "idx_jobs_pull_request", "idx_jobs_project_prefix", "idx_jobs_labels"',
    );
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

  /** Autovacuum does not notice a new column. An empty table stays without statistics, which would say "always empty". */
  #analyze(): void {
    this.addSql("do $$ begin if exists (select from jobs) then analyze jobs; end if; end $$");
  }

  /** The schema of the tables, quoted for SQL. */
  async #schema(): Promise<string> {
    const [row] = await this.execute("select quote_ident(current_schema()) as schema");
    if (row === undefined) throw new Error("PostgreSQL does not say which schema is the current one.");
    return row.schema;
  }

  /** In the order in which a store uses the tables: otherwise, a store by a running server could deadlock. */
  #lockTables(): void {
    this.addSql(`lock table ${Object.keys(KEYS).join()} in access exclusive mode`);
  }

  /**
   * A part without a job has no shard key. A superuser can cause it, by a deletion without triggers. The message has the
   * advice, because commands print only the message of an error.
   */
  #refuseOrphanParts(): void {
    const orphans = PARTS.map(
      (part) =>
        `select job_id from ${part} as part where not exists (select from jobs where id = part.job_id)`,
    );
    this.addSql(`do $$
    declare
      orphans text;
    begin
      select string_agg(job_id::text, ', ' order by job_id) into orphans
      from (
        select job_id from (${orphans.join(" union ")}) as orphan order by job_id limit 5
      ) as first;
      if orphans is not null then
        raise exception 'The migration is refused: ${PARTS.join(", ")} have rows of jobs that do not exist; the first jobs are: %. Run "results-storage verify" of the previous version, then restore these jobs from a backup, or delete the rows as the owner of the tables (docs/operations/deploy.md)', orphans
          using errcode = 'restrict_violation';
      end if;
    end $$`);
  }

  /** The version before cannot verify seals of this version, also not after another `up`, and has no exclusions. */
  #refuseLosses(): void {
    this.addSql(`do $$ begin
      if exists (select from seals where kind = 'EXCLUSION' or form > 1) then
        raise exception 'The migration cannot be reverted: the chain has seals of this version, which the version before cannot verify. Restore a dump from before the upgrade instead'
          using errcode = 'restrict_violation';
      end if;
      if exists (select from job_exclusions) then
        raise exception 'The migration cannot be reverted: it would delete the records of exclusions (job_exclusions). Restore a dump from before the upgrade instead'
          using errcode = 'restrict_violation';
      end if;
    end $$`);
  }

  /** Drops the primary and foreign keys of the job's tables by their kind: `up` and `down` find different names. */
  #dropKeys(): void {
    const tables = Object.keys(KEYS).map((table) => `'${table}'::regclass`);
    this.addSql(`do $$
    declare
      key record;
    begin
      for key in
        select conrelid::regclass as "table", conname as name from pg_constraint
        where contype in ('p', 'f') and confrelid <> 'purges'::regclass and conrelid in (${tables.join()})
        order by contype
      loop
        execute format('alter table %s drop constraint %I', key."table", key.name);
      end loop;
    end $$`);
  }

  /**
   * @param nameOfCostResults the name of the primary key of cost_results, which serves look-ups by job.
   * @param shardKey the last columns of each key.
   */
  #createKeys(nameOfCostResults: string, shardKey: readonly string[]): void {
    for (const [table, columns] of Object.entries(KEYS)) {
      const name = table === "cost_results" ? nameOfCostResults : `${table}_pkey`;
      this.addSql(
        `alter table "${table}" add constraint "${name}" primary key (${[...columns, ...shardKey].join()})`,
      );
    }
    for (const part of PARTS) {
      const columns = ["job_id", ...shardKey];
      this.addSql(`alter table "${part}" add constraint "${[part, ...columns].join("_")}_foreign"
        foreign key (${columns.join()}) references "jobs" (${["id", ...shardKey].join()})
        on update no action on delete cascade`);
    }
  }

  #createShardKeys(): void {
    for (const table of Object.keys(KEYS)) {
      this.addSql(`alter table "${table}" add column "shard_key" smallint null`);
    }
  }

  /**
   * The rows of `jobs` have the value since #addColumns. A new type with USING rewrites the table. UPDATE would leave
   * a dead copy of each row, and would require that the triggers are disabled.
   */
  #fillShardKeys(): void {
    this.addSql(`alter table "purged_jobs"
      alter column "shard_key" type smallint using ${shardKey("project", "job_id")},
      alter column "shard_key" set not null`);
    // PL/pgSQL keeps the plan of the look-up. A USING clause cannot have a subquery.
    this.addSql(`create function pg_temp.shard_key_of_job(job uuid) returns smallint language plpgsql stable as $$
      begin
        return (select shard_key from jobs where id = job);
      end $$`);
    this.addSql('create unique index "jobs_by_id" on "jobs" ("id") include ("shard_key")');
    for (const part of PARTS) {
      this.addSql(`alter table "${part}"
        alter column "shard_key" type smallint using pg_temp.shard_key_of_job(job_id),
        alter column "shard_key" set not null`);
    }
    this.addSql('drop index "jobs_by_id"');
    this.addSql("drop function pg_temp.shard_key_of_job(uuid)");
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
    this.addSql('drop index "idx_jobs_series"');
    this.addSql(`alter table "jobs"
      add column "effective_at" timestamptz(3) not null generated always as
        (case when estimated_at <= created_at then estimated_at else created_at end) stored,
      add column "is_complete" boolean not null generated always as
        (coalesce(stated_complete, true) and not warnings @> '[{"code": "PROJECT_ERROR"}]') stored,
      add column "is_default_branch" boolean not null generated always as
        (coalesce(stated_default_branch, pull_request_url is null
          and (branch is null or branch in ('main', 'master', 'trunk')))) stored,
      alter column "shard_key" type smallint using ${shardKey("project", "id")},
      alter column "shard_key" set not null`);
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
      "shard_key" smallint not null,
      primary key ("job_id", "number", "shard_key"),
      constraint "job_exclusions_reason_given" check (reason is not null or not is_excluded),
      constraint "job_exclusions_number_positive" check (number > 0),
      constraint "job_exclusions_job_id_shard_key_foreign" foreign key ("job_id", "shard_key")
        references "jobs" ("id", "shard_key") on update no action on delete cascade
    )`);
    this.addSql(
      'create index "idx_job_exclusions_created" on "job_exclusions" ("created_at", "job_id", "number")',
    );
    this.addSql(`create trigger refuse_change before update or truncate on "job_exclusions"
      for each statement execute function refuse_change()`);
    this.addSql(`create trigger refuse_delete after delete on "job_exclusions" referencing old table as removed
      for each statement execute function refuse_delete_of_part()`);
    this.addSql(`grant select, insert on "job_exclusions" to ${SERVER}`);
    this.addSql(`grant select on "job_exclusions" to ${RETENTION}`);
  }

  /** The chain has an entry for each record of an exclusion. The entries that exist have the number 0. */
  #sealExclusions(): void {
    this.addSql('alter table "seals" add column "number" int not null default 0');
    this.addSql('alter table "seals" drop constraint "seals_kind_known"');
    this.addSql(
      `alter table "seals" add constraint "seals_kind_known" check (kind in ('SEALED', 'PURGED', 'EXCLUSION'))`,
    );
    this.addSql(`alter table "seals" add constraint "seals_number_of_exclusion"
      check ((kind = 'EXCLUSION') = (number > 0) and number >= 0)`);
    this.addSql('alter table "seals" drop constraint "seals_job_id_kind_unique"');
    this.addSql(
      'alter table "seals" add constraint "seals_job_id_kind_number_unique" unique ("job_id", "kind", "number")',
    );
  }

  #indexFilters(): void {
    for (const [name, definition] of [
      ["idx_jobs_default_branch", '("is_default_branch", "created_at", "id")'],
      ["idx_jobs_incomplete", '("created_at", "id") where not "is_complete"'],
      ["idx_jobs_commit", '("commit_sha", "created_at", "id") where "commit_sha" is not null'],
      ["idx_jobs_pull_request", 'using hash ("pull_request_url")'],
      ["idx_jobs_run", '("run_id", "created_at", "id") where "run_id" is not null'],
      ["idx_jobs_project_prefix", '("project" collate "C")'],
      ["idx_jobs_labels", 'using gin ("labels") with (fastupdate = off)'],
      ["idx_jobs_effective", '("effective_at", "id")'],
      ["idx_jobs_project_effective", '("project", "effective_at", "id")'],
    ]) {
      this.addSql(`create index "${name}" on "jobs" ${definition}`);
    }
  }

  /**
   * The functions of the triggers in 20261125-1-protect-estimates.ts, which explains them.
   * @param shardKey the columns that a part and its job have in common, besides the id of the job.
   */
  #protectParts(schema: string, shardKey: readonly string[]): void {
    const columns = ["job_id", ...shardKey].join(", ");
    const isJobOfPart = [
      "jobs.id = part.job_id",
      ...shardKey.map((column) => `jobs.${column} = part.${column}`),
    ].join(" and ");
    const asOwner = `security definer set search_path = ${schema}, pg_temp`;
    this.addSql(`create or replace function refuse_delete_of_part() returns trigger language plpgsql ${asOwner} as $$ begin
      if exists (select from removed as part join jobs on ${isJobOfPart}) then
        raise exception 'DELETE of % is refused: they go with their job, never alone', tg_table_name
          using errcode = 'restrict_violation', hint = 'Old jobs go with: results-storage purge';
      end if;
      return null;
    end $$`);
    this.addSql(`create or replace function refuse_late_part() returns trigger language plpgsql ${asOwner} as $$
    declare
      part record;
    begin
      for part in select distinct ${columns} from added loop
        perform from jobs where ${isJobOfPart} and xmin = pg_current_xact_id()::xid;
        if not found then
          raise exception 'INSERT into % is refused: the job % is stored already', tg_table_name, part.job_id
            using errcode = 'restrict_violation', hint = 'A job and its parts are stored in one transaction';
        end if;
      end loop;
      return null;
    end $$`);
  }

  /** @param shardKey the columns of a removed job that are recorded too. */
  #recordPurgedJobs(schema: string, shardKey: readonly string[]): void {
    const columns = shardKey.map((column) => `, ${column}`).join("");
    this.addSql(`create or replace function record_purged_jobs() returns trigger language plpgsql
    security definer set search_path = ${schema}, pg_temp as $$
    declare
      purge uuid := nullif(current_setting('results_storage.purge', true), '');
    begin
      if not exists (select from purges where id = purge and database_login = session_user) then
        raise exception 'DELETE of jobs is refused: it belongs to no purge of %', session_user
          using errcode = 'restrict_violation', hint = 'Old jobs go with: results-storage purge';
      end if;
      insert into purged_jobs (job_id, purge_id, project, created_at${columns})
        select id, purge, project, created_at${columns} from removed;
      return null;
    end $$`);
  }

  /**
   * Servers of the previous version do not write the column, and may run beside this version. A row with a value does
   * not call the function. ALWAYS: logical replication from an older database needs the value too.
   */
  #fillMissingShardKeys(schema: string): void {
    const path = `set search_path = ${schema}, pg_temp`;
    this.addSql(`create function fill_shard_key() returns trigger language plpgsql ${path} as $$ begin
      new.shard_key := ${shardKey("new.project", "new.id")};
      return new;
    end $$`);
    this.addSql(`create function fill_shard_key_of_part() returns trigger language plpgsql ${path} as $$ begin
      new.shard_key := (select shard_key from jobs where id = new.job_id);
      return new;
    end $$`);
    for (const table of ["jobs", ...PARTS, "job_exclusions"]) {
      const name = table === "jobs" ? "fill_shard_key" : "fill_shard_key_of_part";
      this.addSql(`create trigger fill_shard_key before insert on "${table}"
        for each row when (new.shard_key is null) execute function ${name}()`);
      this.addSql(`alter table "${table}" enable always trigger fill_shard_key`);
    }
  }

  /**
   * A server of the previous version may run beside this version, and seals in form 1. The seal of a job with values
   * that form 1 does not have would be wrong. A server of this version seals the job.
   */
  #refuseOldForm(schema: string): void {
    this.addSql(`create function refuse_old_form() returns trigger language plpgsql
    set search_path = ${schema}, pg_temp as $$ begin
      if exists (select from jobs where id = new.job_id and num_nonnulls(${NOT_IN_FORM_1}) > 0) then
        raise exception 'The seal is refused: form % does not have all columns of job %', new.form, new.job_id
          using errcode = 'restrict_violation', hint = 'A server of the newer version seals the job';
      end if;
      return new;
    end $$`);
    this.addSql(`create trigger refuse_old_form before insert on "seals"
      for each row when (new.form = 1 and new.kind = 'SEALED') execute function refuse_old_form()`);
  }

  /**
   * The role of the server may set every column. A job or a record with a future time would count at once, and would be
   * sealed only at that time. A record that leaves out numbers would be the last one for good. After a failover to a
   * server whose clock is late, a record has the time of its job or of the record before it.
   */
  #refuseForgedTimes(schema: string): void {
    const path = `set search_path = ${schema}, pg_temp`;
    const refusal = "using errcode = 'restrict_violation', hint = 'The default is the time of the database'";
    this.addSql(`create function refuse_future_job() returns trigger language plpgsql ${path} as $$ begin
      raise exception 'INSERT into jobs is refused: the creation time % of job % is in the future', new.created_at, new.id
        ${refusal};
    end $$`);
    this.addSql(`create trigger refuse_future_job before insert on "jobs"
      for each row when (new.created_at > clock_timestamp() + interval '1 minute') execute function refuse_future_job()`);
    this.addSql(`create function refuse_forged_record() returns trigger language plpgsql ${path} as $$
    declare
      moment timestamptz := clock_timestamp();
      last record;
    begin
      select number, created_at into last from job_exclusions where job_id = new.job_id order by number desc limit 1;
      if new.number is distinct from coalesce(last.number, 0) + 1 then
        raise exception 'INSERT into job_exclusions is refused: the next record of job % has the number %, not %',
          new.job_id, coalesce(last.number, 0) + 1, new.number using errcode = 'restrict_violation';
      end if;
      if new.created_at < moment - interval '1 minute' or new.created_at > greatest(
        moment + interval '1 minute', last.created_at, (select max(created_at) from jobs where id = new.job_id)
      ) then
        raise exception 'INSERT into job_exclusions is refused: the creation time % of record % of job % is not now',
          new.created_at, new.number, new.job_id ${refusal};
      end if;
      return new;
    end $$`);
    this.addSql(`create trigger refuse_forged_record before insert on "job_exclusions"
      for each row execute function refuse_forged_record()`);
  }
}
