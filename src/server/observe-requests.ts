import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { enterRequest, type ObservedRequest, type RequestObserver } from "../telemetry/current-request.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** The operationId of a REST route in the OpenAPI document. */
    readonly operationId?: string;
  }
}

/** nginx's status of a request whose client disconnected before the response was sent. */
const CLIENT_CLOSED_REQUEST = 499;

/** The permitted values of X-Request-Id, which are logged and returned unchanged. */
const REQUEST_ID = /^[\w.:/+=-]{1,128}$/;

/**
 * Notifies the observers of the start and the end of each request, including those that are rejected before routing.
 * The response contains the id of the request.
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
  // The events of the body run in the asynchronous context of the socket, in which there is no current request.
  const restoreContext = ({ raw }: FastifyRequest, next: () => void) => {
    const request = requests.get(raw);
    if (request !== undefined) enterRequest(request);
    next();
  };
  server.addHook("preValidation", (request, _reply, done) => restoreContext(request, done));
  server.addHook("onError", (request, _reply, _error, done) => restoreContext(request, done));
}

function observe(
  incoming: IncomingMessage,
  response: ServerResponse,
  observers: readonly RequestObserver[],
): ObservedRequest {
  const { socket, headers, method = "" } = incoming;
  const request: ObservedRequest = {
    id: requestId(headers["x-request-id"]),
    method,
    startedAt: performance.now(),
    statements: 0,
    rows: 0,
    errorCodes: new Set(),
    serverErrors: new Set(),
    observers,
  };
  const bytesBefore = socket.bytesWritten;
  const contentLength = Number(headers["content-length"] ?? Number.NaN);
  response.setHeader("x-request-id", request.id);
  for (const observer of observers) observer.requestStarted?.(request, headers);
  response.once("close", () => {
    const end = {
      status: response.headersSent ? response.statusCode : CLIENT_CLOSED_REQUEST,
      durationMs: performance.now() - request.startedAt,
      bytesIn: Number.isNaN(contentLength) ? undefined : contentLength,
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

function requestId(header: string | string[] | undefined): string {
  return typeof header === "string" && REQUEST_ID.test(header) ? header : randomUUID();
}
