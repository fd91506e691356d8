import { defineEntity, p } from "@mikro-orm/core";
import { timestamp } from "../database/columns.ts";

/**
 * Which job a caller's idempotency key has stored. A token that is bound to projects has keys of its own, or else it
 * could tell from a conflict what others have stored. A table of its own and without a foreign key, because in a
 * distributed PostgreSQL every key of `jobs` has to contain the job's id (docs/adr/0002-storage.md).
 */
export const IdempotencyKeyEntity = defineEntity({
  name: "IdempotencyKey",
  tableName: "idempotency_keys",
  properties: {
    /** Whose key it is: the project of a token that is bound to projects; '' for all that may see everything. */
    namespace: p.text().primary().default(""),
    key: p.text().primary(),
    jobId: p.uuid().index("idx_idempotency_keys_job"),
    /** SHA-256 over the request, to tell a retry from another estimate under the same key. */
    requestHash: p.blob(),
    createdAt: timestamp().defaultRaw("clock_timestamp()"),
  },
});
