import { v7 as uuidv7 } from "uuid";
import type { Database } from "../database/database.ts";
import { durableTransaction } from "../database/durability.ts";
import { recordPurge } from "../integrity/seal-jobs.ts";
import { beginBatch, cutoffOf, deleteJobs, type ExpiredJob, insertPurge, nextExpired } from "./purge.sql.ts";
import type { RetentionRule } from "./retention-rule.ts";

/** A purge in progress, or the preview of a purge. */
export interface Purge {
  /** The id in the table `purges`; null: a preview, which deletes no job. */
  readonly id: string | null;
  /** The jobs that were stored before this time are old enough. */
  readonly createdBefore: Date;
  /** The jobs of the purge, oldest first. A purge commits each batch before the generator yields it. */
  readonly batches: AsyncGenerator<readonly ExpiredJob[]>;
}

/**
 * Removes the jobs of a retention rule, oldest first. Each batch is one transaction. An interrupted purge leaves no
 * partial jobs, a record of the removed jobs, and the other jobs for the next purge.
 * @param askedBy the person or the program in the record of the purge.
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

/** Lists the jobs that `purgeJobs` would remove, and deletes none of them. */
export async function previewPurge(db: Database, rule: RetentionRule): Promise<Purge> {
  const createdBefore = await cutoffOf(db, rule.olderThanDays);
  const next = (after: ExpiredJob | undefined) => nextExpired(db, createdBefore, rule, after);
  return { id: null, createdBefore, batches: batchesOf(next) };
}

/** Deletes a batch of jobs in its transaction. Other records of the removal belong here too. */
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
