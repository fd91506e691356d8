import type { StoredEstimateEvent } from "../estimates/stored-estimates.ts";
import { currentRequest, type ObservedRequest, operationStarted, runFor } from "./current-request.ts";
import { type FaultRecord, faultOf, faultRecord } from "./fault-record.ts";
import type { Operation } from "./served-request.ts";

/** What was seen of a request in another thread, in a form that goes from thread to thread. */
export interface SeenInThread {
  readonly operation: Operation | undefined;
  readonly statements: number;
  readonly rows: number;
  readonly errorCodes: readonly string[];
  readonly faults: readonly FaultRecord[];
  readonly stored: readonly StoredEstimateEvent[];
}

/** Runs something for a request that another thread serves, and tells what was seen of it. */
export async function watchForThread<Result>(
  run: () => Promise<Result>,
): Promise<{ result: Result; seen: SeenInThread }> {
  const stored: StoredEstimateEvent[] = [];
  const request: ObservedRequest = {
    id: "",
    method: "",
    startedAt: performance.now(),
    statements: 0,
    rows: 0,
    errorCodes: new Set(),
    faults: new Set(),
    observers: [{ estimateStored: (estimate) => stored.push(estimate), requestEnded: () => {} }],
  };
  const result = await runFor(request, run);
  const { operation, statements, rows, errorCodes, faults } = request;
  const seen = {
    operation,
    statements,
    rows,
    errorCodes: [...errorCodes],
    faults: [...faults].map((fault) => faultRecord(fault)),
    stored,
  };
  return { result, seen };
}

/** Adds what another thread has seen to the current request. */
export function addSeen({ operation, statements, rows, errorCodes, faults, stored }: SeenInThread): void {
  const request = currentRequest();
  if (request === undefined) return;
  if (operation !== undefined) operationStarted(operation);
  request.statements += statements;
  request.rows += rows;
  for (const code of errorCodes) request.errorCodes.add(code);
  for (const fault of faults) request.faults.add(faultOf(fault));
  for (const estimate of stored)
    for (const observer of request.observers) observer.estimateStored?.(estimate);
}
