import { createHash } from "node:crypto";

/** What an entry of the chain says: that a job was sealed, or that it was purged after that. */
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

/** An entry as it stands in the chain, and what is there of its job. */
export interface ChainEntry extends SealEntry {
  readonly entryHash: Buffer;
  /** Whether there is a job with its id. */
  readonly isStored: boolean;
  /** Whether that was stored at the time that the entry says; true if there is none. */
  readonly isOfItsTime: boolean;
  /** The other entry of the same job: a seal's tombstone, or a tombstone's seal; null: there is none. */
  readonly otherPosition: number | null;
  readonly otherContentHash: Buffer | null;
  /** How many resources the job says to have: how much work it is. 0: there is none. */
  readonly resourceCount: number;
}

/**
 * What links an entry to the one before it: SHA-256 over the JSON array of the entry before's hash (null for the
 * first) and all that this one says, in the order below. Hashes are in hexadecimal, moments as ISO 8601 in UTC with
 * milliseconds; written so, it is RFC 8785 as it stands.
 */
export function entryHash(previous: Buffer | undefined, entry: SealEntry): Buffer {
  const said = [
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
  return createHash("sha256").update(JSON.stringify(said)).digest();
}

/** What an entry has to follow from. */
export type Predecessor = Pick<ChainEntry, "position" | "entryHash" | "newestCreatedAt">;

/** What is wrong with the place of an entry in the chain, if anything is: the first thing. */
export function checkLink(previous: Predecessor | undefined, entry: ChainEntry): Problem | undefined {
  const expected = (previous?.position ?? 0) + 1;
  if (entry.position !== expected) return missingEntry(entry, expected);
  if (!entryHash(previous?.entryHash, entry).equals(entry.entryHash)) {
    return broken(
      entry,
      `Entry ${entry.position} of the chain, of job ${entry.jobId}, does not follow from the one before: it was changed, moved or put in.`,
    );
  }
  return (
    (entry.kind === "PURGED" ? checkTombstone(entry) : checkTime(previous, entry)) ??
    checkNewest(previous, entry)
  );
}

/** That there should be an entry at a position before this one, and is none. */
export function missingEntry(entry: ChainEntry, position: number): Problem {
  return broken(entry, `Entry ${position} of the chain is missing, before the one of job ${entry.jobId}.`);
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

/** The service seals in the order of time, so that nothing can be put into the past. */
function checkTime(previous: Predecessor | undefined, entry: ChainEntry): Problem | undefined {
  const { position, jobId, jobCreatedAt } = entry;
  if (!isBackdated(jobCreatedAt, previous?.newestCreatedAt ?? null)) return undefined;
  return {
    code: "BACKDATED",
    message: `Job ${jobId} was sealed (entry ${position}) long after jobs that were stored later: it was put into the past.`,
    jobId,
    position,
  };
}

/** Lateness is judged by it, so it has to be right. */
function checkNewest(previous: Predecessor | undefined, entry: ChainEntry): Problem | undefined {
  const { position, jobId, jobCreatedAt, newestCreatedAt } = entry;
  const before = previous?.newestCreatedAt.getTime() ?? Number.NEGATIVE_INFINITY;
  if (newestCreatedAt.getTime() === Math.max(before, jobCreatedAt.getTime())) return undefined;
  return broken(
    entry,
    `Entry ${position} of the chain, of job ${jobId}, does not say rightly up to when jobs are sealed.`,
  );
}

function broken({ jobId, position }: ChainEntry, message: string): Problem {
  return { code: "BROKEN_CHAIN", message, jobId, position };
}

/** What does not fit, for programs. */
export type ProblemCode =
  /** What is stored of a job is not what was sealed; or there are rows of a job that is not there. */
  | "ALTERED"
  /** A sealed job is gone, and no purge took it. */
  | "REMOVED"
  /** A purged job is there again. */
  | "RETURNED"
  /** A job has turned up in the past, among jobs that are sealed. */
  | "BACKDATED"
  /** An entry of the chain is missing, or does not follow from the one before. */
  | "BROKEN_CHAIN"
  /** A job was sealed in a form that this version does not know. */
  | "UNKNOWN_FORM"
  /** The checkpoint is not signed with the key that is trusted. */
  | "FORGED_CHECKPOINT"
  /** The checkpoint is of a chain with another beginning. */
  | "FOREIGN_CHECKPOINT"
  /** The checkpoint is older than is allowed. */
  | "OUTDATED_CHECKPOINT"
  /** The chain ends before the entry that the checkpoint vouches for. */
  | "TRUNCATED_CHAIN"
  /** The chain holds another entry where the checkpoint vouches for one. */
  | "REWRITTEN_CHAIN";

/** Something that does not fit. */
export interface Problem {
  readonly code: ProblemCode;
  /** For people: a sentence that names the job, the entry, or the checkpoint. */
  readonly message: string;
  readonly jobId: string | null;
  /** The entry of the chain. */
  readonly position: number | null;
}

/**
 * A job that turns up so long after others that were stored later were sealed has not been stored by the service,
 * whose transactions take seconds: somebody has put it into the past. It is never sealed. In milliseconds.
 */
export const MAX_COMMIT_DELAY_MS = 3_600_000;

/** Whether a job comes too late to be sealed, after jobs up to `newestCreatedAt` were. */
function isBackdated(createdAt: Date, newestCreatedAt: Date | null): boolean {
  return newestCreatedAt !== null && createdAt.getTime() < newestCreatedAt.getTime() - MAX_COMMIT_DELAY_MS;
}
