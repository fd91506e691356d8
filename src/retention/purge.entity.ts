import { defineEntity, p } from "@mikro-orm/core";
import { timestamp } from "../database/columns.ts";

/** One run of `results-storage purge`: who asked for it, and by which rule. Written before the first job goes. */
export const PurgeEntity = defineEntity({
  name: "Purge",
  tableName: "purges",
  properties: {
    /** UUIDv7. */
    id: p.uuid().primary(),
    startedAt: timestamp().defaultRaw("clock_timestamp()"),
    /** Who was logged in to PostgreSQL. Written by the database: the retention role may not say another. */
    databaseLogin: p.text().defaultRaw("SESSION_USER"),
    /** The person or job that asked: `--by`, or else the account of the operating system. */
    askedBy: p.text(),
    /** The age that was asked for. */
    olderThanDays: p.integer(),
    /** Jobs that were stored before this moment were to go. */
    createdBefore: timestamp(),
    /** So many newest jobs of each series were to stay; null: none for being among the newest. */
    keepLatest: p.integer().nullable(),
    /** The project whose jobs were to go; null: jobs of every project, and of none. */
    project: p.text().nullable(),
  },
});
