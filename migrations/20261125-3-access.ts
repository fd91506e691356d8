import { Migration } from "@mikro-orm/migrations";

const SERVER = "results_storage_server";

/** API tokens, and idempotency keys of their own for those that are bound to projects. */
export class Access extends Migration {
  override up(): void {
    this.addSql(`create table "api_tokens" (
      "id" uuid not null,
      "name" text not null,
      "hash_prefix" bytea not null,
      "hash" bytea not null,
      "scope" text not null,
      "projects" text[] null,
      "user_id" text null,
      "created_at" timestamptz(3) not null default clock_timestamp(),
      "expires_at" timestamptz(3) null,
      "revoked_at" timestamptz(3) null,
      "last_used_at" timestamptz(3) null,
      primary key ("id"),
      constraint "api_tokens_scope_known" check (scope in ('read', 'write', 'admin'))
    )`);
    this.addSql('create index "idx_api_tokens_hash" on "api_tokens" ("hash_prefix")');
    this.addSql(
      `create unique index "idx_api_tokens_name" on "api_tokens" ("name") where "revoked_at" is null`,
    );
    this.addSql(`alter table "idempotency_keys" add column "namespace" text not null default ''`);
    this.addSql('alter table "idempotency_keys" drop constraint "idempotency_keys_pkey"');
    this.addSql('alter table "idempotency_keys" add primary key ("namespace", "key")');
    // Of a token that exists the server writes no more than when it was last used.
    this.addSql(`grant select, update (last_used_at) on "api_tokens" to ${SERVER}`);
  }

  /** @throws when one key was used in two namespaces: they cannot be told apart any more. */
  override down(): void {
    this.addSql('alter table "idempotency_keys" drop constraint "idempotency_keys_pkey"');
    this.addSql('alter table "idempotency_keys" add primary key ("key")');
    this.addSql('alter table "idempotency_keys" drop column "namespace"');
    this.addSql('drop table "api_tokens"');
  }
}
