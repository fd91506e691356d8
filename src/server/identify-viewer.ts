import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { ANONYMOUS, AUTH_DISABLED, type Viewer } from "../access/viewer.ts";
import { DomainError } from "../lib/errors.ts";
import { recordCaller } from "../telemetry/current-request.ts";
import { prefersHtml } from "./graphql/apollo.ts";
import type { CountCredentialCheck } from "./limits.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** On whose behalf the request is served; NOBODY until that is known. */
    viewer: Viewer;
  }
}

/** Runs before the body of a request is read. */
type OnRequest = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/** Tells who asks; see Authenticator. */
export type Authenticate = (authorization: string | undefined, beforeCheck: () => void) => Promise<Viewer>;

/**
 * Makes what finds out who asks, before anything else of a request is looked at. What it lets through without a token
 * is served for NOBODY.
 */
export function authenticationHook(
  server: FastifyInstance,
  authenticate: Authenticate,
  countAttempt: CountCredentialCheck,
): OnRequest {
  server.decorateRequest("viewer", { getter: () => ANONYMOUS });
  return async (request, reply) => {
    if (request.headers.authorization === undefined && asksForSandbox(request)) return;
    let uncount: (() => void) | undefined;
    const count = () => {
      uncount ??= countAttempt(request);
    };
    try {
      const viewer = await authenticate(request.headers.authorization, count);
      uncount?.();
      Object.defineProperty(request, "viewer", { value: viewer });
      if (viewer !== AUTH_DISABLED) recordCaller(viewer.name);
    } catch (error) {
      if (error instanceof DomainError) {
        count();
        reply.headers(challenge(error, request));
      } else {
        // The database cannot be reached: nothing is known of the credentials.
        uncount?.();
      }
      throw error;
    }
  };
}

/** Whether a browser asks for the page, which holds no data; an operation in the URL needs a token as any other. */
function asksForSandbox({ method, url, headers: { accept } }: FastifyRequest): boolean {
  return method === "GET" && /^\/graphql\/?$/.test(url) && prefersHtml(accept);
}

/** RFC 6750, section 3: a request without a token is told that it needs one, and no more. */
function challenge({ code }: DomainError, { headers }: FastifyRequest): Record<string, string> {
  const realm = 'Bearer realm="results-storage"';
  if (code === "FORBIDDEN") return { "www-authenticate": `${realm}, error="insufficient_scope"` };
  if (code !== "UNAUTHENTICATED") return {};
  return {
    "www-authenticate": headers.authorization === undefined ? realm : `${realm}, error="invalid_token"`,
  };
}
