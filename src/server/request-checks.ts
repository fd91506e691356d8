import type { FastifyInstance, FastifyRequest } from "fastify";
import { DEEPEST_JSON, JsonTooDeep, parseUntrustedJson } from "../lib/json.ts";
import { type ErrorResponse, HttpError, RETRY_AFTER_S, sendError } from "./errors.ts";

/** Refuses a request whose host (or protocol, as a proxy says) is none: the GraphQL handler makes a URL of it, and would fail. */
export async function requireHost(request: FastifyRequest): Promise<void> {
  if (!URL.canParse(`${request.protocol}://${request.hostname}/`)) {
    throw new HttpError(400, "BAD_REQUEST", "The Host header must name a host.");
  }
}

/**
 * Refuses JSON in a URL that Apollo, which parses it itself, would take without a word: variables with numbers that a
 * double would round, and what is nested too deep. (Variables in a body keep their digits: json-body.ts.)
 */
export async function requireExactVariables({ query }: FastifyRequest): Promise<void> {
  if (typeof query !== "object" || query === null) return;
  if ("extensions" in query) keepsDigits("extensions", query.extensions);
  if (!("variables" in query) || keepsDigits("variables", query.variables)) return;
  throw new HttpError(
    400,
    "BAD_USER_INPUT",
    "variables in a URL must not hold a number that loses digits; send it as a string",
  );
}

/** @throws HttpError when the JSON is nested too deep. */
function keepsDigits(name: string, text: unknown): boolean {
  if (typeof text !== "string") return true;
  try {
    return JSON.stringify(parseUntrustedJson(text)) === JSON.stringify(JSON.parse(text));
  } catch (error) {
    if (error instanceof JsonTooDeep) {
      const message = `${name} in a URL must not be nested deeper than ${DEEPEST_JSON} levels`;
      throw new HttpError(400, "BAD_USER_INPUT", message);
    }
    // Apollo refuses what is no JSON.
    return true;
  }
}

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
function refusal(encoding: string): HttpError {
  const name = /^[\w-]{1,20}$/.test(encoding) ? ` (${encoding})` : "";
  const message = `The body must not be compressed${name}: leave out Content-Encoding, and send it as it is.`;
  return new HttpError(415, "UNSUPPORTED_MEDIA_TYPE", message);
}

/** Refuses the methods that a URL does not serve, naming those that it does. */
export function refuseOtherMethods(server: FastifyInstance, url: string, methods: readonly string[]): void {
  const served = new Set([...methods, ...(methods.includes("GET") ? ["HEAD"] : [])]);
  const allow = [...served].join(", ");
  server.route({
    method: server.supportedMethods.filter((method) => !served.has(method)),
    url,
    // Before the body is read: its type and size are nothing that has to be right.
    onRequest: async (request, reply) => {
      const detail = `${request.method} is not allowed here; allowed is ${allow}.`;
      return sendError(request, reply.header("allow", allow), {
        status: 405,
        code: "METHOD_NOT_ALLOWED",
        detail,
      });
    },
    handler: () => {},
  });
}

const NOT_OPEN: ErrorResponse = {
  status: 503,
  code: "SERVICE_UNAVAILABLE",
  detail: "The service is starting, and waits for its database; try again.",
  retryAfter: RETRY_AFTER_S,
};

/** Refuses whatever needs the database until there is one. Health is told in any case. */
export function refuseUntilOpen(server: FastifyInstance, isOpen: () => boolean): void {
  server.addHook("onRequest", async (request, reply) => {
    if (!isOpen() && !request.url.startsWith("/health/")) return sendError(request, reply, NOT_OPEN);
  });
}
