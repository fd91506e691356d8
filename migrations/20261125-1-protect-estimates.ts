import { Migration } from "@mikro-orm/migrations";

const SERVER = "results_storage_server";
const RETENTION = "results_storage_retention";

/** The tables whose rows are inserted and deleted with their job. */
const PARTS = ["cost_results", "service_costs", "region_costs"];
const STORED = ["jobs", ...PARTS, "idempotency_keys"];
const RECORDS = ["purges", "purged_jobs"];

/**
 * Immutability in the database: roles with the minimum of privileges, triggers that refuse changes by any role, and a
 * record of the jobs that retention deletes (docs/adr/0005-immutable-by-the-database.md).
 */
export class ProtectEstimates extends Migration {
  override async up(): Promise<void> {
    const schema = await this.#schema();
    this.#createRoles();
    this.#createRecords();
    this.#createFunctions(schema);
    this.#createTriggers();
    this.#grant(schema);
  }

  /** The roles are kept: other databases of the cluster may use them, and logins may be members. */
  override async down(): Promise<void> {
    const schema = await this.#schema();
    for (const table of [...STORED, "schema_migrations"]) {
      this.addSql(`revoke all on "${table}" from ${SERVER}, ${RETENTION}`);
    }
    this.addSql(`revoke usage on schema ${schema} from ${SERVER}, ${RETENTION}`);
    this.addSql('drop table "purged_jobs", "purges"');
    // CASCADE drops the triggers too.
    for (const name of ["change", "delete_of_job", "delete_of_part", "late_part"]) {
      this.addSql(`drop function refuse_${name}() cascade`);
    }
    this.addSql("drop function record_purged_jobs() cascade");
  }

