import { isIP } from "node:net";
import type { ApolloServer } from "@apollo/server";
import { fastifyApolloHandler } from "@as-integrations/fastify";
import compress from "@fastify/compress";
import cors from "@fastify/cors";
import {
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
import type { RequestObserver } from "../telemetry/current-request.ts";
import { type AcceptedHosts, requireAcceptedHost, requireOneHost } from "./accepted-hosts.ts";
import { jsonBodyParser, LARGE_BODY_BYTES } from "./body.ts";
import { answerClientError, answerError, sendNotFound } from "./errors.ts";
import { type Authenticate, authenticationHook } from "./identify-viewer.ts";
import { answerLargeRequests, type LargeRequests } from "./large-requests.ts";
import { abortOnDisconnect, addHealthRoutes, type Readiness } from "./lifecycle.ts";
import { addLimits, answerWithin, CONNECTION_LIMITS, type HttpLimits } from "./limits.ts";
import { observeRequests } from "./observe-requests.ts";
import {
  refuseEncodedBodies,
  refuseOtherMethods,
  refuseUntilOpen,
  requireExactVariables,
  requireHost,
} from "./request-checks.ts";
import { addRestRoutes } from "./rest/add-routes.ts";
import type { UploadMemory } from "./upload-memory.ts";

/** How long a browser need not ask again whether a page may ask, in seconds: a day. */
const PREFLIGHT_KEPT_S = 86_400;

/** The headers of an answer that a page of another origin may read beside its body. */
const SHOWN_TO_PAGES = ["etag", "retry-after", "x-request-id"];

/** The web server. */
export type WebServer = FastifyInstance;

/** What the web server serves. */
interface ServerOptions {
  readonly apollo: ApolloServer<Context>;
  /** Tells who asks, by the Authorization header. */
  readonly authenticate: Authenticate;
  readonly createContext: (viewer: Viewer) => Context;
  readonly readiness: () => Promise<Readiness>;
  /** Whether there is a database to answer from. */
  readonly isOpen: () => boolean;
  /** Answers requests with large bodies; undefined: they are answered here. */
  readonly largeRequests: LargeRequests | undefined;
  /** Who is told of each request. */
  readonly observers: readonly RequestObserver[];
  readonly limits: HttpLimits;
  /** Large bodies share it. */
  readonly uploadMemory: UploadMemory;
  /** Origins whose pages may ask; "*" is all. */
  readonly corsOrigins: readonly string[];
  /** Which names requests may be sent to; undefined: any. */
  readonly acceptedHosts: AcceptedHosts | undefined;
  /** Whose X-Forwarded-* headers are believed. */
  readonly trustProxy: number | readonly string[] | undefined;
  readonly log: FastifyBaseLogger;
}

/** Smaller answers are sent as they are: a dashboard of 15 KB on a fast line is there before it is compressed. */
const COMPRESSED_FROM_BYTES = 32_768;

/** The web server with its routes: /graphql, /api/v1, and health. Does not listen yet. */
export async function createServer({
  apollo,
  authenticate,
  createContext,
  readiness,
  isOpen,
  largeRequests,
  observers,
  limits,
  uploadMemory,
  corsOrigins,
  acceptedHosts,
  trustProxy,
  log,
}: ServerOptions): Promise<WebServer> {
  const server = fastify({
    loggerInstance: log,
    bodyLimit: limits.bodyBytes,
    keepAliveTimeout: limits.keepAliveMs,
    ...CONNECTION_LIMITS,
    trustProxy: trusting(trustProxy),
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: "idle",
    // What still comes over a connection that is kept alive while the server stops has been accepted: it is answered.
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true },
    frameworkErrors: answerError,
    clientErrorHandler: answerClientError,
  });
  observeRequests(server, observers);
  if (trustProxy !== undefined) readForwardedAddresses(server);
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    "application/json",
    jsonBodyParser({
      largest: limits.bodyBytes,
      largestQuery: limits.queryBytes,
      largeFrom: largeRequests ? LARGE_BODY_BYTES : Number.POSITIVE_INFINITY,
    }),
  );
  server.setErrorHandler(answerError);
  requireOneHost(server);
  if (acceptedHosts) requireAcceptedHost(server, acceptedHosts);
  refuseUntilOpen(server, isOpen);
  abortOnDisconnect(server);
  server.setNotFoundHandler(sendNotFound);
  addSecurityHeaders(server);
  if (corsOrigins.length > 0) {
    await server.register(cors, {
      origin: originsOf(corsOrigins),
      exposedHeaders: [...SHOWN_TO_PAGES],
      maxAge: PREFLIGHT_KEPT_S,
      // Whoever asks without a page is told the same, and not in plain text that it is wrong.
      strictPreflight: false,
    });
  }
  // Limits hold for the routes in here: health is told in any case.
  await server.register(async (limited) => {
    const countAttempt = await addLimits(limited, limits, uploadMemory);
    // Before the routes, which it has to be told of.
    await limited.register(compress, {
      threshold: COMPRESSED_FROM_BYTES,
      encodings: ["gzip"],
      globalDecompression: false,
    });
    refuseEncodedBodies(limited);
    if (largeRequests) answerLargeRequests(limited, largeRequests);
    const identify = authenticationHook(limited, authenticate, countAttempt);
    limited.route({
      method: ["GET", "HEAD", "POST"],
      url: "/graphql",
      onRequest: [readAsGraphqlRequest, addVary, identify, requireHost, requireExactVariables],
      handler: answerWithin(
        limits.requestTimeoutMs,
        fastifyApolloHandler(apollo, { context: async ({ viewer }) => createContext(viewer) }),
      ),
    });
    refuseOtherMethods(limited, "/graphql", ["GET", "POST"]);
    limited.get("/", (_request, reply) => reply.redirect("/graphql"));
    addRestRoutes(limited, identify, createContext, limits.requestTimeoutMs);
  });
  addHealthRoutes(server, readiness);
  return server;
}

