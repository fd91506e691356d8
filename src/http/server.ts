import type { ApolloServer } from "@apollo/server";
import { fastifyApolloHandler } from "@as-integrations/fastify";
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from "fastify";
import type { Context } from "../graphql/context.ts";
import { answerClientError } from "./answer-client-error.ts";
import { answerError, answerNotFound } from "./answer-error.ts";
import { cancelWhenHungUp } from "./cancel-when-hung-up.ts";
import { addHealthRoutes, type Readiness } from "./health.routes.ts";
import { readJsonBody } from "./json-body.ts";
import { refuseUntilOpen } from "./refuse-until-open.ts";
import { requireExactVariables } from "./require-exact-variables.ts";
import { requireHost } from "./require-host.ts";
import { addRestRoutes } from "./rest/add-routes.ts";

/** What the web server serves. */
export interface ServerOptions {
  readonly apollo: ApolloServer<Context>;
  readonly createContext: () => Context;
  readonly readiness: () => Promise<Readiness>;
  /** Whether there is a database to answer from. */
  readonly isOpen: () => boolean;
  readonly bodyLimit: number;
  readonly log: FastifyBaseLogger;
}

/** The web server with its routes: /graphql, /api/v1, and health. Does not listen yet. */
export function createServer({
  apollo,
  createContext,
  readiness,
  isOpen,
  bodyLimit,
  log,
}: ServerOptions): FastifyInstance {
  const server = fastify({
    loggerInstance: log,
    bodyLimit,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: "idle",
    // What still comes over a connection that is kept alive while the server stops has been accepted: it is answered.
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true },
    frameworkErrors: answerError,
    clientErrorHandler: answerClientError,
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("application/json", { parseAs: "buffer" }, readJsonBody);
  server.setErrorHandler(answerError);
  refuseUntilOpen(server, isOpen);
  cancelWhenHungUp(server);
  server.setNotFoundHandler(answerNotFound);
  server.route({
    method: ["GET", "POST"],
    url: "/graphql",
    onRequest: [requireHost, requireExactVariables],
    handler: fastifyApolloHandler(apollo, { context: async () => createContext() }),
  });
  server.get("/", (_request, reply) => reply.redirect("/graphql"));
  addRestRoutes(server, createContext);
  addHealthRoutes(server, readiness);
  return server;
}
