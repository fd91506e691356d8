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

/** A collector that does not answer is waited for so long, also when the service stops. */
const EXPORT_TIMEOUT_MS = 3_000;

/** How long a span waits for others to travel with. */
const BATCH_MS = 250;

/** Where traces go, by OpenTelemetry's own variables. */
export interface TraceSettings {
  /** An OTLP/HTTP receiver, without /v1/traces. */
  readonly endpoint: string;
  /** The part of the traces that begin here, 0 to 1; one that begins elsewhere is kept if its beginner keeps it. */
  readonly share: number;
}

/** Traces of requests, on their way to a collector. */
export interface Traces {
  readonly observer: RequestObserver;
  /** Sends what has not been sent. */
  stop(): Promise<void>;
}

/**
 * Traces requests, and sends them over OTLP/HTTP in batches. Spans are made by hand: the packages that do it by themselves
 * patch modules as they are required, which ours are not, and put the texts of queries into spans.
 */
export function startTraces({ endpoint, share }: TraceSettings, log: Logger): Traces {
  diag.setLogger(diagnosticsTo(log), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, "")}/v1/traces`,
    timeoutMillis: EXPORT_TIMEOUT_MS,
  });
  const provider = new TracerProvider({
    // What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say goes before what we say.
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

/** Its complaints are of the collector, never of a request. */
function diagnosticsTo(log: Logger) {
  const warn = (problem: string) => log.warn({ problem }, "traces are not sent");
  return { error: warn, warn, info: () => {}, debug: () => {}, verbose: () => {} };
}

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
