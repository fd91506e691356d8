import { setTimeout as sleep } from "node:timers/promises";
import type { MikroORM } from "@mikro-orm/postgresql";
import type { Logger } from "pino";
import { Database } from "../database/database.ts";
import {
  appendEntries,
  type ChainEnd,
  lockChainEnd,
  type NewEntry,
  sealsOf,
  type UnsealedJob,
  unsealedJobs,
} from "./chain.sql.ts";
import { MAX_COMMIT_DELAY_MS } from "./chain.ts";
import { contentHashes, disableSort, NEWEST_FORM } from "./content-hash.sql.ts";
import {
  NEWEST_RECORD_FORM,
  RECORDS_PER_BATCH,
  recordHashes,
  type UnsealedRecord,
  unsealedRecords,
} from "./exclusion-seals.sql.ts";

/** A background task that seals jobs until it is closed. */
export interface Sealer {
  /** Stops the sealer, and waits for the end of the current batch. */
  close(): Promise<void>;
}

/** The options of the sealer. */
interface SealerOptions {
  readonly orm: MikroORM;
  /** The time between two searches for new jobs, in milliseconds. */
  readonly interval: number;
  /** Called after each batch with new entries. */
  readonly onSealed: () => void;
  readonly log: Logger;
}

/**
 * The pause after a batch, as a multiple of the duration of the batch: sealing takes about one twentieth of the time.
 */
const REST = 19;
/**
 * The maximum pause after a batch, in milliseconds. Live updates show a job when it is sealed. The maximum is reached on
 * a busy machine only: a batch takes 50 ms.
 */
const LONGEST_REST = 1_500;

/** The look-back of a normal search, in milliseconds: jobs are committed within seconds after their creation. */
const RECENT = 60_000;
/** The time between two searches that look back MAX_COMMIT_DELAY_MS, in milliseconds. */
const FULL_SEARCH_INTERVAL = 60_000;

/** The maximum pause after failures, in milliseconds. The pause doubles with each failure. */
const LONGEST_WAIT = 60_000;

/**
 * Starts to seal jobs in the background, soon after they are stored. A failure is logged, and the batch is retried:
 * sealing continues when the database is available again. Several servers on one database wait for each other.
 */
export function startSealer(options: SealerOptions): Sealer {
  const stopped = new AbortController();
  const running = sealUntil(stopped.signal, options);
  return {
    close: async () => {
      stopped.abort();
      await running;
    },
  };
}

async function sealUntil(
  stopped: AbortSignal,
  { orm, interval, onSealed, log }: SealerOptions,
): Promise<void> {
  let fullSearchAt = Number.NEGATIVE_INFINITY;
  let failures = 0;
  let wait = interval;
  while (await waited(wait, stopped)) {
    const startedAt = performance.now();
    const isFullSearch = startedAt - fullSearchAt >= FULL_SEARCH_INTERVAL;
    try {
      const sealed = await sealBatch(
        new Database(orm.em.fork()),
        isFullSearch ? MAX_COMMIT_DELAY_MS : RECENT,
      );
      if (isFullSearch && sealed === 0) fullSearchAt = startedAt;
      failures = 0;
      const rest = Math.min(REST * (performance.now() - startedAt), LONGEST_REST);
      wait = sealed > 0 ? rest : Math.max(rest, interval);
      if (sealed > 0) {
        log.debug({ entries: sealed }, "sealed");
        onSealed();
      }
    } catch (error) {
      failures++;
      wait = Math.min(interval * 2 ** failures, LONGEST_WAIT);
      log.warn({ err: error, retryInMs: wait }, "jobs could not be sealed");
    }
  }
}

/** Waits without keeping the process alive; false: the sealer was stopped. */
async function waited(milliseconds: number, stopped: AbortSignal): Promise<boolean> {
  try {
    await sleep(milliseconds, undefined, { signal: stopped, ref: false });
    return true;
  } catch {
    return false;
  }
}

/**
 * Seals the next jobs and records of exclusions without a seal in one transaction: hashes their stored contents, and
 * adds the hashes to the chain. An interrupted batch leaves no entries, and the next call seals the same ones.
 * @param lookBack see `unsealedJobs`, in milliseconds.
 * @returns the number of new entries; 0: all jobs and records are sealed.
 */
