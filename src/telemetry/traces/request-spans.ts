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
      const parent = propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
      const span = tracer.startSpan(
        request.method,
        {
          kind: SpanKind.SERVER,
          startTime: request.startedAt,
          attributes: { "http.request.method": request.method, "request.id": request.id },
        },
        parent,
      );
      request.traceId = span.spanContext().traceId;
      open.set(request, { request: span, context: trace.setSpan(parent, span) });
    },
    operationStarted(request) {
      const spans = open.get(request);
      const { operation } = request;
      if (spans === undefined || operation === undefined) return;
      const { kind, name } = operation;
      spans.operation = tracer.startSpan(
        `${kind} ${name}`,
        { attributes: { "graphql.operation.type": kind, "graphql.operation.name": name } },
        spans.context,
      );
      spans.context = trace.setSpan(spans.context, spans.operation);
    },
    statementEnded(request, { name, startedAt, rows, failed }) {
      const span = tracer.startSpan(
        name,
        {
          kind: SpanKind.CLIENT,
          startTime: startedAt,
          attributes: {
            "db.system.name": "postgresql",
            "db.query.summary": name,
            "db.response.returned_rows": rows,
          },
        },
        open.get(request)?.context ?? ROOT_CONTEXT,
      );
      if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
    operationEnded(request) {
      open.get(request)?.operation?.end();
    },
    requestEnded(request, end) {
      const span = open.get(request)?.request;
      if (span === undefined) return;
      const { route, operation, errorCodes } = request;
      if (route !== undefined)
        span.updateName(`${request.method} ${route}`).setAttribute("http.route", route);
      if (operation?.kind === "rest") span.setAttribute("operation.id", operation.name);
      span.setAttribute("http.response.status_code", end.status);
      if (errorCodes.size > 0) span.setAttribute("error.type", [...errorCodes].join(","));
      if (outcomeOf(request, end) === "failed") span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
  };
}
