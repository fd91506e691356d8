import type { FastifyInstance } from "fastify";
import { cancelledBy, currentCancellation } from "../database/guarded-pool.ts";
import { DomainError } from "../lib/errors.ts";
import type { HttpError } from "./errors.ts";

/** Cancels the SQL of a request whose client disconnects before it has received the response. */
export function abortOnDisconnect(server: FastifyInstance): void {
  // In preHandler, because the events of the body run outside the asynchronous context of earlier hooks.
  server.addHook("preHandler", (_request, { raw: response }, done) => {
    const disconnect = new AbortController();
    // The connection may have closed during authentication.
    if (response.closed) disconnect.abort(clientDisconnected());
    response.once("close", () => {
      if (!response.writableFinished) disconnect.abort(clientDisconnected());
    });
    // The thread for large requests receives the cancellation from the main thread.
    const outer = currentCancellation();
    cancelledBy(outer ? AbortSignal.any([outer, disconnect.signal]) : disconnect.signal, done);
  });
}

/** The reason with which the SQL of a request is cancelled. */
export function clientDisconnected(): DomainError {
  return new DomainError("SERVICE_UNAVAILABLE", "The client disconnected before the response was sent.");
}

/** Aborts when the client of the current request disconnects, or with `refusal` after this time. */
export function requestDeadline(ms: number, timeoutError: HttpError): AbortSignal {
  const timeout = new AbortController();
  setTimeout(() => timeout.abort(timeoutError), ms).unref();
  const cancellation = currentCancellation();
  return cancellation === undefined ? timeout.signal : AbortSignal.any([cancellation, timeout.signal]);
}
