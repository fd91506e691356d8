import type { FastifyInstance } from "fastify";
import { RETRY_AFTER_S, type Refusal } from "./refusal.ts";
import { sendRefusal } from "./send-refusal.ts";

const NOT_OPEN: Refusal = {
  status: 503,
  code: "SERVICE_UNAVAILABLE",
  detail: "The service is starting, and waits for its database; try again.",
  retryAfter: RETRY_AFTER_S,
};

/** Refuses whatever needs the database until there is one. Health is told in any case. */
export function refuseUntilOpen(server: FastifyInstance, isOpen: () => boolean): void {
  server.addHook("onRequest", async (request, reply) => {
    if (!isOpen() && !request.url.startsWith("/health/")) return sendRefusal(request, reply, NOT_OPEN);
  });
}
