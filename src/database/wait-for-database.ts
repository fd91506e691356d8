import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { reasonOf } from "../reason-of.ts";
import { isConnectionFault } from "./database-fault.ts";

/** Between two attempts: well within the 3 s in which the service is to be back. */
const RETRY_MS = 1_000;

/**
 * Runs something that needs the database, again and again while none can be reached.
 * @throws Error of any other kind, which waiting would not mend; the signal's reason once it is aborted.
 */
export async function waitForDatabase<Result>(
  run: () => Promise<Result>,
  { log, signal }: { readonly log: Logger; readonly signal: AbortSignal | undefined },
): Promise<Result> {
  let said = "";
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await run();
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      // Once each, not every second.
      if (said !== reasonOf(error)) log.warn(`Waiting for the database. ${messageOf(error)}`);
      said = reasonOf(error);
    }
    await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Connecting to a name with several addresses fails with an error for each; our own errors wrap the driver's. */
function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (isConnectionFault(error) || isUnreachable(error.cause)) return true;
  return error instanceof AggregateError && error.errors.some(isUnreachable);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || reasonOf(error) : String(error);
}
