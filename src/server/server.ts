import { isIP } from "node:net";
import type { ApolloServer } from "@apollo/server";
import { fastifyApolloHandler } from "@as-integrations/fastify";
import compress from "@fastify/compress";
import cors from "@fastify/cors";
import {
  type DoneFuncWithErrOrRes,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  LogController,
} from "fastify";
import { append } from "vary";
import type { Viewer } from "../access/viewer.ts";
import type { Context } from "../graphql/context.ts";
import type { JobEvents } from "../live/job-events.ts";
import type { RequestObserver } from "../telemetry/current-request.ts";
import { type AcceptedHosts, requireAcceptedHost, requireOneHost } from "./accepted-hosts.ts";
import { jsonBodyParser, LARGE_BODY_BYTES } from "./body.ts";
import { abortOnDisconnect } from "./cancellation.ts";
import { handleClientError, handleError, sendNotFound } from "./errors.ts";
import { requirePersistedQuery } from "./graphql/persisted-queries.ts";
import { STREAM_PATH } from "./graphql/subscription.ts";
import { type Authenticate, authenticationHook } from "./identify-viewer.ts";
import { addLargeRequestHook, type LargeRequests } from "./large-requests.ts";
import { addHealthRoutes, type Readiness } from "./lifecycle.ts";
import { addLimits, CONNECTION_LIMITS, type HttpLimits, withTimeout } from "./limits.ts";
import { addLiveStream, type StreamLimits } from "./live-stream.ts";
import { observeRequests } from "./observe-requests.ts";
import {
  rejectEncodedBody,
  rejectOtherMethods,
  rejectUntilOpen,
  requestHook,
  requireExactVariables,
  requireHost,
} from "./request-checks.ts";
import { addRestRoutes } from "./rest/add-routes.ts";
import type { UploadMemory } from "./upload-memory.ts";
import { addWebPages } from "./web-page.ts";

/** The time for which a browser may cache a CORS preflight response: a day. */
const PREFLIGHT_MAX_AGE_S = 86_400;

/** The response headers that a page of another origin may read. */
const EXPOSED_HEADERS = ["etag", "retry-after", "x-request-id"];

export type WebServer = FastifyInstance;

interface ServerOptions {
  readonly apollo: ApolloServer<Context>;
  readonly authenticate: Authenticate;
  readonly createContext: (viewer: Viewer) => Context;
  readonly readiness: () => Promise<Readiness>;
  /** Whether the database is ready. */
  readonly isOpen: () => boolean;
  /** The handler of requests with large bodies; undefined: they are handled like all others. */
  readonly largeRequests: LargeRequests | undefined;
  /** Called for each request. */
  readonly observers: readonly RequestObserver[];
  readonly limits: HttpLimits;
  /** The source of subscriptions. */
  readonly jobEvents: JobEvents;
  readonly streamLimits: StreamLimits;
  /** Shared by large bodies. */
  readonly uploadMemory: UploadMemory;
  /** Origins whose pages may send requests; "*" permits all. */
  readonly corsOrigins: readonly string[];
  /** The accepted values of the Host header; undefined: any. */
  readonly acceptedHosts: AcceptedHosts | undefined;
  /** Trusted proxies: a hop count, or a list of addresses. */
  readonly trustProxy: number | readonly string[] | undefined;
  /** Whether clients may read the schema. */
  readonly introspection: boolean;
  readonly log: FastifyBaseLogger;
}

/** Smaller responses are not compressed: on a fast line 15 KB are received before they would be compressed. */
const COMPRESSION_THRESHOLD_BYTES = 32_768;

