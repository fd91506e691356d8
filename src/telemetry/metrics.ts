import { performance } from "node:perf_hooks";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { PoolCounts } from "../database/pool.ts";
import { packageVersion } from "../lib/version.ts";
import { type Outcome, outcomeOf, type RequestObserver, type ServedRequest } from "./current-request.ts";

/** What the cache holds, and how often it had what was asked for. */
export interface CacheCounts {
  readonly answers: number;
  readonly bytes: number;
  readonly hits: number;
  readonly misses: number;
}

/** What the service counts, for Prometheus. */
export interface Metrics {
  readonly observer: RequestObserver;
  readonly contentType: string;
  /** All of it, in Prometheus' text format. */
  text(): Promise<string>;
  watchPool(pool: PoolCounts, size: number): void;
  watchCache(counts: () => CacheCounts): void;
  watchUploads(bytesHeld: () => number): void;
}

/** Counts from zero. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  processMetrics(registry);
  return {
    observer: { ...requestMetrics(registry), ...storedMetrics(registry) },
    contentType: registry.contentType,
    text: () => registry.metrics(),
    watchPool: (pool, size) => watchPool(registry, pool, size),
    watchCache: (counts) => watchCache(registry, counts),
    watchUploads: (bytesHeld) => watchUploads(registry, bytesHeld),
  };
}

/** Shows the memory of large bodies (BODY_LIMIT_MB), as it is when it is asked. */
function watchUploads(registry: Registry, bytesHeld: () => number): void {
  new Gauge({
    name: "results_storage_upload_bytes",
    help: "Bytes of large bodies in memory: of those that arrive, and of those that are worked on.",
    registers: [registry],
    collect() {
      this.set(bytesHeld());
    },
  });
}

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

/** A time series is kept for each name for as long as the process lives, and a client may choose any. */
const MOST_NAMES = 100;

/** Of all GraphQL operations beyond the first 100 names. */
const OTHER = "other";

/**
 * Labels requests by what they ask for: the operationId of a REST route, the pattern of another one, and the client's
 * name for a GraphQL operation, for the first 100 names that were served without an error.
 */
export function createOperationLabels(): (request: ServedRequest, outcome: Outcome) => string {
  const names = new Set<string>();
  return ({ operation, route }, outcome) => {
    if (operation === undefined) return route ?? "unknown";
    if (operation.kind === "rest" || names.has(operation.name)) return operation.name;
    if (outcome !== "ok" || names.size >= MOST_NAMES) return OTHER;
    names.add(operation.name);
    return operation.name;
  };
}

/** Shows the cache of answers (CACHE_MB), as it is when it is asked. */
export function watchCache(registry: Registry, counts: () => CacheCounts): void {
  const registers = [registry];
  new Gauge({
    name: "results_storage_cache_bytes",
    help: "The size of the answers that are kept, about.",
    registers,
    collect() {
      this.set(counts().bytes);
    },
  });
  new Gauge({
    name: "results_storage_cache_answers",
    help: "How many answers are kept.",
    registers,
    collect() {
      this.set(counts().answers);
    },
  });
  new Counter({
    name: "results_storage_cache_questions_total",
    help: "Questions that were answered from the cache (hit), or might have been (miss).",
    labelNames: ["result"],
    registers,
    collect() {
      this.reset();
      this.inc({ result: "hit" }, counts().hits);
      this.inc({ result: "miss" }, counts().misses);
    },
  });
}

/** Shows the pool of connections to PostgreSQL, as it is when it is asked. */
export function watchPool(registry: Registry, pool: PoolCounts, size: number): void {
  const registers = [registry];
  new Gauge({
    name: "results_storage_pool_connections",
    help: "Open connections to PostgreSQL: busy or idle.",
    labelNames: ["state"],
    registers,
    collect() {
      this.set({ state: "idle" }, pool.idleCount);
      this.set({ state: "busy" }, pool.totalCount - pool.idleCount);
    },
  });
  new Gauge({
    name: "results_storage_pool_waiting",
    help: "Statements and transactions that wait for a connection.",
    registers,
    collect() {
      this.set(pool.waitingCount);
    },
  });
  new Gauge({
    name: "results_storage_pool_size",
    help: "The most connections that there may be (DATABASE_POOL_SIZE).",
    registers,
  }).set(size);
}

/** Shows the process: which version it is, its memory, and how busy its event loop is. */
export function processMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  let before = performance.eventLoopUtilization();
  new Gauge({
    name: "results_storage_event_loop_utilization",
    help: "The part of the time since the last scrape in which the event loop was at work, 0 to 1.",
    registers,
    collect() {
      const now = performance.eventLoopUtilization();
      this.set(performance.eventLoopUtilization(now, before).utilization);
      before = now;
    },
  });
  new Gauge({
    name: "results_storage_build_info",
    help: "Always 1; the labels tell which version runs.",
    labelNames: ["version", "node"],
    registers,
  }).set({ version: packageVersion(), node: process.version }, 1);
}

/** Counts what was stored. */
export function storedMetrics(registry: Registry): Pick<RequestObserver, "estimateStored"> {
  const stores = new Counter({
    name: "results_storage_stores_total",
    help: "Acknowledged stores: created=true stored a job, created=false repeated one by its idempotency key.",
    labelNames: ["created"],
    registers: [registry],
  });
  const resources = new Counter({
    name: "results_storage_stored_resources_total",
    help: "Resources of the jobs that were stored.",
    registers: [registry],
  });
  // A rate over a series that is not there is no rate of zero.
  for (const created of ["true", "false"]) stores.inc({ created }, 0);
  return {
    estimateStored({ created, resources: count }) {
      stores.inc({ created: String(created) });
      if (created) resources.inc(count);
    },
  };
}
