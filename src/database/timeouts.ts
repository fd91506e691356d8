import { withSettings } from "./session-settings.ts";

/** How long the server waits for its database, in milliseconds. */
export interface DatabaseTimeouts {
  /** For a connection: a new one, or one that is free. */
  readonly connectMs: number;
  /** For a statement. */
  readonly statementMs: number;
  /** For a lock that another transaction holds. */
  readonly lockMs: number;
  /** For the next statement of a transaction that is open: a server that hangs must not hold locks. */
  readonly idleInTransactionMs: number;
}

/** What connections wait that are nobody's request: migrations and commands take as long as they take. */
export const CONNECT_MS = 10_000;

/** PostgreSQL keeps the timeouts itself, so its own end comes long before this. */
const MARGIN_MS = 5_000;

/** The URL whose sessions PostgreSQL holds to the timeouts. */
export function withTimeouts(url: string, timeouts: DatabaseTimeouts): string {
  return withSettings(url, {
    statement_timeout: timeouts.statementMs,
    lock_timeout: timeouts.lockMs,
    idle_in_transaction_session_timeout: timeouts.idleInTransactionMs,
  });
}

/** After so long without a word, a connection in use is not coming back: PostgreSQL hangs, or the network does. */
export function silenceLimit({ statementMs, idleInTransactionMs }: DatabaseTimeouts): number {
  return Math.max(statementMs, idleInTransactionMs) + MARGIN_MS;
}
