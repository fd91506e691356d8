/** A state of the database in which correct statements fail. */
interface Fault {
  /** PostgreSQL's SQLSTATEs and Node.js' codes; https://www.postgresql.org/docs/current/errcodes-appendix.html. */
  readonly codes: RegExp;
  /** Messages of node-postgres, whose errors have no codes. */
  readonly messages?: RegExp;
  /** The message for clients. */
  readonly sentence: string;
}

const UNREACHABLE: Fault = {
  codes:
    /^(?:ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|08\w{3}|53300|57P0[1-5]|25P03)$/,
  messages:
    /^connect ENOENT|Connection terminated|timeout exceeded when trying to connect|is not queryable|after calling end on the pool|driver has already been destroyed/,
  sentence: "The database cannot be reached at the moment; try again.",
};

const UNCONFIRMED: Fault = {
  codes: /^08007$/,
  sentence:
    "The database has not confirmed the commit: the estimate may be stored, or not. Try again with the same idempotency key.",
};

const READ_ONLY: Fault = {
  // A standby, during a failover or a switchover.
  codes: /^25006$/,
  sentence: "The database accepts no new estimates at the moment; try again.",
};

const FAULTS: readonly Fault[] = [
  UNCONFIRMED,
  UNREACHABLE,
  {
    // 55P03 and 57014: lock_timeout and statement_timeout (session.ts). 40P01: a deadlock.
    codes: /^(?:57014|55P03|40001|40P01)$/,
    sentence:
      "A statement exceeded its time limit in the database; try again. If the error persists, request less data at a time.",
  },
  {
    codes: /^(?:53\w{3}|58\w{3})$/,
    messages: /^could not (?:extend|write|create|open|fsync|read) /,
    sentence: "The database has run out of space or memory; try again later.",
  },
  READ_ONLY,
];

/**
 * Whether the state of the database has caused an error. Errors of the statement itself do not count.
 * @returns the message for the client, whose retry may succeed; undefined for any other error.
 */
export function databaseFault(error: unknown): string | undefined {
  return FAULTS.find((fault) => matches(fault, error))?.sentence;
}

/**
 * Whether an error means that there is no connection to a primary: the connection was refused or lost, or is to a
 * standby.
 */
export function isConnectionFault(error: unknown): boolean {
  return matches(UNREACHABLE, error) || matches(READ_ONLY, error);
}

function matches(fault: Fault, error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return fault.codes.test(code) || (fault.messages?.test(error.message) ?? false);
}
