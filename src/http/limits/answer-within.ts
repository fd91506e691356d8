import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { Refused } from "../refused.ts";

type Handler = (this: FastifyInstance, request: FastifyRequest, reply: FastifyReply) => unknown;

/**
 * A handler that gives up after so long. The time runs from when the body is there: an upload takes as long as it
 * takes. What the handler does goes on until the database has an end of it, and its answer goes nowhere.
 */
export function answerWithin(ms: number, handle: Handler): Handler {
  return async function handleWithin(request, reply) {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(tooLong(ms)), ms);
    try {
      return await Promise.race([handle.call(this, request, reply), promise]);
    } finally {
      clearTimeout(timer);
    }
  };
}

function tooLong(ms: number): Refused {
  return new Refused(
    503,
    "SERVICE_UNAVAILABLE",
    `The answer took longer than ${ms / 1_000} s. Ask for less at a time; a store may be repeated with the same idempotency key.`,
    5,
  );
}
