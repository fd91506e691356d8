import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { enterRequest, type ObservedRequest, type RequestObserver } from "../telemetry/current-request.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** The operation that a REST route is in the OpenAPI document. */
    readonly operationId?: string;
  }
}

/** What nginx, and what reads its logs, calls a request whose client hung up before it was answered. */
const HUNG_UP = 499;

/** An id that a proxy or a client may give its request: it goes into the log and back as it is. */
const SANE_ID = /^[\w.:/+=-]{1,128}$/;

/**
 * Tells observers of each request, once when it comes in and once when it has ended, also one that the web server
 * refuses before a route sees it. The answer names the request's id.
 */
export function observeRequests(server: FastifyInstance, observers: readonly RequestObserver[]): void {
  const requests = new WeakMap<IncomingMessage, ObservedRequest>();
  server.server.prependListener("request", (incoming: IncomingMessage, response: ServerResponse) => {
    const request = observe(incoming, response, observers);
    requests.set(incoming, request);
    enterRequest(request);
  });
  server.addHook("onRequest", (request, _reply, done) => {
    const observed = requests.get(request.raw);
    if (observed !== undefined) describe(observed, request);
    done();
  });
  // The body is read in the socket's own asynchronous context, which knows of no request.
  const enterAgain = ({ raw }: FastifyRequest, next: () => void) => {
    const request = requests.get(raw);
    if (request !== undefined) enterRequest(request);
    next();
  };
  server.addHook("preValidation", (request, _reply, done) => enterAgain(request, done));
  server.addHook("onError", (request, _reply, _error, done) => enterAgain(request, done));
}

function observe(
  incoming: IncomingMessage,
  response: ServerResponse,
  observers: readonly RequestObserver[],
): ObservedRequest {
  const { socket, headers, method = "" } = incoming;
  const request: ObservedRequest = {
    id: idOf(headers["x-request-id"]),
    method,
    startedAt: performance.now(),
    statements: 0,
    rows: 0,
    errorCodes: new Set(),
    serverErrors: new Set(),
    observers,
  };
  const bytesBefore = socket.bytesWritten;
  const announced = Number(headers["content-length"] ?? Number.NaN);
  response.setHeader("x-request-id", request.id);
  for (const observer of observers) observer.requestStarted?.(request, headers);
  response.once("close", () => {
    const end = {
      status: response.headersSent ? response.statusCode : HUNG_UP,
      durationMs: performance.now() - request.startedAt,
      bytesIn: Number.isNaN(announced) ? undefined : announced,
      bytesOut: socket.bytesWritten - bytesBefore,
      aborted: !response.writableFinished,
    };
    for (const observer of observers) observer.requestEnded(request, end);
  });
  return request;
}

function describe(observed: ObservedRequest, { routeOptions: { url, config } }: FastifyRequest): void {
  if (url !== undefined) observed.route = url;
  if (config.operationId !== undefined) observed.operation = { kind: "rest", name: config.operationId };
}

function idOf(header: string | string[] | undefined): string {
  return typeof header === "string" && SANE_ID.test(header) ? header : randomUUID();
}