/** Creates the web server with its routes: the page, /graphql with /graphql/stream, /api/v1, and health. It does not listen yet. */
export async function createServer({
  apollo,
  authenticate,
  createContext,
  readiness,
  isOpen,
  largeRequests,
  observers,
  limits,
  jobEvents,
  streamLimits,
  uploadMemory,
  corsOrigins,
  acceptedHosts,
  trustProxy,
  introspection,
  log,
}: ServerOptions): Promise<WebServer> {
  const server = fastify({
    loggerInstance: log,
    bodyLimit: limits.bodyBytes,
    keepAliveTimeout: limits.keepAliveMs,
    ...CONNECTION_LIMITS,
    trustProxy: trustFunction(trustProxy),
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: "idle",
    // Requests on a kept-alive connection are answered while the server stops.
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true },
    // No hook runs for a URL that cannot be decoded.
    frameworkErrors: (error, request, reply) =>
      handleError(error, request, reply.header("cache-control", "no-store")),
    clientErrorHandler: handleClientError,
  });
  observeRequests(server, observers);
  if (trustProxy !== undefined) normalizeForwardedFor(server);
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    "application/json",
    jsonBodyParser({
      maxBytes: limits.bodyBytes,
      maxQueryBytes: limits.queryBytes,
      largeBytes: largeRequests ? LARGE_BODY_BYTES : Number.POSITIVE_INFINITY,
    }),
  );
  server.setErrorHandler(handleError);
  const acceptedHost = acceptedHosts ? [requireAcceptedHost(acceptedHosts)] : [];
  server.addHook("onRequest", requestHook(requireOneHost, ...acceptedHost, rejectUntilOpen(isOpen)));
  abortOnDisconnect(server);
  server.setNotFoundHandler(sendNotFound);
  addSecurityHeaders(server);
  server.addHook("onSend", preventHttpCaching);
  if (corsOrigins.length > 0) {
    await server.register(cors, {
      origin: corsOrigin(corsOrigins),
      exposedHeaders: [...EXPOSED_HEADERS],
      maxAge: PREFLIGHT_MAX_AGE_S,
      // A strict preflight would reject other OPTIONS requests, in plain text.
      strictPreflight: false,
    });
  }
  // The limits apply to the routes in this scope, not to health.
  await server.register(async (limited) => {
    limited.addHook("onRequest", requestHook(addVary));
    const countCredentialCheck = await addLimits(limited, limits, uploadMemory);
    // Before the routes: the plugin processes routes that are added after it.
    await limited.register(compress, {
      threshold: COMPRESSION_THRESHOLD_BYTES,
      encodings: ["gzip"],
      globalDecompression: false,
    });
    limited.addHook("onRequest", requestHook(rejectEncodedBody));
    if (largeRequests) addLargeRequestHook(limited, largeRequests);
    const identify = authenticationHook(limited, authenticate, countCredentialCheck);
    limited.route({
      method: ["GET", "HEAD", "POST"],
      url: "/graphql",
      onRequest: [
        requestHook(readAsGraphqlRequest),
        identify,
        requestHook(requireHost(), requireExactVariables),
      ],
      preHandler: requestHook(requirePersistedQuery),
      handler: withTimeout(
        limits.requestTimeoutMs,
        fastifyApolloHandler(apollo, { context: async ({ viewer }) => createContext(viewer) }),
      ),
    });
    rejectOtherMethods(limited, "/graphql", ["GET", "POST"]);
    addLiveStream(limited, {
      apollo,
      jobEvents,
      createContext: ({ viewer }) => createContext(viewer),
      authenticate,
      limits: streamLimits,
      startTimeoutMs: limits.requestTimeoutMs,
      onRequest: [requestHook(addVary), identify, requestHook(requireHost())],
    });
    rejectOtherMethods(limited, STREAM_PATH, ["POST"]);
    addRestRoutes(limited, identify, createContext, limits.requestTimeoutMs);
  });
  await addWebPages(server, { introspection });
  addHealthRoutes(server, readiness);
  return server;
}

function trustFunction(proxies: ServerOptions["trustProxy"]) {
  if (proxies === undefined) return false;
  return typeof proxies === "number" ? (_address: string, hop: number) => hop < proxies : [...proxies];
}

/** The parameters of a GET that are left out when they are empty; null is empty too where JSON is expected. */
const OPTIONAL_PARAMETERS: Readonly<Record<string, RegExp>> = {
  operationName: /^$/,
  variables: /^\s*(?:null\s*)?$/,
  extensions: /^\s*(?:null\s*)?$/,
};

