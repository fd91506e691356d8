import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { noteFault } from "../telemetry/current-request.ts";
import { isFault, refusalOf } from "./refusal.ts";
import { sendRefusal } from "./send-refusal.ts";

/** Answers an error of the web server. A fault of ours is logged in full and says nothing. */
export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (isFault(error)) noteFault(request.log, error);
  return sendRefusal(request, reply, refusalOf(error));
}

/** Answers a request for what is not there. */
export function answerNotFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const detail = `There is no ${request.method} ${request.url} here.`;
  return sendRefusal(request, reply, { status: 404, code: "NOT_FOUND", detail });
}
