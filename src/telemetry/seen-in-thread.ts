import type { StoredEstimateEvent } from "../estimates/stored-estimates.ts";
import {
  currentRequest,
  estimateStored,
  noteErrorCode,
  type ObservedRequest,
  operationEnded,
  operationStarted,
  runFor,
  statementEnded,
} from "./current-request.ts";
import { type FaultRecord, faultOf, faultRecord } from "./fault-record.ts";
import type { EndedStatement, Operation } from "./served-request.ts";

/** What observers are told of a request while it is served. Times are by the thread's performance.now(). */
type SeenEvent =
  | { readonly kind: "operationStarted"; readonly operation: Operation; readonly at: number }
  | { readonly kind: "operationEnded"; readonly at: number }
  | { readonly kind: "statementEnded"; readonly statement: EndedStatement }
  | { readonly kind: "estimateStored"; readonly estimate: StoredEstimateEvent };

/** What was seen of a request in another thread, in a form that goes from thread to thread. */
export interface SeenInThread {
  /** The thread's performance.timeOrigin. */
  readonly timeOrigin: number;
  readonly events: readonly SeenEvent[];
  readonly errorCodes: readonly string[];
  readonly faults: readonly FaultRecord[];
}

/** Runs something for a request that another thread serves, and tells what was seen of it. */
export async function watchForThread<Result>(
  run: () => Promise<Result>,
): Promise<{ result: Result; seen: SeenInThread }> {
  const events: SeenEvent[] = [];
  const request: ObservedRequest = {
    id: "",
    method: "",
    startedAt: performance.now(),
    statements: 0,
    rows: 0,
    errorCodes: new Set(),
    faults: new Set(),
    observers: [
      {
        operationStarted: ({ operation }, at) =>
          operation && events.push({ kind: "operationStarted", operation, at }),
        operationEnded: (_, at) => events.push({ kind: "operationEnded", at }),
        statementEnded: (_, statement) => events.push({ kind: "statementEnded", statement }),
        estimateStored: (estimate) => events.push({ kind: "estimateStored", estimate }),
        requestEnded: () => {},
      },
    ],
  };
  const result = await runFor(request, run);
  const seen = {
    timeOrigin: performance.timeOrigin,
    events,
    errorCodes: [...request.errorCodes],
    faults: [...request.faults].map((fault) => faultRecord(fault)),
  };
  return { result, seen };
}

/** Tells the observers of the current request what another thread has seen of it. */
export function addSeen({ timeOrigin, events, errorCodes, faults }: SeenInThread): void {
  const ahead = timeOrigin - performance.timeOrigin;
  for (const event of events) repeat(event, ahead);
  for (const code of errorCodes) noteErrorCode(code);
  for (const fault of faults) currentRequest()?.faults.add(faultOf(fault));
}

/** @param ahead by how much this thread's performance.now() is more than the other's, in milliseconds. */
function repeat(event: SeenEvent, ahead: number): void {
  switch (event.kind) {
    case "operationStarted":
      operationStarted(event.operation, event.at + ahead);
      break;
    case "operationEnded":
      operationEnded(event.at + ahead);
      break;
    case "statementEnded":
      statementEnded(later(event.statement, ahead));
      break;
    case "estimateStored":
      estimateStored(event.estimate);
  }
}

function later(statement: EndedStatement, ms: number): EndedStatement {
  return { ...statement, startedAt: statement.startedAt + ms, endedAt: statement.endedAt + ms };
}
