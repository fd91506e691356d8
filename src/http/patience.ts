import { currentCancellation } from "../database/cancellation.ts";
import type { Refused } from "./refused.ts";

/** How long a request may wait for its turn: until its client hangs up, or for so long, after which it is refused. */
export function patience(ms: number, refusal: Refused): AbortSignal {
  const overdue = new AbortController();
  setTimeout(() => overdue.abort(refusal), ms).unref();
  const hungUp = currentCancellation();
  return hungUp === undefined ? overdue.signal : AbortSignal.any([hungUp, overdue.signal]);
}
