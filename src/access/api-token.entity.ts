import { defineEntity, p } from "@mikro-orm/core";
import { timestamp } from "../database/columns.ts";

/** An API token, without its secret. The server may read all of it, and write no more than when it was last used. */
export const ApiTokenEntity = defineEntity({
  name: "ApiToken",
  tableName: "api_tokens",
  properties: {
    id: p.uuid().primary(),
    name: p.text(),
    /** The first 8 bytes of the hash, by which a token is found; the rest is compared in constant time. */
    hashPrefix: p.blob().index("idx_api_tokens_hash"),
    /** SHA-256 over the token's text. */
    hash: p.blob(),
    scope: p.text(),
    /** null: all projects. */
    projects: p.array().nullable(),
    userId: p.text().nullable(),
    createdAt: timestamp().defaultRaw("clock_timestamp()"),
    expiresAt: timestamp().nullable(),
    revokedAt: timestamp().nullable(),
    lastUsedAt: timestamp().nullable(),
  },
  checks: [{ name: "api_tokens_scope_known", expression: "scope in ('read', 'write', 'admin')" }],
  indexes: [
    {
      name: "idx_api_tokens_name",
      expression: "create unique index idx_api_tokens_name on api_tokens (name) where revoked_at is null",
    },
  ],
});
