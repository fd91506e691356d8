import { setTimeout as sleep } from "node:timers/promises";
import type { MikroORM } from "@mikro-orm/postgresql";
import type { Logger } from "pino";
import { Database } from "../database/database.ts";
import { appendEntries, type NewEntry, sealsOf, takeChainEnd, unsealedJobs } from "./chain.sql.ts";
import { MAX_COMMIT_DELAY_MS } from "./chain.ts";
import { contentHashes, NEWEST_FORM, readInOrder } from "./content-hash.sql.ts";

/** Seals jobs in the background until it is closed. */
export interface Sealer {
  /** Lets the batch that is running end. */
  close(): Promise<void>;
}

/** What the sealer works with. */
interface SealerOptions {
  readonly orm: MikroORM;
  /** How long it waits before it looks for new jobs again, in milliseconds. */
  readonly interval: number;
  readonly log: Logger;
}

/** After a batch it rests so many times as long as the batch took: sealing takes one twentieth of the time at most. */
const REST = 19;

/** Jobs are committed within seconds: it looks back this far, in milliseconds, */
const RECENT = 60_000;
/** and so often as far as a job can be late at all. */
const FAR_LOOK_INTERVAL = 60_000;

/** After failures it waits longer each time, up to this. In milliseconds. */
const LONGEST_WAIT = 60_000;

/**
 * Starts sealing what is stored, soon after it was. A failure is logged and tried again: whatever happens to the
 * database, it goes on when that is back. Several servers on one database take turns.
 */
export function startSealer({ orm, interval, log }: SealerOptions): Sealer {
  const stopped = new AbortController();
  const running = sealUntil(stopped.signal, { orm, interval, log });
  return {
    close: async () => {
      stopped.abort();
      await running;
    },
  };
}

async function sealUntil(stopped: AbortSignal, { orm, interval, log }: SealerOptions): Promise<void> {
  let lookedFarAt = Number.NEGATIVE_INFINITY;
  let failures = 0;
  let wait = interval;
  while (await waited(wait, stopped)) {
    const startedAt = performance.now();
    const far = startedAt - lookedFarAt >= FAR_LOOK_INTERVAL;
    try {
      const sealed = await sealBatch(new Database(orm.em.fork()), far ? MAX_COMMIT_DELAY_MS : RECENT);
      if (far && sealed === 0) lookedFarAt = startedAt;
      failures = 0;
      const rest = REST * (performance.now() - startedAt);
      wait = sealed > 0 ? rest : Math.max(rest, interval);
      if (sealed > 0) log.debug({ jobs: sealed }, "sealed");
    } catch (error) {
      failures++;
      wait = Math.min(interval * 2 ** failures, LONGEST_WAIT);
      log.warn({ err: error, retryInMs: wait }, "jobs could not be sealed");
    }
  }
}

/** Waits, without keeping the process alive; false as soon as it is stopped. */
async function waited(milliseconds: number, stopped: AbortSignal): Promise<boolean> {
  try {
    await sleep(milliseconds, undefined, { signal: stopped, ref: false });
    return true;
  } catch {
    return false;
  }
}

/**
 * Seals the next jobs that are not sealed yet, in one transaction: hashes what is stored of them, and adds the hashes
 * to the chain. Broken off, it leaves nothing, and the next call begins again.
 * @param lookBack see `unsealedJobs`.
 * @returns how many jobs; 0: there are no more.
 */
export function sealBatch(db: Database, lookBack = MAX_COMMIT_DELAY_MS): Promise<number> {
  return db.transactional(async (tx) => {
    const end = await takeChainEnd(tx);
    await readInOrder(tx);
    const jobs = await unsealedJobs(tx, end, lookBack);
    const createdAt = new Map(jobs.map((job) => [job.id, job.createdAt]));
    const entries: NewEntry[] = [];
    for await (const { jobId, hash } of contentHashes(tx, [...createdAt.keys()], NEWEST_FORM)) {
      const jobCreatedAt = createdAt.get(jobId);
      if (jobCreatedAt === undefined) throw new Error(`The job ${jobId} was not asked for.`);
      entries.push({ kind: "SEALED", jobId, jobCreatedAt, form: NEWEST_FORM, contentHash: hash });
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

/**
 * Adds tombstones to the chain for the jobs that a purge removes: their seals stay, and the tombstones say that they
 * are gone by retention, not by somebody's hand. To be called in the transaction that deletes them, before or after.
 * A job without a seal gets no tombstone: the chain does not know it.
 */
export async function recordPurge(tx: Database, jobIds: readonly string[]): Promise<void> {
  const end = await takeChainEnd(tx);
  const seals = await sealsOf(tx, jobIds);
  if (seals.length === 0) return;
  await appendEntries(
    tx,
    end,
    seals.map((seal) => ({ ...seal, kind: "PURGED" })),
  );
}
