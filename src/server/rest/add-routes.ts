import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, onRequestAsyncHookHandler } from "fastify";
import { requireScope, type Viewer } from "../../access/viewer.ts";
import type { Context } from "../../graphql/context.ts";
import type { JsonValue } from "../../lib/json.ts";
import { recordServerError } from "../../telemetry/current-request.ts";
import { API_PREFIX } from "../errors.ts";
import { withTimeout } from "../limits.ts";
import { rejectOtherMethods, requestHook } from "../request-checks.ts";
import { openapiText } from "./openapi.ts";
import type { Answer, Route } from "./route.ts";
import { ROUTES } from "./routes.ts";

const JSON_TYPE = "application/json; charset=utf-8";

/** Adds the REST routes and openapi.json. Each route authenticates the request first. */
export function addRestRoutes(
  server: FastifyInstance,
  identify: onRequestAsyncHookHandler,
  createContext: (viewer: Viewer) => Context,
  timeoutMs: number,
): void {
  for (const route of ROUTES) addRoute(server, route, identify, createContext, timeoutMs);
  // Generated at the first request, because it takes 50 ms of the start.
  let text: string | undefined;
  server.get(`${API_PREFIX}/openapi.json`, { onRequest: identify }, (_request, reply) => {
    text ??= openapiText();
    return reply.type(JSON_TYPE).send(text);
  });
  for (const path of new Set(ROUTES.map((route) => route.path))) {
    rejectOtherMethods(server, serverPath(path), methodsOf(path));
  }
  rejectOtherMethods(server, `${API_PREFIX}/openapi.json`, ["GET"]);
}

function addRoute(
  server: FastifyInstance,
  route: Route,
  identify: onRequestAsyncHookHandler,
  createContext: (viewer: Viewer) => Context,
  timeoutMs: number,
): void {
  server.route({
    method: route.method,
    url: serverPath(route.path),
    config: { operationId: route.operationId, isExport: route.isExport ?? false },
    onRequest: [identify, requestHook(({ viewer }) => requireScope(viewer, route.scope ?? "read"))],
    handler: withTimeout(timeoutMs, async ({ params, query, headers, body, viewer }, reply) => {
      const context = createContext(viewer);
      // The body parser returns only JSON values (server/body.ts).
      const json = body as JsonValue | undefined;
      return sendAnswer(reply, route, await route.handle({ params, query, headers, body: json, context }));
    }),
  });
}

/** Sends a response. The serializer of Fastify would round numbers with more digits than a double. */
function sendAnswer(
  reply: FastifyReply,
  { mediaType = "application/json" }: Route,
  { status = 200, headers = {}, body }: Answer<unknown>,
): FastifyReply {
  reply.code(status).type(`${mediaType}; charset=utf-8`).headers(headers);
  // After the headers are sent, an error can only be logged.
  if (body instanceof Readable) body.once("error", (error) => recordServerError(reply.log, error));
  return reply.send(body instanceof Readable ? body : JSON.stringify(body));
}

/** The methods of the routes with this path. */
function methodsOf(path: string): string[] {
  return ROUTES.filter((route) => route.path === path).map(({ method }) => method);
}

/** The path in the syntax of Fastify: /jobs/:job_id. */
function serverPath(path: string): string {
  return API_PREFIX + path.replaceAll(/\{(\w+)\}/g, ":$1");
}
