import type { FastifyInstance } from "fastify";
import { cancelledBy, currentCancellation } from "../database/cancellation.ts";
import { DomainError } from "../errors.ts";

/** Cancels the SQL of a request whose client hangs up before it is answered: nobody would read what comes of it. */
export function cancelWhenHungUp(server: FastifyInstance): void {
  // After the body was read, whose events run outside of what this hook encloses.
  server.addHook("preHandler", (_request, { raw: response }, done) => {
    const hangUp = new AbortController();
    // It may have been closed while it was found out who asks.
    if (response.closed) hangUp.abort(hungUp());
    response.once("close", () => {
      if (!response.writableFinished) hangUp.abort(hungUp());
    });
    // In the thread for large requests its client is that of another thread's.
    const outer = currentCancellation();
    cancelledBy(outer ? AbortSignal.any([outer, hangUp.signal]) : hangUp.signal, done);
  });
}

/** Why the SQL of a request is cancelled. */
export function hungUp(): DomainError {
  return new DomainError("SERVICE_UNAVAILABLE", "The client hung up before it was answered.");
}
