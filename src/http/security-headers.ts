import type { FastifyInstance } from "fastify";

/** The service answers data: nothing of it is to be run, framed, embedded, or guessed to be something else. */
const HEADERS = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  // A page of another origin cannot load an answer as a script or an image. CORS_ORIGINS is not affected.
  "cross-origin-resource-policy": "same-origin",
};

const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** The Sandbox page says itself, with a nonce, which scripts it runs; this adds what only a header can say. */
const PAGE_POLICY = "frame-ancestors 'none'; base-uri 'none'; object-src 'none'; form-action 'none'";

/** Adds security headers to every answer. Strict-Transport-Security is for who ends TLS. */
export function addSecurityHeaders(server: FastifyInstance): void {
  server.addHook("onSend", (_request, reply, payload, done) => {
    const isPage = String(reply.getHeader("content-type")).startsWith("text/html");
    reply.headers(HEADERS).header("content-security-policy", isPage ? PAGE_POLICY : DATA_POLICY);
    done(null, payload);
  });
}
