/** What node-postgres and PostgreSQL say when there is no connection to be had, or one is lost. */
const CONNECTION_CODES = /^(?:ECONN\w+|EPIPE|ETIMEDOUT|ENOTFOUND|08\w{3}|53300|57P0[1-5])$/;
const CONNECTION_MESSAGES =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/;

/** Whether an error says that the database cannot be reached, not that a statement was wrong. */
export function isConnectionFault(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return CONNECTION_CODES.test(code) || CONNECTION_MESSAGES.test(error.message);
}
