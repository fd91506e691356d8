import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { databaseFault } from "../../database/database-fault.ts";
import { BadUserInput, DomainError, type ErrorCode } from "../../errors.ts";
import { noteErrorCode, noteFault } from "../../telemetry/current-request.ts";
import { BadRequest } from "../bad-request.ts";
import { Refused } from "../refused.ts";
import { PROBLEM_TYPE, problemBody, type Refusal } from "./problem.ts";

/** Where the routes of this folder begin. */
export const API_PREFIX = "/api/v1";

/** The HTTP status of each domain error. */
export const DOMAIN_STATUSES: Readonly<Record<ErrorCode, number>> = {
  BAD_USER_INPUT: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CURRENCY_MISMATCH: 422,
  IDEMPOTENCY_CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  SERVICE_UNAVAILABLE: 503,
};

/** After so many seconds a fault is worth another try: the service tries to be back within 3 s, and most are over sooner. */
export const RETRY_AFTER_S = 1;

/** The codes of errors that end a request before a route sees it, by HTTP status. */
const CODES: Readonly<Record<number, string>> = {
  413: "PAYLOAD_TOO_LARGE",
  415: "UNSUPPORTED_MEDIA_TYPE",
};

/** Whether a request is for the REST routes, so that its refusal is a problem document. */
export function isRestRequest({ url }: FastifyRequest): boolean {
  return url.startsWith(API_PREFIX) && /^(?:$|[/?])/.test(url.slice(API_PREFIX.length));
}

/** Answers an error as a problem document. A fault of ours is logged in full and says nothing. */
export function answerProblem(
  error: FastifyError | Error,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const refusal = refusalOf(error);
  if (refusal.status >= 500 && !(error instanceof Refused || error instanceof DomainError)) {
    noteFault(request.log, error);
  }
  return sendProblem(reply, refusal);
}

/** Answers with a refusal. */
export function sendProblem(reply: FastifyReply, refusal: Refusal): FastifyReply {
  noteErrorCode(refusal.code);
  if (refusal.status === 503 && !reply.hasHeader("retry-after")) reply.header("retry-after", RETRY_AFTER_S);
  // A refusal that stands in the place of a file is nothing to save.
  return reply
    .removeHeader("content-disposition")
    .code(refusal.status)
    .type(PROBLEM_TYPE)
    .send(JSON.stringify(problemBody(refusal)));
}

function refusalOf(error: FastifyError | Error): Refusal {
  if (error instanceof DomainError) {
    return {
      status: DOMAIN_STATUSES[error.code],
      code: error.code,
      detail: error.message,
      ...(error instanceof BadUserInput && { problems: error.problems }),
    };
  }
  const advice = databaseFault(error);
  if (advice !== undefined) return { status: 503, code: "SERVICE_UNAVAILABLE", detail: advice };
  if (error instanceof Refused) {
    return { status: error.statusCode, code: error.code, detail: error.message };
  }
  const status = "statusCode" in error ? (error.statusCode ?? 500) : 500;
  if (status >= 500) {
    const detail = "The server failed to answer this; its log says why.";
    return { status, code: "INTERNAL_SERVER_ERROR", detail };
  }
  const code = error instanceof BadRequest ? error.code : (CODES[status] ?? "BAD_REQUEST");
  return { status, code, detail: error.message };
}
