import type { Logger } from "pino";
import type { Config } from "../config.ts";
import type { Metrics } from "./metrics/metrics.ts";
import { requestLog } from "./request-log.ts";
import type { RequestObserver } from "./served-request.ts";

/** What watches the service. */
export interface Telemetry {
  readonly observers: readonly RequestObserver[];
  /** Undefined: nobody is to read them. */
  readonly metrics: Metrics | undefined;
  /** Sends what has not been sent. */
  stop(): Promise<void>;
}

/**
 * Starts what the configuration asks for. The libraries of metrics and traces are loaded only then: they would take
 * time at every start, and memory.
 */
export async function startTelemetry(config: Config, log: Logger): Promise<Telemetry> {
  const metrics = config.metrics && (await import("./metrics/metrics.ts")).createMetrics();
  const traces = config.traces && (await import("./traces/traces.ts")).startTraces(config.traces, log);
  // The log last: it names the trace that a request is part of.
  const observers = [metrics?.observer, traces?.observer, requestLog(log)];
  return {
    observers: observers.filter((observer) => observer !== undefined),
    metrics,
    stop: async () => traces?.stop(),
  };
}
