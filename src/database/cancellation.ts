import { AsyncLocalStorage } from "node:async_hooks";

const cancellation = new AsyncLocalStorage<AbortSignal>();

/**
 * Runs something whose SQL is cancelled when the signal is aborted: statements in the middle of it too, with their
 * transaction. Not an argument of each function in between, since none of them has anything to decide about it; and
 * not MikroORM's fork({ signal }), which reaches neither Kysely's statements nor, as another role than the login's,
 * pg_cancel_backend().
 */
export function cancelledBy<Result>(signal: AbortSignal, run: () => Result): Result {
  return cancellation.run(signal, run);
}

/** What cancels the SQL of whoever asks; undefined when nothing does. */
export function currentCancellation(): AbortSignal | undefined {
  return cancellation.getStore();
}
