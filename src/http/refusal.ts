import type { FastifyError } from "fastify";
import { databaseFault } from "../database/database-fault.ts";
import { BadUserInput, DomainError, type ErrorCode, type InputProblem } from "../errors.ts";
import { BadRequest } from "./bad-request.ts";
import { Refused } from "./refused.ts";

/** What a client is told that does not get what it asked for. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly problems?: readonly InputProblem[];
  /** After how many seconds it is worth to try again. */
  readonly retryAfter?: number | undefined;
}

/** After so many seconds a fault is worth another try: the service tries to be back within 3 s, and most are over sooner. */
export const RETRY_AFTER_S = 1;

/** The HTTP status of each domain error. */
const DOMAIN_STATUSES: Readonly<Record<ErrorCode, number>> = {
  BAD_USER_INPUT: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CURRENCY_MISMATCH: 422,
  IDEMPOTENCY_CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  SERVICE_UNAVAILABLE: 503,
};

/** The codes of errors that end a request before a route sees it, by HTTP status. */
const CODES: Readonly<Record<number, string>> = {
  413: "PAYLOAD_TOO_LARGE",
  415: "UNSUPPORTED_MEDIA_TYPE",
};

/** What a client is told of an error. Of a fault of ours nothing but that there is one. */
export function refusalOf(error: FastifyError | Error): Refusal {
  if (error instanceof DomainError) {
    const status = DOMAIN_STATUSES[error.code];
    return {
      status,
      code: error.code,
      detail: error.message,
      ...(error instanceof BadUserInput && { problems: error.problems }),
      ...(status === 503 && { retryAfter: RETRY_AFTER_S }),
    };
  }
  if (error instanceof Refused) {
    const { statusCode, code, message, retryAfter } = error;
    return { status: statusCode, code, detail: message, retryAfter };
  }
  const advice = databaseFault(error);
  if (advice !== undefined) {
    return { status: 503, code: "SERVICE_UNAVAILABLE", detail: advice, retryAfter: RETRY_AFTER_S };
  }
  const status = "statusCode" in error ? (error.statusCode ?? 500) : 500;
  if (status >= 500) {
    const detail = "The server failed to answer this; its log says why.";
    return { status, code: "INTERNAL_SERVER_ERROR", detail };
  }
  const code = error instanceof BadRequest ? error.code : (CODES[status] ?? "BAD_REQUEST");
  return { status, code, detail: error.message };
}

/** Whether an error is a fault of ours, or of the database's, and not a refusal that we meant. */
export function isFault(error: FastifyError | Error): boolean {
  return !(error instanceof DomainError || error instanceof Refused) && refusalOf(error).status >= 500;
}
