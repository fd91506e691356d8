import type { ApolloServer } from "@apollo/server";
import { fastifyApolloHandler } from "@as-integrations/fastify";
import cors from "@fastify/cors";
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from "fastify";
import type { Context } from "../graphql/context.ts";
import { answerClientError } from "./answer-client-error.ts";
import { answerError, answerNotFound } from "./answer-error.ts";
import { addHealthRoutes } from "./health.routes.ts";
import { jsonBodyParser } from "./json-body.ts";
import { addLimits, CONNECTION_LIMITS } from "./limits/add-limits.ts";
import { answerWithin } from "./limits/answer-within.ts";
import type { HttpLimits } from "./limits/http-limits.ts";
import { requireExactVariables } from "./require-exact-variables.ts";
import { requireHost } from "./require-host.ts";
import { addRestRoutes } from "./rest/add-routes.ts";
import { addSecurityHeaders } from "./security-headers.ts";

/** How long a browser need not ask again whether a page may ask, in seconds: a day. */
const PREFLIGHT_KEPT_S = 86_400;

/** What the web server serves. */
export interface ServerOptions {
  readonly apollo: ApolloServer<Context>;
  readonly createContext: () => Context;
  readonly isReady: () => Promise<boolean>;
  readonly limits: HttpLimits;
  /** Origins whose pages may ask; "*" is all. */
  readonly corsOrigins: readonly string[];
  /** Whose X-Forwarded-* headers are believed. */
  readonly trustProxy: number | readonly string[] | undefined;
  readonly log: FastifyBaseLogger;
}

/** The web server with its routes: /graphql, /api/v1, and health. Does not listen yet. */
export async function createServer({
  apollo,
  createContext,
  isReady,
  limits,
  corsOrigins,
  trustProxy,
  log,
}: ServerOptions): Promise<FastifyInstance> {
  const server = fastify({
    loggerInstance: log,
    bodyLimit: limits.bodyBytes,
    keepAliveTimeout: limits.keepAliveMs,
    ...CONNECTION_LIMITS,
    trustProxy: trusting(trustProxy),
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: "idle",
    routerOptions: { ignoreTrailingSlash: true },
    frameworkErrors: answerError,
    clientErrorHandler: answerClientError,
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("application/json", { parseAs: "buffer" }, jsonBodyParser(limits.queryBytes));
  server.setErrorHandler(answerError);
  server.setNotFoundHandler(answerNotFound);
  addSecurityHeaders(server);
  if (corsOrigins.length > 0) {
    await server.register(cors, { origin: originsOf(corsOrigins), maxAge: PREFLIGHT_KEPT_S });
  }
  // Limits hold for the routes in here: health is told in any case.
  await server.register(async (limited) => {
    await addLimits(limited, limits);
    limited.route({
      method: ["GET", "POST"],
      url: "/graphql",
      onRequest: [requireHost, requireExactVariables],
      handler: answerWithin(
        limits.requestTimeoutMs,
        fastifyApolloHandler(apollo, { context: async () => createContext() }),
      ),
    });
    limited.get("/", (_request, reply) => reply.redirect("/graphql"));
    addRestRoutes(limited, createContext, limits.requestTimeoutMs);
  });
  addHealthRoutes(server, isReady);
  return server;
}

function trusting(proxies: ServerOptions["trustProxy"]) {
  if (proxies === undefined) return false;
  return typeof proxies === "number" ? (_address: string, hop: number) => hop < proxies : [...proxies];
}

function originsOf(origins: readonly string[]): string | string[] {
  return origins.includes("*") ? "*" : [...origins];
}
