import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply } from "fastify";
import { Refused } from "../refused.ts";

/** So many seconds later most of those that run have ended: they take milliseconds. */
const RETRY_AFTER_S = 1;

/**
 * Bounds how many of a server's requests run at the same time, so that a rush of them neither fills the memory nor
 * makes everybody wait. The rest is refused at once: when the server is busy already before the body is read. A
 * request runs from when its body is there until the client has its answer. An export is not counted while it is
 * sent: it is made as it is taken, so it holds nothing but a place, and a slow client would hold it for long.
 */
export function limitRunning(server: FastifyInstance, limit: number): void {
  const running = new Set<FastifyReply>();
  server.addHook("onRequest", (_request, _reply, done) => {
    done(running.size < limit ? undefined : busy(limit));
  });
  server.addHook("preHandler", (_request, reply, done) => {
    if (running.size >= limit) {
      done(busy(limit));
      return;
    }
    running.add(reply);
    reply.raw.once("close", () => running.delete(reply));
    done();
  });
  server.addHook("onSend", (_request, reply, payload, done) => {
    if (payload instanceof Readable) running.delete(reply);
    done();
  });
}

function busy(limit: number): Refused {
  return new Refused(
    503,
    "SERVICE_UNAVAILABLE",
    `The server answers ${limit} other requests at the moment; try again.`,
    RETRY_AFTER_S,
  );
}
