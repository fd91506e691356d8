import type { ApolloServer } from "@apollo/server";
import { fastifyApolloHandler } from "@as-integrations/fastify";
import compress from "@fastify/compress";
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
  fastify,
  LogController,
} from "fastify";
import type { Viewer } from "../access/viewer.ts";
import type { Context } from "../graphql/context.ts";
import type { RequestObserver } from "../telemetry/served-request.ts";
import { answerClientError } from "./answer-client-error.ts";
import { answerError, answerNotFound } from "./answer-error.ts";
import { addHealthRoutes } from "./health.routes.ts";
import { identifierOf } from "./identify-viewer.ts";
import { parseJsonBody } from "./json-body.ts";
import { LARGE_BODY_BYTES, LargeBody } from "./large-requests/large-body.ts";
import type { LargeRequests } from "./large-requests/large-requests.ts";
import { observeRequests } from "./observe-requests.ts";
import { requireExactVariables } from "./require-exact-variables.ts";
import { requireHost } from "./require-host.ts";
import { addRestRoutes } from "./rest/add-routes.ts";

/** The web server. */
export type WebServer = FastifyInstance;

/** What the web server serves. */
export interface ServerOptions {
  readonly apollo: ApolloServer<Context>;
  /** Tells who asks, by the Authorization header. */
  readonly authenticate: (authorization: string | undefined) => Promise<Viewer>;
  readonly createContext: (viewer: Viewer) => Context;
  readonly isReady: () => Promise<boolean>;
  readonly bodyLimit: number;
  /** Answers requests with large bodies; undefined: they are answered here. */
  readonly largeRequests: LargeRequests | undefined;
  /** Who is told of each request. */
  readonly observers: readonly RequestObserver[];
  readonly log: FastifyBaseLogger;
}

/** Smaller answers are sent as they are: a dashboard of 15 KB on a fast line is there before it is compressed. */
const COMPRESSED_FROM_BYTES = 32_768;

/** The web server with its routes: /graphql, /api/v1, and health. Does not listen yet. */
export async function createServer({
  apollo,
  authenticate,
  createContext,
  isReady,
  bodyLimit,
  largeRequests,
  observers,
  log,
}: ServerOptions): Promise<WebServer> {
  const server = fastify({
    loggerInstance: log,
    bodyLimit,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: "idle",
    routerOptions: { ignoreTrailingSlash: true },
    frameworkErrors: answerError,
    clientErrorHandler: answerClientError,
  });
  observeRequests(server, observers);
  server.removeAllContentTypeParsers();
  const largeFrom = largeRequests ? LARGE_BODY_BYTES : Number.POSITIVE_INFINITY;
  server.addContentTypeParser(
    "application/json",
    { parseAs: "buffer" },
    async (_request: FastifyRequest, body: Buffer) =>
      body.length < largeFrom ? parseJsonBody(body) : new LargeBody(body),
  );
  server.addHook("preHandler", async (request, reply) =>
    request.body instanceof LargeBody ? largeRequests?.answer(request, reply, request.body) : undefined,
  );
  // Before the routes, which it has to be told of.
  await server.register(compress, { threshold: COMPRESSED_FROM_BYTES, encodings: ["gzip"] });
  server.setErrorHandler(answerError);
  server.setNotFoundHandler(answerNotFound);
  const identify = identifierOf(server, authenticate);
  server.route({
    method: ["GET", "POST"],
    url: "/graphql",
    onRequest: [identify, requireHost, requireExactVariables],
    handler: fastifyApolloHandler(apollo, { context: async ({ viewer }) => createContext(viewer) }),
  });
  server.get("/", (_request, reply) => reply.redirect("/graphql"));
  addRestRoutes(server, identify, createContext);
  addHealthRoutes(server, isReady);
  return server;
}
