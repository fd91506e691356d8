import type { IncomingHttpHeaders } from "node:http";
import type { StoredEstimateEvent } from "../estimates/stored-estimates.ts";

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
