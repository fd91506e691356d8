import { createHash } from "node:crypto";

/**
 * The contents of an entry: the seal of a job (SEALED), the tombstone of a sealed job that was purged (PURGED), or the
 * seal of a record of the exclusions of a job (EXCLUSION).
 */
export interface SealEntry {
  readonly position: number;
  readonly kind: "SEALED" | "PURGED" | "EXCLUSION";
  readonly jobId: string;
  /** The number of the record within its job; 0: the entry is of the job itself. */
  readonly number: number;
  /** The creation time of the job or of the record. */
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
  /** Whether the job has the creation time of the entry; true for a job that is not stored. Not for records. */
  readonly hasSealedTime: boolean;
  /**
   * The other entry of the same job: the tombstone for a seal and for a record, the seal for a tombstone; null: the job
   * has no other entry.
   */
  readonly otherPosition: number | null;
  readonly otherContentHash: Buffer | null;
  /** For a record: the entry of the record before it; for the first record, the seal of the job; null: none. */
  readonly recordBeforePosition: number | null;
  /** The number of resources according to the job, which determines the work; 0 for a job that is not stored. */
  readonly resourceCount: number;
}

/**
 * The hash that links an entry to the previous entry: SHA-256 over a JSON array of the previous hash and all fields of
 * the entry, in the order below. Hashes are hexadecimal, and times are ISO 8601 in UTC with milliseconds, so that the
 * array is canonical JSON (RFC 8785). Only the entry of a record has its number, so that older chains keep their hashes.
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
    ...(entry.kind === "EXCLUSION" ? [entry.number] : []),
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
  return checkKind(previous, entry) ?? checkNewest(previous, entry);
}

function checkKind(previous: Predecessor | undefined, entry: ChainEntry): Problem | undefined {
  switch (entry.kind) {
    case "SEALED":
      return checkTime(previous, entry);
    case "PURGED":
      return checkTombstone(entry);
    case "EXCLUSION":
      return checkRecord(entry) ?? checkTime(previous, entry);
  }
}

/** The record follows the seal of its job and the record before it, and precedes the tombstone. */
function checkRecord(entry: ChainEntry): Problem | undefined {
  const { position, jobId, number, recordBeforePosition, otherPosition } = entry;
  const follows = recordBeforePosition !== null && recordBeforePosition < position;
  if (follows && (otherPosition === null || otherPosition > position)) return undefined;
  return broken(
    entry,
    `Entry ${position} of the chain is of record ${number} of the exclusions of job ${jobId}, which does not follow the seal of the job and the record before it.`,
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

/**
 * The service seals jobs and records in the order of their creation, so that a job or a record inserted into the past is
 * detected.
 */
function checkTime(previous: Predecessor | undefined, entry: ChainEntry): Problem | undefined {
  const { position, jobId, jobCreatedAt } = entry;
  if (!isBackdated(jobCreatedAt, previous?.newestCreatedAt ?? null)) return undefined;
  return {
    code: "BACKDATED",
    message: `${subjectOf(entry)} was sealed (entry ${position}) long after jobs that were stored later: it was backdated.`,
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

/** The job or the record of an entry, as the subject of a sentence. */
export function subjectOf({ kind, jobId, number }: Pick<SealEntry, "kind" | "jobId" | "number">): string {
  return kind === "EXCLUSION" ? `Record ${number} of the exclusions of job ${jobId}` : `Job ${jobId}`;
}

/** The problem of the job or the record of an entry. @param what the rest of the sentence. */
export function entryProblem(code: ProblemCode, entry: ChainEntry, what: string): Problem {
  const { jobId, position, jobCreatedAt } = entry;
  const stored = Number.isNaN(jobCreatedAt.getTime()) ? "" : `, stored ${jobCreatedAt.toISOString()}`;
  return { code, message: `${subjectOf(entry)} (entry ${position}${stored}): ${what}.`, jobId, position };
}

function broken({ jobId, position }: ChainEntry, message: string): Problem {
  return { code: "BROKEN_CHAIN", message, jobId, position };
}

/** The kind of a problem, for programs. */
export type ProblemCode =
  /** Stored rows differ from the sealed rows, or rows refer to a job that does not exist. */
  | "ALTERED"
  /** A sealed job or a sealed record of an exclusion is missing, and no purge removed it. */
  | "REMOVED"
  /** A purged job is stored again. */
  | "RETURNED"
  /** A job or a record of an exclusion was inserted into the past, among sealed jobs. */
  | "BACKDATED"
  /** A job or a record of an exclusion was inserted with a future time, so that it has no seal until then. */
  | "POSTDATED"
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

/**
 * The maximum time between the clock of the database and the creation of a job, in milliseconds, if a failover has set
 * back the clock. An unsealed job of a later time is postdated: it is sealed only at that time.
 */
export const MAX_CLOCK_LEAD_MS = 3_600_000;

/** Whether a job is backdated, if `newestCreatedAt` is the creation time of the newest sealed job. */
function isBackdated(createdAt: Date, newestCreatedAt: Date | null): boolean {
  return newestCreatedAt !== null && createdAt.getTime() < newestCreatedAt.getTime() - MAX_COMMIT_DELAY_MS;
}