export function sealBatch(db: Database, lookBack = MAX_COMMIT_DELAY_MS): Promise<number> {
  return db.transactional(async (tx) => {
    const end = await lockChainEnd(tx);
    await disableSort(tx);
    const batch = await nextBatch(tx, end, lookBack);
    const createdAt = new Map(batch.jobs.map((job) => [job.id, job.createdAt]));
    const entries: NewEntry[] = [];
    for await (const { jobId, hash } of contentHashes(tx, [...createdAt.keys()], NEWEST_FORM)) {
      const jobCreatedAt = createdAt.get(jobId);
      if (jobCreatedAt === undefined) throw new Error(`The job ${jobId} was not requested.`);
      entries.push({ kind: "SEALED", jobId, number: 0, jobCreatedAt, form: NEWEST_FORM, contentHash: hash });
    }
    entries.push(...(await sealRecords(tx, batch.records)));
    // The sort is stable: at the same time, a job precedes its records.
    entries.sort((a, b) => a.jobCreatedAt.getTime() - b.jobCreatedAt.getTime());
    if (entries.length > 0) await appendEntries(tx, end, entries);
    return entries.length;
  });
}

/** The jobs and the records that one batch seals. */
interface Batch {
  readonly jobs: readonly UnsealedJob[];
  readonly records: readonly UnsealedRecord[];
}

/**
 * The next batch. Nothing in the batch is newer than a job or a record that waits for a later batch: the chain has the
 * order of creation. An entry that is much older than the end of the chain is backdated.
 */
async function nextBatch(tx: Database, end: ChainEnd, lookBack: number): Promise<Batch> {
  const unsealed = await unsealedJobs(tx, end, lookBack);
  const jobs = unsealed.filter(({ isInBatch }) => isInBatch);
  const nextJob = unsealed[jobs.length];
  const until = nextJob === undefined ? end.now : new Date(nextJob.createdAt.getTime() - 1);
  const jobIds = jobs.map(({ id }) => id);
  const records = await unsealedRecords(tx, end, lookBack, until, jobIds);
  const nextRecord = records[RECORDS_PER_BATCH];
  if (nextRecord === undefined) return { jobs, records };
  return {
    jobs: jobs.filter(({ createdAt }) => createdAt <= nextRecord.createdAt),
    records: records.slice(0, RECORDS_PER_BATCH),
  };
}

async function sealRecords(tx: Database, records: readonly UnsealedRecord[]): Promise<NewEntry[]> {
  if (records.length === 0) return [];
  const hashes = await recordHashes(tx, NEWEST_RECORD_FORM, records);
  const hashOf = new Map(hashes.map(({ jobId, number, hash }) => [`${jobId} ${number}`, hash]));
  return records.map(({ jobId, number, createdAt }) => {
    const contentHash = hashOf.get(`${jobId} ${number}`);
    if (contentHash === undefined) throw new Error(`Record ${number} of job ${jobId} is gone.`);
    const form = NEWEST_RECORD_FORM;
    return { kind: "EXCLUSION", jobId, number, jobCreatedAt: createdAt, form, contentHash } as const;
  });
}

/**
 * Seals all stored jobs and records of exclusions, without pauses between batches.
 * @returns the number of new entries.
 */
export async function sealAll(db: Database): Promise<number> {
  let sealed = 0;
  for (;;) {
    const batch = await sealBatch(db);
    if (batch === 0) return sealed;
    sealed += batch;
  }
}

/**
 * Adds a tombstone to the chain for each sealed job that a purge removes. The seals stay, and the tombstones prove that
 * retention removed the jobs. The caller must call this function in the transaction that deletes the jobs, before or
 * after the deletion. A job without a seal gets no tombstone, because the chain has no entry of the job.
 */
export async function recordPurge(tx: Database, jobIds: readonly string[]): Promise<void> {
  const end = await lockChainEnd(tx);
  const seals = await sealsOf(tx, jobIds);
  if (seals.length === 0) return;
  await appendEntries(
    tx,
    end,
    seals.map((seal) => ({ ...seal, kind: "PURGED" })),
  );
}
