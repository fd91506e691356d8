import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { outcomeOf, type RequestObserver } from "../served-request.ts";
import { createOperationLabels } from "./operation-labels.ts";

/** Seconds. From what the cache answers to what a statement timeout ends. */
const DURATIONS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Counts requests: how many, how long, with which errors, and what they asked of the database. */
export function requestMetrics(registry: Registry): RequestObserver {
  const registers = [registry];
  const requests = new Counter({
    name: "results_storage_requests_total",
    help: "Requests that have ended, by what they asked for and what became of them: ok, refused (the client's to mend or repeat), failed (a fault of ours).",
    labelNames: ["operation", "outcome"],
    registers,
  });
  const durations = new Histogram({
    name: "results_storage_request_duration_seconds",
    help: "From the request's headers to the last byte of its answer.",
    labelNames: ["operation"],
    buckets: DURATIONS,
    registers,
  });
  const errors = new Counter({
    name: "results_storage_errors_total",
    help: "Errors that requests were answered with, by code; each code once a request.",
    labelNames: ["code"],
    registers,
  });
  const running = new Gauge({
    name: "results_storage_requests_running",
    help: "Requests that have come in and not ended.",
    registers,
  });
  const statements = new Counter({
    name: "results_storage_statements_total",
    help: "SQL statements run for requests.",
    registers,
  });
  const rows = new Counter({
    name: "results_storage_rows_total",
    help: "Rows that SQL statements yielded for requests.",
    registers,
  });
  const labelOf = createOperationLabels();
  return {
    requestStarted: () => running.inc(),
    requestEnded(request, end) {
      const outcome = outcomeOf(request, end);
      const operation = labelOf(request, outcome);
      requests.inc({ operation, outcome });
      durations.observe({ operation }, end.durationMs / 1_000);
      for (const code of request.errorCodes) errors.inc({ code });
      statements.inc(request.statements);
      rows.inc(request.rows);
      running.dec();
    },
  };
}
