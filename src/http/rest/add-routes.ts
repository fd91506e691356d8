import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply } from "fastify";
import type { Context } from "../../graphql/context.ts";
import type { JsonValue } from "../../json.ts";
import { answerWithin } from "../limits/answer-within.ts";
import { API_PREFIX, sendProblem } from "./answer-problem.ts";
import { openapiText } from "./openapi.ts";
import type { Answer, Route } from "./route.ts";
import { ROUTES } from "./routes.ts";

const JSON_TYPE = "application/json; charset=utf-8";

/** Adds the REST routes, and the document that describes them. */
export function addRestRoutes(
  server: FastifyInstance,
  createContext: () => Context,
  timeoutMs: number,
): void {
  for (const route of ROUTES) addRoute(server, route, createContext, timeoutMs);
  const text = openapiText();
  server.get(`${API_PREFIX}/openapi.json`, (_request, reply) => reply.type(JSON_TYPE).send(text));
  for (const path of [...new Set(ROUTES.map((route) => route.path)), "/openapi.json"]) {
    refuseOtherMethods(server, path);
  }
}

function addRoute(
  server: FastifyInstance,
  route: Route,
  createContext: () => Context,
  timeoutMs: number,
): void {
  server.route({
    method: route.method,
    url: serverPath(route.path),
    handler: answerWithin(timeoutMs, async ({ params, query, headers, body }, reply) => {
      const context = createContext();
      // The parser of bodies makes nothing else (json-body.ts).
      const json = body as JsonValue | undefined;
      return sendAnswer(reply, route, await route.handle({ params, query, headers, body: json, context }));
    }),
  });
}

/** JSON is written here and not by the server's serializer, which would round what has more digits than a double. */
function sendAnswer(
  reply: FastifyReply,
  { mediaType = "application/json" }: Route,
  { status = 200, headers = {}, body }: Answer<unknown>,
): FastifyReply {
  reply.code(status).type(`${mediaType}; charset=utf-8`).headers(headers);
  return reply.send(body instanceof Readable ? body : JSON.stringify(body));
}

function refuseOtherMethods(server: FastifyInstance, path: string): void {
  const served = new Set<string>(ROUTES.filter((route) => route.path === path).map(({ method }) => method));
  if (path === "/openapi.json") served.add("GET");
  if (served.has("GET")) served.add("HEAD");
  const allow = [...served].join(", ");
  server.route({
    method: server.supportedMethods.filter((method) => !served.has(method)),
    url: serverPath(path),
    // Before the body is read: its type and size are nothing that has to be right.
    onRequest: async ({ method }, reply) => {
      const detail = `${method} is not allowed here; allowed is ${allow}.`;
      return sendProblem(reply.header("allow", allow), { status: 405, code: "METHOD_NOT_ALLOWED", detail });
    },
    handler: () => {},
  });
}

/** /jobs/{job_id} as the server spells it. */
function serverPath(path: string): string {
  return API_PREFIX + path.replaceAll(/\{(\w+)\}/g, ":$1");
}
