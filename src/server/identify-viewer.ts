import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { ANONYMOUS, AUTH_DISABLED, type Viewer } from "../access/viewer.ts";
import { DomainError } from "../lib/errors.ts";
import { recordCaller } from "../telemetry/current-request.ts";
import { prefersHtml } from "./graphql/apollo.ts";
import type { CountCredentialCheck } from "./limits.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** The authenticated caller; ANONYMOUS before authentication. */
    viewer: Viewer;
  }
}

/** A hook that runs before the body is read. */
type OnRequest = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/** See Authenticator. */
export type Authenticate = (authorization: string | undefined, beforeCheck: () => void) => Promise<Viewer>;

/** Returns the hook that authenticates a request. A request for the Sandbox page without a token stays ANONYMOUS. */
export function authenticationHook(
  server: FastifyInstance,
  authenticate: Authenticate,
  countCredentialCheck: CountCredentialCheck,
): OnRequest {
  server.decorateRequest("viewer", { getter: () => ANONYMOUS });
  return async (request, reply) => {
    if (request.headers.authorization === undefined && isSandboxRequest(request)) return;
    let cancelCount: (() => void) | undefined;
    const count = () => {
      cancelCount ??= countCredentialCheck(request);
    };
    try {
      const viewer = await authenticate(request.headers.authorization, count);
      cancelCount?.();
      Object.defineProperty(request, "viewer", { value: viewer });
      if (viewer !== AUTH_DISABLED) recordCaller(viewer.name);
    } catch (error) {
      if (error instanceof DomainError) {
        count();
        reply.headers(challenge(error, request));
      } else {
        // The database is unavailable: the credentials were not checked.
        cancelCount?.();
      }
      throw error;
    }
  };
}

/** Whether a browser requests the page, which contains no data; an operation in the URL requires a token. */
function isSandboxRequest({ method, url, headers: { accept } }: FastifyRequest): boolean {
  return method === "GET" && /^\/graphql\/?$/.test(url) && prefersHtml(accept);
}

/** RFC 6750, section 3: the challenge to a request without credentials contains no error code. */
function challenge({ code }: DomainError, { headers }: FastifyRequest): Record<string, string> {
  const realm = 'Bearer realm="results-storage"';
  if (code === "FORBIDDEN") return { "www-authenticate": `${realm}, error="insufficient_scope"` };
  if (code !== "UNAUTHENTICATED") return {};
  return {
    "www-authenticate": headers.authorization === undefined ? realm : `${realm}, error="invalid_token"`,
  };
}