  /** The schema of the tables, quoted for SQL. */
  async #schema(): Promise<string> {
    const [row] = await this.execute("select quote_ident(current_schema()) as schema");
    if (row === undefined) throw new Error("PostgreSQL does not say which schema is the current one.");
    return row.schema;
  }

  /** Roles belong to the cluster: another database may have created them, or may create them at the same time. */
  #createRoles(): void {
    for (const role of [SERVER, RETENTION]) {
      this.addSql(`do $$ begin
        if not exists (select from pg_roles where rolname = '${role}') then
          create role ${role} nologin;
        end if;
      exception
        when duplicate_object or unique_violation then null;
        when insufficient_privilege then
          raise exception 'The role ${role} does not exist, and % may not create it. Let an administrator run: '
            'create role ${SERVER} nologin; create role ${RETENTION} nologin; '
            'grant ${SERVER}, ${RETENTION} to %', current_user, quote_ident(current_user)
            using errcode = 'insufficient_privilege';
      end $$`);
      // An owner that is not a superuser has to be a member to use SET ROLE. Without the right to grant, the start fails.
      this.addSql(`do $$ begin
        if not pg_has_role(current_user, '${role}',
            case when current_setting('server_version_num')::int >= 160000 then 'set' else 'member' end) then
          grant ${role} to current_user;
        end if;
      exception when insufficient_privilege or unique_violation then null;
      end $$`);
    }
  }

  #createRecords(): void {
    this.addSql(`create table "purges" (
      "id" uuid not null,
      "started_at" timestamptz(3) not null default clock_timestamp(),
      "database_login" text not null default session_user,
      "asked_by" text not null,
      "older_than_days" int not null,
      "created_before" timestamptz(3) not null,
      "keep_latest" int null,
      "project" text null,
      primary key ("id")
    )`);
    this.addSql(`create table "purged_jobs" (
      "job_id" uuid not null,
      "purge_id" uuid not null,
      "project" text null,
      "created_at" timestamptz(3) not null,
      "purged_at" timestamptz(3) not null default clock_timestamp(),
      primary key ("job_id"),
      constraint "purged_jobs_purge_id_foreign" foreign key ("purge_id")
        references "purges" ("id") on update no action on delete no action
    )`);
    this.addSql('create index "idx_purged_jobs_purge" on "purged_jobs" ("purge_id")');
  }

  /**
   * Functions that read tables are SECURITY DEFINER, independent of row-level security for the caller. Their search path
   * ends with pg_temp, so that no temporary table can replace a table of the service.
   */
  #createFunctions(schema: string): void {
    const asOwner = `security definer set search_path = ${schema}, pg_temp`;

    this.addSql(`create function refuse_change() returns trigger language plpgsql as $$ begin
      raise exception '% of % is refused: what is stored never changes', tg_op, tg_table_name
        using errcode = 'restrict_violation';
    end $$`);

    this.addSql(`create function refuse_delete_of_job() returns trigger language plpgsql as $$ begin
      if current_user <> '${RETENTION}' then
        raise exception 'DELETE of jobs is refused to %: only the role ${RETENTION} may', current_user
          using errcode = 'restrict_violation', hint = 'Old jobs go with: results-storage purge';
      end if;
      return null;
    end $$`);

    // The cascade of a job's DELETE deletes its parts after the job.
    this.addSql(`create function refuse_delete_of_part() returns trigger language plpgsql ${asOwner} as $$ begin
      if exists (select from removed join jobs on jobs.id = removed.job_id) then
        raise exception 'DELETE of % is refused: they go with their job, never alone', tg_table_name
          using errcode = 'restrict_violation', hint = 'Old jobs go with: results-storage purge';
      end if;
      return null;
    end $$`);

    // A row's xmin is the transaction that inserted it. Usually one look-up for each statement, because the parts belong
    // to one job. A job that was inserted in a savepoint is refused too, which is safe.
    this.addSql(`create function refuse_late_part() returns trigger language plpgsql ${asOwner} as $$
    declare
      job uuid;
    begin
      for job in select distinct job_id from added loop
        perform from jobs where id = job and xmin = pg_current_xact_id()::xid;
        if not found then
          raise exception 'INSERT into % is refused: the job % is stored already', tg_table_name, job
            using errcode = 'restrict_violation', hint = 'A job and its parts are stored in one transaction';
        end if;
      end loop;
      return null;
    end $$`);

    // The login must be that of the purge, so that a login cannot delete in the name of another.
    this.addSql(`create function record_purged_jobs() returns trigger language plpgsql ${asOwner} as $$
    declare
      purge uuid := nullif(current_setting('results_storage.purge', true), '');
    begin
      if not exists (select from purges where id = purge and database_login = session_user) then
        raise exception 'DELETE of jobs is refused: it belongs to no purge of %', session_user
          using errcode = 'restrict_violation', hint = 'Old jobs go with: results-storage purge';
      end if;
      insert into purged_jobs (job_id, purge_id, project, created_at)
        select id, purge, project, created_at from removed;
      return null;
    end $$`);
    // Otherwise any role that may create a table could write records with it.
    this.addSql("revoke execute on function record_purged_jobs() from public");
  }

  #createTriggers(): void {
    for (const table of [...STORED, ...RECORDS]) {
      const events = STORED.includes(table) && table !== "idempotency_keys" ? "" : "or delete";
      this.addSql(`create trigger refuse_change before update or truncate ${events} on "${table}"
        for each statement execute function refuse_change()`);
    }
    this.addSql(`create trigger refuse_delete before delete on "jobs"
      for each statement execute function refuse_delete_of_job()`);
    this.addSql(`create trigger record_purged after delete on "jobs" referencing old table as removed
      for each statement execute function record_purged_jobs()`);
    for (const table of PARTS) {
      this.addSql(`create trigger refuse_delete after delete on "${table}" referencing old table as removed
        for each statement execute function refuse_delete_of_part()`);
      this.addSql(`create trigger refuse_late after insert on "${table}" referencing new table as added
        for each statement execute function refuse_late_part()`);
    }
  }

  #grant(schema: string): void {
    this.addSql(`grant usage on schema ${schema} to ${SERVER}, ${RETENTION}`);
    this.addSql(`grant select, insert on ${STORED.join()} to ${SERVER}`);
    this.addSql(`grant select on purged_jobs, schema_migrations to ${SERVER}`);
    this.addSql(
      `grant select on jobs, ${PARTS.join()}, purges, purged_jobs, schema_migrations to ${RETENTION}`,
    );
    this.addSql(`grant delete on jobs to ${RETENTION}`);
    // Not the columns with the login and the time, which have defaults.
    this.addSql(`grant insert (id, asked_by, older_than_days, created_before, keep_latest, project)
      on purges to ${RETENTION}`);
  }
}
