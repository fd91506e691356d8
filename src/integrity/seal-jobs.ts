import type { Database } from "../database/database.ts";
import { FORM, readInOrder } from "./canonical-form.queries.ts";
import { contentHashes } from "./content-hashes.ts";
import { LATEST_COMMIT } from "./late-job.ts";
import { appendEntries, type NewEntry, takeChainEnd, unsealedJobs } from "./seal.store.ts";

/**
 * Seals the next jobs that are not sealed yet, in one transaction: hashes what is stored of them, and adds the hashes
 * to the chain. Broken off, it leaves nothing, and the next call begins again.
 * @param lookBack see `unsealedJobs`.
 * @returns how many jobs; 0: there are no more.
 */
export function sealBatch(db: Database, lookBack = LATEST_COMMIT): Promise<number> {
  return db.transactional(async (tx) => {
    const end = await takeChainEnd(tx);
    await readInOrder(tx);
    const jobs = await unsealedJobs(tx, end, lookBack);
    const createdAt = new Map(jobs.map((job) => [job.id, job.createdAt]));
    const entries: NewEntry[] = [];
    for await (const { jobId, hash } of contentHashes(tx, [...createdAt.keys()])) {
      const jobCreatedAt = createdAt.get(jobId);
      if (jobCreatedAt === undefined) throw new Error(`The job ${jobId} was not asked for.`);
      entries.push({ kind: "SEALED", jobId, jobCreatedAt, form: FORM, contentHash: hash });
    }
    if (entries.length > 0) await appendEntries(tx, end, entries);
    return entries.length;
  });
}

/** Seals every job that is stored at this moment, as fast as it goes. Returns how many. */
export async function sealAll(db: Database): Promise<number> {
  let sealed = 0;
  for (;;) {
    const batch = await sealBatch(db);
    if (batch === 0) return sealed;
    sealed += batch;
  }
}
