import { Migration } from "@mikro-orm/migrations";

/**
 * The texts of a job for a search, in lower case: the lower case of a whole text can differ from that of its parts. A
 * substring of a field or of a label is a substring of the text.
 */
const SEARCHED_TEXT = `(lower(coalesce(branch, '')) || e'\\n' || lower(coalesce(pull_request_url, '')) || e'\\n'
    || lower(coalesce(pull_request_title, '')) || e'\\n' || lower(coalesce(run_id, '')) || e'\\n' || lower(labels::text))`;

/**
 * The indexes of the search for jobs. idx_jobs_search_prefix finds beginnings, and idx_jobs_search any part of a text.
 * The latter requires pg_trgm. A database without this extension has the first index only.
 */
export class Search extends Migration {
  override up(): void {
    // A tsvector has at most 1 MB, and its words at most 2,046 bytes. GIN has words of other texts in the same order,
    // so that a prefix is a range. No other function of full-text search is used: a text is one word.
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
    this.addSql(`create index "idx_jobs_search_prefix" on "jobs" using gin
      (search_beginnings(commit_sha, branch, pull_request_url, pull_request_title, run_id, labels))
      with (gin_pending_list_limit = 256)`);
    this.addSql(`do $$
    declare
      of_trigrams text;
    begin
      begin
        if exists (select from pg_available_extensions where name = 'pg_trgm') then
          create extension if not exists pg_trgm;
        end if;
      exception when insufficient_privilege or feature_not_supported then
        -- An administrator can create it later: docs/operations/deploy.md.
        null;
      end;
      select quote_ident(nspname) into of_trigrams
      from pg_extension join pg_namespace on pg_namespace.oid = extnamespace where extname = 'pg_trgm';
      if of_trigrams is not null then
        execute format('create index "idx_jobs_search" on "jobs" using gin (%s %s.gin_trgm_ops)
          with (gin_pending_list_limit = 1024)', $expression$${SEARCHED_TEXT}$expression$, of_trigrams);
      end if;
    end $$`);
  }

  /** The extension stays: it may have existed before, or be used by others. */
  override down(): void {
    this.addSql('drop index if exists "idx_jobs_search"');
    this.addSql('drop index "idx_jobs_search_prefix"');
    this.addSql("drop function search_beginnings(text, text, text, text, text, jsonb)");
  }
}
