import { tracingChannel } from "node:diagnostics_channel";

/** A SQL statement that runs. */
export interface RunningStatement {
  /** Begins with the statement's name in a comment; values are no part of it. */
  readonly sql: string;
  /** By performance.now(). */
  readonly startedAt: number;
}

/** Follows every SQL statement: for the log at level trace, for counts and traces, and for tests. */
export const statements = tracingChannel<unknown, RunningStatement>("results-storage.statement");

/** Where a statement is published before it runs. */
export const STATEMENT_CHANNEL = "tracing:results-storage.statement:start";
