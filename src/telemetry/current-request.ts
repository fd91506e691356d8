import { AsyncLocalStorage } from "node:async_hooks";
import type { IncomingHttpHeaders } from "node:http";
import type { Logger } from "pino";
import {
  type RunningStatement,
  type StoredEstimateEvent,
  statements,
  storedEstimates,
} from "../lib/events.ts";

/** A request with its observers. */
export interface ObservedRequest extends ServedRequest {
  readonly observers: readonly RequestObserver[];
}

/**
 * The request of the running code. Statements are counted by request, not by EntityManager: a transaction has its own
 * EntityManager, and a stream reads after its handler has returned. The cost is negligible on Node.js 24.
 */
const current = new AsyncLocalStorage<ObservedRequest>();

/** Sets the current request for the rest of this execution and its asynchronous calls. */
export function enterRequest(request: ObservedRequest): void {
  current.enterWith(request);
}

/** Runs a function with this current request. */
export function runInRequest<Result>(request: ObservedRequest, run: () => Result): Result {
  return current.run(request, run);
}

/** The current request; undefined outside of requests. */
export function currentRequest(): ObservedRequest | undefined {
  return current.getStore();
}

/** Records the start of the GraphQL operation of the current request. */
export function operationStarted(operation: Operation, at = performance.now()): void {
  const request = current.getStore();
  if (request === undefined) return;
  request.operation = operation;
  for (const observer of request.observers) observer.operationStarted?.(request, at);
}

/** Records the end of the GraphQL operation of the current request. */
export function operationEnded(at = performance.now()): void {
  const request = current.getStore();
  if (request === undefined) return;
  for (const observer of request.observers) observer.operationEnded?.(request, at);
}

/** Records that the response of the current request is a stream of events, without an end. */
export function streamStarted(): void {
  const request = current.getStore();
  if (request === undefined) return;
  request.isStream = true;
  for (const observer of request.observers) observer.streamStarted?.(request);
}

/** Records a SQL statement of the current request. */
export function statementEnded(statement: EndedStatement): void {
  const request = current.getStore();
  if (request === undefined) return;
  request.statements++;
  request.rows += statement.rows;
  for (const observer of request.observers) observer.statementEnded?.(request, statement);
}

/** Records an acknowledged store of the current request. */
export function estimateStored(estimate: StoredEstimateEvent): void {
  for (const observer of current.getStore()?.observers ?? []) observer.estimateStored?.(estimate);
}

/** Records the caller of the current request: the token's name, or the subject of a JWT. */
export function recordCaller(name: string): void {
  const request = current.getStore();
  if (request !== undefined) request.caller = name;
}

/** Records the use of the response cache by the current request. */
export function recordCacheResult(result: CacheResult): void {
  const request = current.getStore();
  if (request !== undefined) request.cache = result;
}

/** Records an error code in the response of the current request. */
export function recordErrorCode(code: string): void {
  current.getStore()?.errorCodes.add(code);
}

/** Records a server error for the log line of the current request. Outside of requests it has its own log line. */
export function recordServerError(log: Pick<Logger, "error">, error: unknown): void {
  const request = current.getStore();
  if (request === undefined) log.error({ err: error }, "server error outside of a request");
  else request.serverErrors.add(error);
}

/** The message of the statement channel at the end of a statement. */
type EndedMessage = RunningStatement & { readonly result?: unknown; readonly error?: unknown };

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

/** A GraphQL operation or a REST route. */
export interface Operation {
  readonly kind: "query" | "mutation" | "subscription" | "rest";
  /** The client's name of a GraphQL operation ("anonymous" without one), or the route's operationId. */
  readonly name: string;
}

/**
 * The use of the response cache. hit: the response was in the cache; miss: the response was added to the cache;
 * uncacheable: the response cannot be in the cache.
 */
export const CACHE_RESULTS = ["hit", "miss", "uncacheable"] as const;

export type CacheResult = (typeof CACHE_RESULTS)[number];

/** The telemetry of a request. It never contains a secret, the value of a variable or the text of a query. */
export interface ServedRequest {
  readonly id: string;
  readonly method: string;
  /** By performance.now(). */
  readonly startedAt: number;
  /** The pattern of the URL: /api/v1/jobs/:job_id. */
  route?: string;
  operation?: Operation;
  /** The name of the token, or the subject of a JWT. */
  caller?: string;
  traceId?: string;
  /** Whether the response is a stream of events, which lasts until the client disconnects. */
  isStream?: true;
  /** undefined: the request is not a GraphQL query, or the cache is disabled. */
  cache?: CacheResult;
  /** The number of SQL statements and of their rows. */
  statements: number;
  rows: number;
  /** The error codes in the response. */
  readonly errorCodes: Set<string>;
  /** Server errors. */
  readonly serverErrors: Set<unknown>;
}

/** The result of a request. */
export interface RequestEnd {
  /** The status of the response; 499 when the client disconnected before it. */
  readonly status: number;
  readonly durationMs: number;
  /** The Content-Length of the request; undefined without the header. */
  readonly bytesIn: number | undefined;
  /** The sent bytes, with headers and after compression. */
  readonly bytesOut: number;
  /** Whether the client disconnected before the end of the response. */
  readonly aborted: boolean;
}

export interface EndedStatement {
  /** The name in the leading comment: jobs.list. */
  readonly name: string;
  /** By performance.now(). */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly rows: number;
  readonly failed: boolean;
}

/** A subscriber to the events of requests: log, metrics, traces. Times are by performance.now(). */
export interface RequestObserver {
  requestStarted?(request: ServedRequest, headers: IncomingHttpHeaders): void;
  operationStarted?(request: ServedRequest, at: number): void;
  operationEnded?(request: ServedRequest, at: number): void;
  streamStarted?(request: ServedRequest): void;
  statementEnded?(request: ServedRequest, statement: EndedStatement): void;
  estimateStored?(estimate: StoredEstimateEvent): void;
  requestEnded(request: ServedRequest, end: RequestEnd): void;
}

/** ok; refused: an error of the client, or temporary; failed: a server error. */
export type Outcome = "ok" | "refused" | "failed";

export function outcomeOf(
  { errorCodes, serverErrors, isStream }: ServedRequest,
  { status, aborted }: RequestEnd,
): Outcome {
  if (serverErrors.size > 0 || status === 500) return "failed";
  return errorCodes.size > 0 || status >= 400 || (aborted && !isStream) ? "refused" : "ok";
}
