import { channel, tracingChannel } from "node:diagnostics_channel";

/** A committed store of an estimate. */
export interface StoredEstimateEvent {
  /** false: an earlier request with the same idempotency key had stored it. */
  readonly created: boolean;
  readonly resources: number;
}

/** Each store is published as a StoredEstimateEvent after its transaction, for the metrics. */
export const storedEstimates = channel("results-storage.stored-estimate");

/** A SQL statement that is being executed. */
export interface RunningStatement {
  readonly name: string;
  /** Begins with the name in a comment; the parameters are not part of it. */
  readonly sql: string;
  /** By performance.now(). */
  readonly startedAt: number;
}

/** Every SQL statement is published here, for the log at level trace, for metrics and traces, and for tests. */
export const statements = tracingChannel<unknown, RunningStatement>("results-storage.statement");

/** The channel on which a statement is published before it is executed. */
export const STATEMENT_CHANNEL = "tracing:results-storage.statement:start";
