import type { FastifyReply, FastifyRequest } from "fastify";
import { noteErrorCode } from "../telemetry/current-request.ts";
import { errorBody } from "./error-body.ts";
import type { Refusal } from "./refusal.ts";
import { PROBLEM_TYPE, problemBody } from "./rest/problem.ts";

/** Where the REST routes begin. */
export const API_PREFIX = "/api/v1";

/** Whether a request is for the REST routes, so that its refusal is a problem document. */
export function isRestRequest({ url }: FastifyRequest): boolean {
  return url.startsWith(API_PREFIX) && /^(?:$|[/?])/.test(url.slice(API_PREFIX.length));
}

/** Answers with a refusal: in GraphQL's shape, or to REST as a problem document. */
export function sendRefusal(request: FastifyRequest, reply: FastifyReply, refusal: Refusal): FastifyReply {
  const { status, code, detail, retryAfter } = refusal;
  reply.code(status);
  if (retryAfter !== undefined) reply.header("retry-after", retryAfter);
  // The rest of a body that is refused may still come, and is not read.
  if (status === 413) reply.header("connection", "close");
  if (!isRestRequest(request)) return reply.send(errorBody(code, detail));
  noteErrorCode(code);
  // A refusal that stands in the place of a file is nothing to save.
  return reply
    .removeHeader("content-disposition")
    .type(PROBLEM_TYPE)
    .send(JSON.stringify(problemBody(refusal)));
}
