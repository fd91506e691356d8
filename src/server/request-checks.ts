import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from "fastify";
import { JsonTooDeep, MAX_JSON_DEPTH, parseUntrustedJson } from "../lib/json.ts";
import { invalidHost } from "./accepted-hosts.ts";
import { HttpError, RETRY_AFTER_S, sendError } from "./errors.ts";

/** A step before the body of a request is read. It throws the error of a rejected request. */
type RequestCheck = (request: FastifyRequest, reply: FastifyReply) => void;

/** One hook for several checks. Fastify creates promises for each asynchronous hook. */
export function requestHook(...checks: readonly RequestCheck[]): onRequestHookHandler {
  return (request, reply, done) => {
    for (const check of checks) check(request, reply);
    done();
  };
}

/**
 * Rejects a request with an invalid host or X-Forwarded-Proto, of which the GraphQL handler cannot create a URL. Most
 * requests have the same ones.
 */
export function requireHost(): RequestCheck {
  let lastValid = "";
  return (request) => {
    const origin = `${request.protocol}://${request.hostname}/`;
    if (origin !== lastValid && !URL.canParse(origin)) throw invalidHost();
    lastValid = origin;
  };
}

/**
 * Rejects JSON in a URL that Apollo would accept with its own parser: variables with numbers that a double would round,
 * and JSON that is nested too deeply. (Variables in a body keep their digits: body.ts.)
 */
export function requireExactVariables({ query }: FastifyRequest): void {
  if (typeof query !== "object" || query === null) return;
  if ("extensions" in query) isExactJson("extensions", query.extensions);
  if (!("variables" in query) || isExactJson("variables", query.variables)) return;
  throw new HttpError(
    400,
    "BAD_USER_INPUT",
    "variables in a URL must not contain a number that would lose digits; send it as a string",
  );
}

/** @throws HttpError when the JSON is nested too deep. */
function isExactJson(name: string, text: unknown): boolean {
  if (typeof text !== "string") return true;
  try {
    return JSON.stringify(parseUntrustedJson(text)) === JSON.stringify(JSON.parse(text));
  } catch (error) {
    if (error instanceof JsonTooDeep) {
      const message = `${name} in a URL must not be nested deeper than ${MAX_JSON_DEPTH} levels`;
      throw new HttpError(400, "BAD_USER_INPUT", message);
    }
    // Apollo rejects invalid JSON.
    return true;
  }
}

/** Rejects compressed bodies before they are read: the limits apply to received bytes, and 45 KB of gzip may be 45 MB. */
export function rejectEncodedBody({ headers }: FastifyRequest): void {
  const encoding = headers["content-encoding"]?.trim().toLowerCase() ?? "identity";
  if (encoding !== "identity") throw unsupportedEncoding(encoding);
}

/** The message repeats the header only if it is a name such as gzip. */
function unsupportedEncoding(encoding: string): HttpError {
  const name = /^[\w-]{1,20}$/.test(encoding) ? ` (${encoding})` : "";
  const message = `The body must not be compressed${name}: send it without Content-Encoding.`;
  return new HttpError(415, "UNSUPPORTED_MEDIA_TYPE", message);
}

/** Answers the methods that a URL does not support with 405 and an Allow header. */
export function rejectOtherMethods(server: FastifyInstance, url: string, methods: readonly string[]): void {
  const served = new Set([...methods, ...(methods.includes("GET") ? ["HEAD"] : [])]);
  const allow = [...served].join(", ");
  server.route({
    method: server.supportedMethods.filter((method) => !served.has(method)),
    url,
    // Before the body is read: its type and size are not relevant.
    onRequest: async (request, reply) => {
      const detail = `This URL does not support ${request.method}; use ${allow}.`;
      return sendError(request, reply.header("allow", allow), {
        status: 405,
        code: "METHOD_NOT_ALLOWED",
        detail,
      });
    },
    handler: () => {},
  });
}

/** The paths that need no database: health, and the page with its files. */
const WITHOUT_DATABASE = /^\/(?:health\/|assets\/|\?|$)/;

/** Rejects requests until the database is ready, except those that do not need it. */
export function rejectUntilOpen(isOpen: () => boolean): RequestCheck {
  return ({ url }) => {
    if (isOpen() || WITHOUT_DATABASE.test(url)) return;
    const message = "The service is starting and waits for its database; try again.";
    throw new HttpError(503, "SERVICE_UNAVAILABLE", message, RETRY_AFTER_S);
  };
}
