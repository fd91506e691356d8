import { channel, tracingChannel } from "node:diagnostics_channel";

/** An estimate that is stored for good. */
export interface StoredEstimateEvent {
  /** false: its idempotency key had stored it before, and nothing was stored now. */
  readonly created: boolean;
  readonly resources: number;
}

/** Where every answered store is published, as a StoredEstimateEvent, when its transaction is through: for metrics. */
export const storedEstimates = channel("results-storage.stored-estimate");

/** A SQL statement that runs. */
export interface RunningStatement {
  readonly name: string;
  /** Begins with the name in a comment; the parameters are not part of it. */
  readonly sql: string;
  /** By performance.now(). */
  readonly startedAt: number;
}

/** Follows every SQL statement: for the log at level trace, for counts and traces, and for tests. */
export const statements = tracingChannel<unknown, RunningStatement>("results-storage.statement");

/** Where a statement is published before it runs. */
export const STATEMENT_CHANNEL = "tracing:results-storage.statement:start";
