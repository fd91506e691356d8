import { Migration } from "@mikro-orm/migrations";

const SERVER = "results_storage_server";

/**
 * The indexes of the search for jobs. idx_jobs_search_prefix finds the beginnings of texts, and idx_jobs_search any part
 * of them. The latter requires pg_trgm: a database without this extension has the first index only.
 */
export class Search extends Migration {
  override up(): void {
    // A tsvector has at most 1 MB, and its words at most 2,046 bytes. A text is one word, and in the index a prefix is a
    // range of words.
    this.addSql(`create function search_beginnings(commit_sha text, branch text, pull_request_url text,
      pull_request_title text, run_id text, labels jsonb)
    returns tsvector language sql immutable parallel safe as $$
      select array_to_tsvector(array(
        select left(lower(value), 400)
        from (
          select value from unnest(array[commit_sha, branch, pull_request_url, pull_request_title, run_id]) as field (value)
          union all
          (select coalesce(value, 'null')
          from jsonb_each_text(case when jsonb_typeof(labels) = 'object' then labels end) as label (key, value)
          limit 500)
        ) as texts
        where value <> ''
      ))
    $$`);
    // PostgreSQL writes a function with one expression into the statement. The lower case of the joined texts could
    // differ from those of its parts.
    this.addSql(`create function search_text(branch text, pull_request_url text, pull_request_title text, run_id text,
      labels jsonb)
    returns text language sql immutable parallel safe as $$
      select lower(coalesce(branch, '')) || e'\\n' || lower(coalesce(pull_request_url, '')) || e'\\n'
        || lower(coalesce(pull_request_title, '')) || e'\\n' || lower(coalesce(run_id, '')) || e'\\n'
        || lower(labels::text)
    $$`);
    // An INSERT evaluates the expressions of indexes as its role, and default privileges may give PUBLIC no EXECUTE.
    this.addSql(`grant execute on function search_beginnings, search_text to ${SERVER}`);
    this.addSql(`create index "idx_jobs_search_prefix" on "jobs" using gin
      (search_beginnings(commit_sha, branch, pull_request_url, pull_request_title, run_id, labels))
      with (gin_pending_list_limit = 256)`);
    // Without the permission, an administrator can create the extension and the index: docs/operations/deploy.md.
    this.addSql(`do $$
    declare
      of_trigrams text;
    begin
      begin
        if exists (select from pg_available_extensions where name = 'pg_trgm') then
          create extension if not exists pg_trgm;
        end if;
      exception when insufficient_privilege or feature_not_supported then
        raise notice '%', sqlerrm;
      end;
      select quote_ident(nspname) into of_trigrams
      from pg_extension join pg_namespace on pg_namespace.oid = extnamespace where extname = 'pg_trgm';
      if of_trigrams is not null then
        execute format('create index "idx_jobs_search" on "jobs" using gin
          (search_text(branch, pull_request_url, pull_request_title, run_id, labels) %s.gin_trgm_ops)
          with (gin_pending_list_limit = 1024)', of_trigrams);
      end if;
    end $$`);
  }

  /** The extension stays: it may have existed before, or be used by others. */
  override down(): void {
    this.addSql('drop index if exists "idx_jobs_search"');
    this.addSql('drop index "idx_jobs_search_prefix"');
    this.addSql("drop function search_text(text, text, text, text, jsonb)");
    this.addSql("drop function search_beginnings(text, text, text, text, text, jsonb)");
  }
}
