import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { errorBody } from "./error-body.ts";
import { isRestRequest, RETRY_AFTER_S, sendProblem } from "./rest/answer-problem.ts";

const CODE = "SERVICE_UNAVAILABLE";
const MESSAGE = "The service is starting, and waits for its database; try again.";

/** Refuses whatever needs the database until there is one. Health is told in any case. */
export function refuseUntilOpen(server: FastifyInstance, isOpen: () => boolean): void {
  server.addHook("onRequest", async (request, reply) => {
    if (!isOpen() && !request.url.startsWith("/health/")) return refuse(request, reply);
  });
}

function refuse(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return isRestRequest(request)
    ? sendProblem(reply, { status: 503, code: CODE, detail: MESSAGE })
    : reply.code(503).header("retry-after", RETRY_AFTER_S).send(errorBody(CODE, MESSAGE));
}
