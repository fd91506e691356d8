import { userInfo } from "node:os";
import type { MikroORM } from "@mikro-orm/postgresql";
import { joinDatabase } from "../database/connect.ts";
import { Database } from "../database/database.ts";
import { requireMigrated } from "../database/startup-checks.ts";
import { previewPurge, purgeJobs } from "../retention/purge.ts";
import { describePurge, jsonLines, type Tally, tallyOf } from "./describe-purge.ts";
import type { PurgeOptions } from "./purge.command.ts";
import { withDatabase } from "./with-database.ts";

/** Removes what the options say, and prints what went. */
export function purge(options: PurgeOptions): Promise<void> {
  const access = { open: joinDatabase, role: "results_storage_retention" } as const;
  return withDatabase(access, async (orm) => {
    await requireMigrated(orm);
    await purgeWith(orm, options);
  });
}

async function purgeWith(orm: MikroORM, options: PurgeOptions): Promise<void> {
  const rule = {
    olderThanDays: options.olderThan,
    keepLatest: options.keepLatest,
    project: options.project,
  };
  const db = new Database(orm.em.fork());
  const running = options.dryRun
    ? await previewPurge(db, rule)
    : await purgeJobs(db, rule, options.by ?? accountName());
  let tally: Tally | undefined;
  try {
    for await (const batch of running.batches) {
      tally = tallyOf(batch, tally);
      // As soon as it is gone: a purge may be broken off.
      if (options.json) process.stdout.write(jsonLines(batch, running.id));
    }
  } catch (error) {
    if (tally !== undefined && !options.json) process.stdout.write(describePurge(running, tally));
    throw error;
  }
  if (!options.json) process.stdout.write(describePurge(running, tally));
}

/** Containers often run under an id that has no name. */
function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.()}`;
  }
}
