import type { Logger } from "pino";
import type { RequestObserver } from "./current-request.ts";
import { requestLog } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { TraceSettings } from "./traces.ts";

export interface Telemetry {
  readonly observers: readonly RequestObserver[];
  /** Undefined without METRICS_PORT. */
  readonly metrics: Metrics | undefined;
  /** Sends the remaining traces. */
  stop(): Promise<void>;
}

interface TelemetryOptions {
  readonly metrics: boolean;
  readonly traces: TraceSettings | undefined;
}

/**
 * Starts the configured telemetry. The libraries of metrics and traces are imported only when they are used: they cost
 * start time and memory.
 */
export async function startTelemetry(
  { metrics: hasMetrics, traces: traceSettings }: TelemetryOptions,
  log: Logger,
): Promise<Telemetry> {
  const metrics = hasMetrics ? (await import("./metrics.ts")).createMetrics() : undefined;
  const traces = traceSettings && (await import("./traces.ts")).startTraces(traceSettings, log);
  // The log is last: it needs the trace id of the request.
  const observers = [metrics?.observer, traces?.observer, requestLog(log)];
  return {
    observers: observers.filter((observer) => observer !== undefined),
    metrics,
    stop: async () => traces?.stop(),
  };
}