/**
 * Adapts a request for Apollo to GraphQL over HTTP and RFC 9110 (section 9.3.2): a HEAD is a GET whose response body
 * Node.js omits, and an empty parameter is omitted.
 */
function readAsGraphqlRequest(request: FastifyRequest): void {
  const { method, url } = request;
  if (method === "HEAD") Object.defineProperty(request, "method", { value: "GET" });
  if (url.includes("?")) Object.defineProperty(request, "url", { value: withoutEmptyParameters(url) });
}

function withoutEmptyParameters(url: string): string {
  const start = url.indexOf("?");
  const kept = url
    .slice(start + 1)
    .split("&")
    .filter((parameter) => {
      const [[name = "", value = ""] = []] = new URLSearchParams(parameter);
      return !(Object.hasOwn(OPTIONAL_PARAMETERS, name) && OPTIONAL_PARAMETERS[name]?.test(value));
    });
  return `${url.slice(0, start)}?${kept.join("&")}`;
}

/**
 * Removes ports, brackets and quotes from the addresses of X-Forwarded-For, before they are compared or counted:
 * Azure's Application Gateway adds the port, which differs for each connection.
 */
function normalizeForwardedFor(server: FastifyInstance): void {
  server.addHook("onRequest", (request, _reply, done) => {
    const { headers } = request.raw;
    const forwarded = headers["x-forwarded-for"];
    if (forwarded !== undefined) {
      headers["x-forwarded-for"] = String(forwarded).split(",").map(bareAddress).join(",");
    }
    done();
  });
}

/** The address in `192.0.2.1:4711`, `[2001:db8::1]:4711` or `"[2001:db8::1]"`; any other text is returned unchanged. */
function bareAddress(element: string): string {
  const text = element.trim().replace(/^"(.*)"$/, "$1");
  // The end of an IPv6 address without brackets may look like a port.
  const candidates = [text, text.replace(/:\d+$/, ""), text.replace(/^\[(.*)\](?::\d+)?$/, "$1")];
  return candidates.find((candidate) => isIP(candidate) !== 0)?.replace(/%.*$/, "") ?? text;
}

function corsOrigin(origins: readonly string[]): string | string[] {
  return origins.includes("*") ? "*" : [...origins];
}

/** The request headers on which a response depends. */
const VARY_HEADERS = ["accept", "accept-encoding", "authorization"];

/** Extends the Vary header, which the CORS plugin may have set. */
function addVary(_request: FastifyRequest, reply: FastifyReply): void {
  reply.header("vary", append(String(reply.getHeader("vary") ?? ""), VARY_HEADERS));
}

/**
 * Forbids browsers and CDNs to store a response that can change, such as a list, an error, or a persisted query that is
 * not found. A CDN may have a default lifetime for responses without Cache-Control. Immutable responses have an ETag.
 */
function preventHttpCaching(
  _request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  done: DoneFuncWithErrOrRes,
): void {
  if (!reply.hasHeader("etag")) reply.header("cache-control", "no-store");
  done(null, payload);
}

/** The service returns data, which browsers must not run, frame, embed or interpret as another type. */
const HEADERS = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  // A page of another origin cannot load a response as a script or an image. CORS_ORIGINS is not affected.
  "cross-origin-resource-policy": "same-origin",
};

const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** The Sandbox page permits its scripts itself, by a nonce; these directives are valid in a header only. */
const PAGE_POLICY = "frame-ancestors 'none'; base-uri 'none'; object-src 'none'; form-action 'none'";

/** Adds security headers to every response. Strict-Transport-Security is set where TLS ends. */
function addSecurityHeaders(server: FastifyInstance): void {
  server.addHook("onSend", (_request, reply, payload, done) => {
    reply.headers(HEADERS);
    if (!reply.hasHeader("content-security-policy")) {
      const isPage = String(reply.getHeader("content-type")).startsWith("text/html");
      reply.header("content-security-policy", isPage ? PAGE_POLICY : DATA_POLICY);
    }
    done(null, payload);
  });
}
