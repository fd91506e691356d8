import { v7 as uuidv7 } from "uuid";
import type { Database } from "../database/database.ts";
import { durableTransaction } from "../database/durability.ts";
import { recordPurge } from "../integrity/seal-jobs.ts";
import { beginBatch, cutoffOf, deleteJobs, type ExpiredJob, insertPurge, nextExpired } from "./purge.sql.ts";
import type { RetentionRule } from "./retention-rule.ts";

/** What a purge is about to do, or would do. */
export interface Purge {
  /** Under which it is in the table of purges; null when nothing is to be deleted. */
  readonly id: string | null;
  /** Jobs stored before this moment are old enough. */
  readonly createdBefore: Date;
  /** What goes, batch by batch: when one is handed out, it is gone for good. */
  readonly batches: AsyncGenerator<readonly ExpiredJob[]>;
}

/**
 * Removes the jobs that a rule lets go, oldest first. Each batch is a transaction of its own: broken off, it leaves
 * whole jobs, a record of those that went, and the rest for the next time.
 * @param askedBy who is written down as having asked for it.
 */
export async function purgeJobs(db: Database, rule: RetentionRule, askedBy: string): Promise<Purge> {
  const createdBefore = await cutoffOf(db, rule.olderThanDays);
  const id = uuidv7();
  await durableTransaction(db, (tx) => insertPurge(tx, { id, askedBy, createdBefore }, rule));
  const next = (after: ExpiredJob | undefined) =>
    durableTransaction(db, async (tx) => {
      await beginBatch(tx, id);
      const expired = await nextExpired(tx, createdBefore, rule, after);
      const ids = expired.map(({ id: jobId }) => jobId);
      if (ids.length > 0) await deleteBatch(tx, ids);
      return expired;
    });
  return { id, createdBefore, batches: batchesOf(next) };
}

/** The same jobs, and nothing is deleted. */
export async function previewPurge(db: Database, rule: RetentionRule): Promise<Purge> {
  const createdBefore = await cutoffOf(db, rule.olderThanDays);
  const next = (after: ExpiredJob | undefined) => nextExpired(db, createdBefore, rule, after);
  return { id: null, createdBefore, batches: batchesOf(next) };
}

/** All that happens to a batch, in its transaction: what else has to be told of jobs that go is told here. */
async function deleteBatch(tx: Database, jobIds: readonly string[]): Promise<void> {
  await recordPurge(tx, jobIds);
  await deleteJobs(tx, jobIds);
}

async function* batchesOf(
  next: (after: ExpiredJob | undefined) => Promise<ExpiredJob[]>,
): AsyncGenerator<readonly ExpiredJob[]> {
  let last: ExpiredJob | undefined;
  for (;;) {
    const batch = await next(last);
    if (batch.length === 0) return;
    yield batch;
    last = batch.at(-1);
  }
}
