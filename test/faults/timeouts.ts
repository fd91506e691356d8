/** The time after PostgreSQL's return within which the service has to answer. */
export const RECOVERY_MS = 3_000;

/** The timeout for events without a limit of their own, on a busy machine. */
export const EVENT_TIMEOUT_MS = 30_000;
