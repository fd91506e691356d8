import { defineEntity, p } from "@mikro-orm/core";
import { timestamp } from "../database/columns.ts";
import { PurgeEntity } from "./purge.entity.ts";

/** A job that retention has removed. Written by a trigger with the job's DELETE, and by nothing else. */
export const PurgedJobEntity = defineEntity({
  name: "PurgedJob",
  tableName: "purged_jobs",
  properties: {
    /** No foreign key: the job is gone. */
    jobId: p.uuid().primary(),
    purge: () =>
      p.manyToOne(PurgeEntity).deleteRule("no action").updateRule("no action").index("idx_purged_jobs_purge"),
    project: p.text().nullable(),
    /** When the job was stored. */
    createdAt: timestamp(),
    purgedAt: timestamp().defaultRaw("clock_timestamp()"),
  },
});
