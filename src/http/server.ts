import type { ApolloServer } from "@apollo/server";
import { fastifyApolloHandler } from "@as-integrations/fastify";
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from "fastify";
import type { Context } from "../graphql/context.ts";
import type { RequestObserver } from "../telemetry/served-request.ts";
import { answerClientError } from "./answer-client-error.ts";
import { answerError, answerNotFound } from "./answer-error.ts";
import { addHealthRoutes } from "./health.routes.ts";
import { readJsonBody } from "./json-body.ts";
import { observeRequests } from "./observe-requests.ts";
import { requireExactVariables } from "./require-exact-variables.ts";
import { requireHost } from "./require-host.ts";
import { addRestRoutes } from "./rest/add-routes.ts";

/** What the web server serves. */
export interface ServerOptions {
  readonly apollo: ApolloServer<Context>;
  readonly createContext: () => Context;
  readonly isReady: () => Promise<boolean>;
  readonly bodyLimit: number;
  /** Who is told of each request. */
  readonly observers: readonly RequestObserver[];
  readonly log: FastifyBaseLogger;
}

/** The web server with its routes: /graphql, /api/v1, and health. Does not listen yet. */
export function createServer({
  apollo,
  createContext,
  isReady,
  bodyLimit,
  observers,
  log,
}: ServerOptions): FastifyInstance {
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
  server.addContentTypeParser("application/json", { parseAs: "buffer" }, readJsonBody);
  server.setErrorHandler(answerError);
  server.setNotFoundHandler(answerNotFound);
  server.route({
    method: ["GET", "POST"],
    url: "/graphql",
    onRequest: [requireHost, requireExactVariables],
    handler: fastifyApolloHandler(apollo, { context: async () => createContext() }),
  });
  server.get("/", (_request, reply) => reply.redirect("/graphql"));
  addRestRoutes(server, createContext);
  addHealthRoutes(server, isReady);
  return server;
}
