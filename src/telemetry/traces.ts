import {
  type Context,
  DiagLogLevel,
  defaultTextMapGetter,
  diag,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from "@opentelemetry/resources";
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import type { Logger } from "pino";
import { packageVersion } from "../lib/version.ts";
import { outcomeOf, type RequestObserver, type ServedRequest } from "./current-request.ts";

const NAME = "results-storage";

/** The timeout for the collector, also when the service stops. */
const EXPORT_TIMEOUT_MS = 3_000;

/** The maximum delay of a span in a batch. */
const BATCH_MS = 250;

/** From the standard variables of OpenTelemetry. */
export interface TraceSettings {
  /** An OTLP/HTTP receiver, without /v1/traces. */
  readonly endpoint: string;
  /** The sampling ratio of traces that begin here, 0 to 1; the parent decides for other traces. */
  readonly share: number;
}

interface Traces {
  readonly observer: RequestObserver;
  /** Sends the remaining spans. */
  stop(): Promise<void>;
}

/**
 * Sends traces of requests over OTLP/HTTP in batches. Spans are created by hand: the instrumentation packages patch
 * `require`, which a bundle does not use, and write the texts of queries into spans.
 */
export function startTraces({ endpoint, share }: TraceSettings, log: Logger): Traces {
  diag.setLogger(diagnosticsTo(log), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, "")}/v1/traces`,
    timeoutMillis: EXPORT_TIMEOUT_MS,
  });
  const provider = new TracerProvider({
    // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES have priority.
    resource: defaultResource()
      .merge(resourceFromAttributes({ "service.name": NAME, "service.version": packageVersion() }))
      .merge(detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] })),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(share) }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter,
        scheduledDelayMillis: BATCH_MS,
        exportTimeoutMillis: EXPORT_TIMEOUT_MS,
      }),
    ],
  });
  return {
    observer: requestSpans(provider.getTracer(NAME, packageVersion())),
    stop: () =>
      provider
        .shutdown()
        .catch((error: unknown) => log.warn({ err: error }, "the last traces were not sent")),
  };
}

/** OpenTelemetry's messages are about the collector, never about a request. */
function diagnosticsTo(log: Logger) {
  const warn = (problem: string) => log.warn({ problem }, "traces are not sent");
  return { error: warn, warn, info: () => {}, debug: () => {}, verbose: () => {} };
}

/** The unfinished spans of a request. */
interface OpenSpans {
  /** Milliseconds since 1970 at performance.now() = 0; one value for all spans of a request keeps them within it. */
  readonly timeOrigin: number;
  readonly request: Span;
  /** The parent of SQL statements: the request, or its GraphQL operation. */
  context: Context;
  operation?: Span;
}

const propagator = new W3CTraceContextPropagator();

/**
 * Creates a span for each request, GraphQL operation and SQL statement, with the names of OpenTelemetry's semantic
 * conventions. A traceparent header is continued. A span never contains a value or the text of a query.
 */
function requestSpans(tracer: Tracer): RequestObserver {
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