function trusting(proxies: ServerOptions["trustProxy"]) {
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
 * Lets Apollo read a request as GraphQL over HTTP and RFC 9110 (section 9.3.2) have it: a HEAD is a GET whose body
 * Node.js leaves out, and an empty parameter is none.
 */
async function readAsGraphqlRequest(request: FastifyRequest): Promise<void> {
  if (request.method === "HEAD") Object.defineProperty(request, "method", { value: "GET" });
  Object.defineProperty(request, "url", { value: withoutEmptyParameters(request.url) });
}

function withoutEmptyParameters(url: string): string {
  const start = url.indexOf("?");
  if (start === -1) return url;
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
 * Takes ports, brackets and quotes off the addresses of X-Forwarded-For, before any of them is compared or counted:
 * Azure's Application Gateway writes a port, which is another one for each connection.
 */
function readForwardedAddresses(server: FastifyInstance): void {
  server.addHook("onRequest", (request, _reply, done) => {
    const { headers } = request.raw;
    const forwarded = headers["x-forwarded-for"];
    if (forwarded !== undefined) {
      headers["x-forwarded-for"] = String(forwarded).split(",").map(bareAddress).join(",");
    }
    done();
  });
}

/** The address in `192.0.2.1:4711`, `[2001:db8::1]:4711` or `"[2001:db8::1]"`; what holds none stays as it is. */
function bareAddress(element: string): string {
  const text = element.trim().replace(/^"(.*)"$/, "$1");
  // An IPv6 address without brackets may end in what looks like a port.
  const candidates = [text, text.replace(/:\d+$/, ""), text.replace(/^\[(.*)\](?::\d+)?$/, "$1")];
  return candidates.find((candidate) => isIP(candidate) !== 0)?.replace(/%.*$/, "") ?? text;
}

function originsOf(origins: readonly string[]): string | string[] {
  return origins.includes("*") ? "*" : [...origins];
}

/** The headers of a request, beside its URL, that an answer depends on. */
const DEPENDS_ON = ["accept", "accept-encoding", "authorization"];

/** Tells caches what an answer depends on, added to what CORS says of it. */
async function addVary(_request: FastifyRequest, reply: FastifyReply): Promise<void> {
  reply.header("vary", append(String(reply.getHeader("vary") ?? ""), DEPENDS_ON));
}

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
function addSecurityHeaders(server: FastifyInstance): void {
  server.addHook("onSend", (_request, reply, payload, done) => {
    const isPage = String(reply.getHeader("content-type")).startsWith("text/html");
    reply.headers(HEADERS).header("content-security-policy", isPage ? PAGE_POLICY : DATA_POLICY);
    done(null, payload);
  });
}
