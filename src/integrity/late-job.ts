/**
 * A job that turns up so long after others that were stored later were sealed has not been stored by the service,
 * whose transactions take seconds: somebody has put it into the past. It is never sealed. In milliseconds.
 */
export const LATEST_COMMIT = 3_600_000;

/** Whether a job comes too late to be sealed, after jobs up to `newestCreatedAt` were. */
export function isTooLate(createdAt: Date, newestCreatedAt: Date | null): boolean {
  return newestCreatedAt !== null && createdAt.getTime() < newestCreatedAt.getTime() - LATEST_COMMIT;
}
