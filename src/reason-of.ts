/**
 * Why something failed, in words. What is wrapped by others is asked for first (fetch only says "fetch failed"), and
 * connecting to a name with several addresses fails with an error for each, whose own message is empty.
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error.message || error.name;
}
