import type { FastifyInstance } from "fastify";
import { Refused } from "./refused.ts";

/**
 * Refuses bodies that are compressed, before they are read: every limit is on the bytes that come, and 45 KB of gzip
 * may be 45 MB.
 */
export function refuseEncodedBodies(server: FastifyInstance): void {
  server.addHook("onRequest", (request, _reply, done) => {
    const encoding = request.headers["content-encoding"]?.trim().toLowerCase() ?? "identity";
    done(encoding === "identity" ? undefined : refusal(encoding));
  });
}

/** What the header says is not repeated unless it is a name such as gzip. */
function refusal(encoding: string): Refused {
  const name = /^[\w-]{1,20}$/.test(encoding) ? ` (${encoding})` : "";
  const message = `The body must not be compressed${name}: leave out Content-Encoding, and send it as it is.`;
  return new Refused(415, "UNSUPPORTED_MEDIA_TYPE", message);
}
