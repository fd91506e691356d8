/** Within so long of PostgreSQL's return the service is to answer again. */
export const BACK_MS = 3_000;

/** How long a test waits for what has no bound of its own, on a machine that is busy with other things. */
export const PATIENCE_MS = 30_000;
