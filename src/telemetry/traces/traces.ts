import { DiagLogLevel, diag } from "@opentelemetry/api";
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
import type { TraceSettings } from "../../config.ts";
import { packageVersion } from "../../version.ts";
import type { RequestObserver } from "../served-request.ts";
import { requestSpans } from "./request-spans.ts";

const NAME = "results-storage";

/** A collector that does not answer is waited for so long, also when the service stops. */
const EXPORT_TIMEOUT_MS = 3_000;

/** How long a span waits for others to travel with. */
const BATCH_MS = 250;

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
