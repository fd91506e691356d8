import { createHash } from "node:crypto";

/** The contents of an entry: the seal of a job, or the tombstone of a sealed job that was purged. */
export interface SealEntry {
  readonly position: number;
  readonly kind: "SEALED" | "PURGED";
  readonly jobId: string;
  readonly jobCreatedAt: Date;
  readonly form: number;
  readonly contentHash: Buffer;
  readonly newestCreatedAt: Date;
  readonly sealedAt: Date;
}

/** A stored entry of the chain, with facts about its job. */
export interface ChainEntry extends SealEntry {
  readonly entryHash: Buffer;
  /** Whether the job is stored. */
  readonly isStored: boolean;
  /** Whether the job has the creation time of the entry; true for a job that is not stored. */
  readonly isOfItsTime: boolean;
  /**
   * The other entry of the same job: the tombstone for a seal, the seal for a tombstone; null: the job has no other
   * entry.
   */
  readonly otherPosition: number | null;
  readonly otherContentHash: Buffer | null;
  /** The number of resources according to the job, which determines the work; 0 for a job that is not stored. */
  readonly resourceCount: number;
}

/**
 * The hash that links an entry to the previous entry: SHA-256 over a JSON array of the previous hash and all fields of
 * the entry, in the order below. Hashes are hexadecimal, and times are ISO 8601 in UTC with milliseconds, so that the
 * array is canonical JSON (RFC 8785).
 * @param previous the hash of the previous entry; undefined for the first entry, which has null in the array.
 */
export function entryHash(previous: Buffer | undefined, entry: SealEntry): Buffer {
  const content = [
    previous?.toString("hex") ?? null,
    entry.position,
    entry.kind,
    entry.jobId,
    entry.jobCreatedAt,
    entry.form,
    entry.contentHash.toString("hex"),
    entry.newestCreatedAt,
    entry.sealedAt,
  ];
  return createHash("sha256").update(JSON.stringify(content)).digest();
}

/** The fields of the previous entry that the checks need. */
export type Predecessor = Pick<ChainEntry, "position" | "entryHash" | "newestCreatedAt">;

/**
 * Checks the link of an entry to the previous entry.
 * @param previous undefined: the entry is the first one.
 * @returns the first problem; undefined: no problem.
 */
export function checkLink(previous: Predecessor | undefined, entry: ChainEntry): Problem | undefined {
  const expected = (previous?.position ?? 0) + 1;
  if (entry.position !== expected) return missingEntry(entry, expected);
  if (!entryHash(previous?.entryHash, entry).equals(entry.entryHash)) {
    return broken(
      entry,
      `Entry ${entry.position} of the chain, of job ${entry.jobId}, does not follow from the previous entry: the entry was changed, moved or inserted.`,
    );
  }
  return (
    (entry.kind === "PURGED" ? checkTombstone(entry) : checkTime(previous, entry)) ??
    checkNewest(previous, entry)
  );
}

/** The problem of a missing entry at a position before this entry. */
export function missingEntry(entry: ChainEntry, position: number): Problem {
  return broken(entry, `Entry ${position} of the chain is missing, before the entry of job ${entry.jobId}.`);
}

function checkTombstone(entry: ChainEntry): Problem | undefined {
  const { position, jobId, otherPosition, otherContentHash, contentHash } = entry;
  if (otherPosition !== null && otherPosition < position && otherContentHash?.equals(contentHash))
    return undefined;
  return broken(
    entry,
    `Entry ${position} of the chain is a tombstone of job ${jobId}, which was not sealed before.`,
  );
}

/** The service seals jobs in the order of their creation, so that a job inserted into the past is detected. */
function checkTime(previous: Predecessor | undefined, entry: ChainEntry): Problem | undefined {
  const { position, jobId, jobCreatedAt } = entry;
  if (!isBackdated(jobCreatedAt, previous?.newestCreatedAt ?? null)) return undefined;
  return {
    code: "BACKDATED",
    message: `Job ${jobId} was sealed (entry ${position}) long after jobs that were stored later: the job was backdated.`,
    jobId,
    position,
  };
}

/** `newestCreatedAt` must be correct, because the check for backdated jobs depends on it. */
function checkNewest(previous: Predecessor | undefined, entry: ChainEntry): Problem | undefined {
  const { position, jobId, jobCreatedAt, newestCreatedAt } = entry;
  const before = previous?.newestCreatedAt.getTime() ?? Number.NEGATIVE_INFINITY;
  if (newestCreatedAt.getTime() === Math.max(before, jobCreatedAt.getTime())) return undefined;
  return broken(
    entry,
    `Entry ${position} of the chain, of job ${jobId}, has a wrong time of the newest sealed job.`,
  );
}

function broken({ jobId, position }: ChainEntry, message: string): Problem {
  return { code: "BROKEN_CHAIN", message, jobId, position };
}

/** The kind of a problem, for programs. */
export type ProblemCode =
  /** The stored rows of a job differ from the sealed rows, or rows refer to a job that does not exist. */
  | "ALTERED"
  /** A sealed job is missing, and no purge removed it. */
  | "REMOVED"
  /** A purged job is stored again. */
  | "RETURNED"
  /** A job was inserted into the past, among sealed jobs. */
  | "BACKDATED"
  /** An entry of the chain is missing, or does not follow from the previous entry. */
  | "BROKEN_CHAIN"
  /** A job was sealed in a form that this version of the service does not know. */
  | "UNKNOWN_FORM"
  /** The checkpoint is not signed with the trusted key. */
  | "FORGED_CHECKPOINT"
  /** The checkpoint belongs to a chain with another first entry. */
  | "FOREIGN_CHECKPOINT"
  /** The checkpoint is older than the maximum age. */
  | "OUTDATED_CHECKPOINT"
  /** The chain ends before the entry of the checkpoint. */
  | "TRUNCATED_CHAIN"
  /** The chain has another entry at the position of the checkpoint. */
  | "REWRITTEN_CHAIN";

/** A discrepancy between the stored rows, the chain and the checkpoint. */
export interface Problem {
  readonly code: ProblemCode;
  /** A sentence for people that names the job, the entry or the checkpoint. */
  readonly message: string;
  readonly jobId: string | null;
  /** The position of the entry in the chain. */
  readonly position: number | null;
}

/**
 * The maximum time between the creation of a job and its COMMIT, in milliseconds. An unsealed job that is older than
 * the newest sealed job by more than this is backdated: the transactions of the service take seconds, so that the job
 * was inserted into the past. A backdated job is never sealed.
 */
export const MAX_COMMIT_DELAY_MS = 3_600_000;

/** Whether a job is backdated, if `newestCreatedAt` is the creation time of the newest sealed job. */
function isBackdated(createdAt: Date, newestCreatedAt: Date | null): boolean {
  return newestCreatedAt !== null && createdAt.getTime() < newestCreatedAt.getTime() - MAX_COMMIT_DELAY_MS;
}
