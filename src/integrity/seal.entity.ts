import { defineEntity, p } from "@mikro-orm/core";
import { timestamp } from "../database/columns.ts";

/**
 * One entry of the hash chain: a job that was sealed, or the tombstone of one that retention has removed since.
 * Entries are only ever added; each holds a hash over itself and the entry before it.
 */
export const SealEntity = defineEntity({
  name: "Seal",
  tableName: "seals",
  properties: {
    /** From 1, without a gap. */
    position: p.integer().primary().autoincrement(false),
    kind: p.text(),
    /** No foreign key: the entry outlives the job. */
    jobId: p.uuid(),
    jobCreatedAt: timestamp(),
    /** The version of the canonical form. */
    form: p.integer(),
    /** SHA-256 over the canonical form of the job; a tombstone repeats it. */
    contentHash: p.blob(),
    /** The latest `job_created_at` of the entries up to this one. */
    newestCreatedAt: timestamp(),
    sealedAt: timestamp(),
    /** SHA-256 over the entry and the `entry_hash` before it (integrity/entry-hash.ts). */
    entryHash: p.blob(),
  },
  checks: [{ name: "seals_kind_known", expression: "kind in ('SEALED', 'PURGED')" }],
  uniques: [{ name: "seals_job_id_kind_unique", properties: ["jobId", "kind"] }],
});
