import { channel } from "node:diagnostics_channel";

/**
 * Where every SQL statement is published as `{ sql }` before it runs: for the log at level trace, and for tests
 * that count. The text begins with the statement's name in a comment; values are no part of it.
 */
export const STATEMENT_CHANNEL = "results-storage.statement";

/** The publishing end of STATEMENT_CHANNEL. */
export const statementLog = channel(STATEMENT_CHANNEL);
