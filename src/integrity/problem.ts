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
