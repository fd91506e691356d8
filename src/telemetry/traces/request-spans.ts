import {
  type Context,
  defaultTextMapGetter,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { outcomeOf, type RequestObserver, type ServedRequest } from "../served-request.ts";

/** The spans of a request that have begun and not ended. */
interface OpenSpans {
  /** Milliseconds since 1970 when performance.now() was 0: one for all spans of a request, so that none outlasts it. */
  readonly timeOrigin: number;
  readonly request: Span;
  /** What its SQL statements are parts of: the request, or its GraphQL operation. */
  context: Context;
  operation?: Span;
}

const propagator = new W3CTraceContextPropagator();

/**
 * Makes a span of each request, of its GraphQL operation and of each SQL statement, named as OpenTelemetry's semantic
 * conventions have it. A request with a traceparent goes on with that trace. No span holds a value or a query's text.
 */
export function requestSpans(tracer: Tracer): RequestObserver {
  const open = new WeakMap<ServedRequest, OpenSpans>();
  return {
    requestStarted(request, headers) {
      const timeOrigin = Date.now() - performance.now();
      const parent = propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
      const span = tracer.startSpan(
        request.method,
        {
          kind: SpanKind.SERVER,
          startTime: timeOrigin + request.startedAt,
          attributes: { "http.request.method": request.method, "request.id": request.id },
        },
        parent,
      );
      request.traceId = span.spanContext().traceId;
      open.set(request, { timeOrigin, request: span, context: trace.setSpan(parent, span) });
    },
    operationStarted(request, at) {
      const spans = open.get(request);
      const { operation } = request;
      if (spans === undefined || operation === undefined) return;
      const { kind, name } = operation;
      spans.operation = tracer.startSpan(
        `${kind} ${name}`,
        {
          startTime: spans.timeOrigin + at,
          attributes: { "graphql.operation.type": kind, "graphql.operation.name": name },
        },
        spans.context,
      );
      spans.context = trace.setSpan(spans.context, spans.operation);
    },
    statementEnded(request, { name, startedAt, endedAt, rows, failed }) {
      const spans = open.get(request);
      if (spans === undefined) return;
      const span = tracer.startSpan(
        name,
        {
          kind: SpanKind.CLIENT,
          startTime: spans.timeOrigin + startedAt,
          attributes: {
            "db.system.name": "postgresql",
            "db.query.summary": name,
            "db.response.returned_rows": rows,
          },
        },
        spans.context,
      );
      if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(spans.timeOrigin + endedAt);
    },
    operationEnded(request, at) {
      const spans = open.get(request);
      spans?.operation?.end(spans.timeOrigin + at);
    },
    requestEnded(request, end) {
      const spans = open.get(request);
      if (spans === undefined) return;
      const { request: span, timeOrigin } = spans;
      const { route, operation, errorCodes } = request;
      if (route !== undefined)
        span.updateName(`${request.method} ${route}`).setAttribute("http.route", route);
      if (operation?.kind === "rest") span.setAttribute("operation.id", operation.name);
      span.setAttribute("http.response.status_code", end.status);
      if (errorCodes.size > 0) span.setAttribute("error.type", [...errorCodes].join(","));
      if (outcomeOf(request, end) === "failed") span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(timeOrigin + request.startedAt + end.durationMs);
    },
  };
}
