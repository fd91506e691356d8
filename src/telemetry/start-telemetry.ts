import type { Logger } from "pino";
import type { RequestObserver } from "./current-request.ts";
import { requestLog } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { TraceSettings } from "./traces.ts";

/** What watches the service. */
export interface Telemetry {
  readonly observers: readonly RequestObserver[];
  /** Undefined: nobody is to read them. */
  readonly metrics: Metrics | undefined;
  /** Sends what has not been sent. */
  stop(): Promise<void>;
}

/** What is collected beside the log. */
interface TelemetryOptions {
  readonly metrics: boolean;
  readonly traces: TraceSettings | undefined;
}

/**
 * Starts what the configuration asks for. The libraries of metrics and traces are loaded only then: they would take
 * time at every start, and memory.
 */
export async function startTelemetry(
  { metrics: hasMetrics, traces: traceSettings }: TelemetryOptions,
  log: Logger,
): Promise<Telemetry> {
  const metrics = hasMetrics ? (await import("./metrics.ts")).createMetrics() : undefined;
  const traces = traceSettings && (await import("./traces.ts")).startTraces(traceSettings, log);
  // The log last: it names the trace that a request is part of.
  const observers = [metrics?.observer, traces?.observer, requestLog(log)];
  return {
    observers: observers.filter((observer) => observer !== undefined),
    metrics,
    stop: async () => traces?.stop(),
  };
}
