import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { databaseFault } from "../database/database-fault.ts";
import { DomainError } from "../errors.ts";
import { noteFault } from "../telemetry/current-request.ts";
import { BadRequest } from "./bad-request.ts";
import { errorBody } from "./error-body.ts";
import { Refused } from "./refused.ts";
import {
  answerProblem,
  DOMAIN_STATUSES,
  isRestRequest,
  RETRY_AFTER_S,
  sendProblem,
} from "./rest/answer-problem.ts";

/** The codes of errors that end a request before GraphQL sees it, by HTTP status. */
const CODES: Readonly<Record<number, string>> = {
  413: "PAYLOAD_TOO_LARGE",
  415: "UNSUPPORTED_MEDIA_TYPE",
};

/**
 * Answers an error of the web server in GraphQL's shape, or as a problem document for the REST routes. A fault of ours
 * is logged in full and says nothing.
 */
export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof Refused && error.retryAfter !== undefined)
    reply.header("retry-after", error.retryAfter);
  // The rest of a body that is refused may still come, and is not read.
  if (error.statusCode === 413) reply.header("connection", "close");
  if (isRestRequest(request)) return answerProblem(error, request, reply);
  if (error instanceof DomainError) {
    return reply.code(DOMAIN_STATUSES[error.code]).send(errorBody(error.code, error.message));
  }
  const advice = databaseFault(error);
  if (advice !== undefined) {
    noteFault(request.log, error);
    return reply
      .code(503)
      .header("retry-after", RETRY_AFTER_S)
      .send(errorBody("SERVICE_UNAVAILABLE", advice));
  }
  const status = error.statusCode ?? 500;
  if (error instanceof Refused) return reply.code(status).send(errorBody(error.code, error.message));
  if (status >= 500) {
    noteFault(request.log, error);
    const message = "The server failed to answer this; its log says why.";
    return reply.code(status).send(errorBody("INTERNAL_SERVER_ERROR", message));
  }
  const code = error instanceof BadRequest ? error.code : (CODES[status] ?? "BAD_REQUEST");
  return reply.code(status).send(errorBody(code, error.message));
}

/** Answers a request for what is not there. */
export function answerNotFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const message = `There is no ${request.method} ${request.url} here.`;
  return isRestRequest(request)
    ? sendProblem(reply, { status: 404, code: "NOT_FOUND", detail: message })
    : reply.code(404).send(errorBody("NOT_FOUND", message));
}
