import { Migration } from "@mikro-orm/migrations";

const SERVER = "results_storage_server";

/** API tokens, and separate idempotency keys for tokens that are bound to projects. */
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
    // The server may update only the time of a token's last use.
    this.addSql(`grant select, update (last_used_at) on "api_tokens" to ${SERVER}`);
  }

  /** @throws when a key exists in two namespaces, which the older schema cannot distinguish. */
  override down(): void {
    this.addSql('alter table "idempotency_keys" drop constraint "idempotency_keys_pkey"');
    this.addSql('alter table "idempotency_keys" add primary key ("key")');
    this.addSql('alter table "idempotency_keys" drop column "namespace"');
    this.addSql('drop table "api_tokens"');
  }
}
