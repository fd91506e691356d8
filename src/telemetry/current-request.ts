import { AsyncLocalStorage } from "node:async_hooks";
import type { IncomingHttpHeaders } from "node:http";
import type { Logger } from "pino";
import {
  type RunningStatement,
  type StoredEstimateEvent,
  statements,
  storedEstimates,
} from "../lib/events.ts";

/** A statement as its channel tells of it when it has ended. */
type EndedMessage = RunningStatement & { readonly result?: unknown; readonly error?: unknown };

/** A request, and who is told of it. */
export interface ObservedRequest extends ServedRequest {
  readonly observers: readonly RequestObserver[];
}

/**
 * The request that the code runs for. Statements are counted by it and not by their EntityManager, since a transaction
 * has one of its own, and a stream reads on when its handler has returned. It costs next to nothing on Node.js 24.
 */
const current = new AsyncLocalStorage<ObservedRequest>();

/** From here on, and in all that comes of it, the code runs for this request. */
export function enter(request: ObservedRequest): void {
  current.enterWith(request);
}

/** Runs something for this request. */
export function runFor<Result>(request: ObservedRequest, run: () => Result): Result {
  return current.run(request, run);
}

/** The request that the code runs for; undefined: none. */
export function currentRequest(): ObservedRequest | undefined {
  return current.getStore();
}

/** Notes what the current request asks for, where its GraphQL operation begins. */
export function operationStarted(operation: Operation, at = performance.now()): void {
  const request = current.getStore();
  if (request === undefined) return;
  request.operation = operation;
  for (const observer of request.observers) observer.operationStarted?.(request, at);
}

/** Notes that the GraphQL operation of the current request has ended. */
export function operationEnded(at = performance.now()): void {
  const request = current.getStore();
  if (request === undefined) return;
  for (const observer of request.observers) observer.operationEnded?.(request, at);
}

/** Notes a SQL statement of the current request. */
export function statementEnded(statement: EndedStatement): void {
  const request = current.getStore();
  if (request === undefined) return;
  request.statements++;
  request.rows += statement.rows;
  for (const observer of request.observers) observer.statementEnded?.(request, statement);
}

/** Notes a store that the current request was acknowledged. */
export function estimateStored(estimate: StoredEstimateEvent): void {
  for (const observer of current.getStore()?.observers ?? []) observer.estimateStored?.(estimate);
}

/** Notes on whose behalf the current request is served: the token's name, or the subject that an issuer named. */
export function recordCaller(name: string): void {
  const request = current.getStore();
  if (request !== undefined) request.caller = name;
}

/** Notes an error that the current request is answered with. */
export function recordErrorCode(code: string): void {
  current.getStore()?.errorCodes.add(code);
}

/** Notes a fault of ours, so that it stands in the line of the request. A fault outside of one has a line of its own. */
export function recordFault(log: Pick<Logger, "error">, fault: unknown): void {
  const request = current.getStore();
  if (request === undefined) log.error({ err: fault }, "a fault outside of a request");
  else request.faults.add(fault);
}

statements.asyncEnd.subscribe((message) => {
  const { name, startedAt, result, error } = message as EndedMessage;
  statementEnded({
    name,
    startedAt,
    endedAt: performance.now(),
    rows: Array.isArray(result) ? result.length : 0,
    failed: error !== undefined,
  });
});

storedEstimates.subscribe((message) => estimateStored(message as StoredEstimateEvent));

/** What a request asks for: a GraphQL operation, or a REST route. */
export interface Operation {
  readonly kind: "query" | "mutation" | "subscription" | "rest";
  /** The client's name of a GraphQL operation ("anonymous" without one), or the route's operationId. */
  readonly name: string;
}

/** What is noted of a request while it is served. Nothing of it is a secret, a variable's value or a query's text. */
export interface ServedRequest {
  readonly id: string;
  readonly method: string;
  /** By performance.now(). */
  readonly startedAt: number;
  /** The pattern of its URL, without values: /api/v1/jobs/:job_id. */
  route?: string;
  operation?: Operation;
  /** The name of the token, or of whoever else asks. */
  caller?: string;
  /** The trace that it is part of. */
  traceId?: string;
  /** SQL statements that were run for it, and the rows that they yielded. */
  statements: number;
  rows: number;
  /** As they were answered. */
  readonly errorCodes: Set<string>;
  /** What went wrong on our side. */
  readonly faults: Set<unknown>;
}

/** How a request ended. */
export interface RequestEnd {
  /** As it was answered; 499 when the client hung up before. */
  readonly status: number;
  readonly durationMs: number;
  /** The request's body, as its client announced it; undefined: none, or it did not. */
  readonly bytesIn: number | undefined;
  /** All that was sent, with headers, as it was compressed. */
  readonly bytesOut: number;
  /** Whether the client hung up before it had the whole answer. */
  readonly aborted: boolean;
}

/** A SQL statement that has ended. */
export interface EndedStatement {
  /** From the comment that it begins with: jobs.list. */
  readonly name: string;
  /** By performance.now(). */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly rows: number;
  readonly failed: boolean;
}

/** Who is told of requests: the log, the metrics, the traces. Times are by performance.now(). */
export interface RequestObserver {
  requestStarted?(request: ServedRequest, headers: IncomingHttpHeaders): void;
  operationStarted?(request: ServedRequest, at: number): void;
  operationEnded?(request: ServedRequest, at: number): void;
  statementEnded?(request: ServedRequest, statement: EndedStatement): void;
  estimateStored?(estimate: StoredEstimateEvent): void;
  requestEnded(request: ServedRequest, end: RequestEnd): void;
}

/** Served as asked; refused, which is the client's to mend or to repeat; or failed by a fault of ours. */
export type Outcome = "ok" | "refused" | "failed";

/** What became of a request. */
export function outcomeOf({ errorCodes, faults }: ServedRequest, { status, aborted }: RequestEnd): Outcome {
  if (faults.size > 0 || status === 500) return "failed";
  return errorCodes.size > 0 || status >= 400 || aborted ? "refused" : "ok";
}
