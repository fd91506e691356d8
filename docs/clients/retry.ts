/** Errors that end by themselves. All others need another request or other rights. */
const TEMPORARY = new Set(["SERVICE_UNAVAILABLE", "TOO_MANY_REQUESTS"]);

/**
 * Sends a request again if its failure is temporary: the code is temporary, or there is no answer of the service. For
 * storeEstimate, the input needs an idempotencyKey: an answer may be lost after the estimate was stored.
 */
export async function withRetry<Result>(
  send: () => Promise<Result>,
  codesOf: (error: unknown) => readonly string[],
  { attempts = 5, firstDelayMs = 1_000 } = {},
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send();
    } catch (error) {
      const codes = codesOf(error);
      const isCancelled = error instanceof Error && error.name === "AbortError";
      const isTemporary = codes.length === 0 ? !isCancelled : codes.some((code) => TEMPORARY.has(code));
      if (!isTemporary || attempt === attempts) throw error;
      await new Promise((resolve) => setTimeout(resolve, firstDelayMs * 2 ** (attempt - 1)));
    }
  }
}
