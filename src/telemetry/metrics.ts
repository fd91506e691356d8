import { performance } from "node:perf_hooks";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { PoolCounts } from "../database/pool.ts";
import { packageVersion } from "../lib/version.ts";
import {
  CACHE_RESULTS,
  type Outcome,
  outcomeOf,
  type RequestObserver,
  type ServedRequest,
} from "./current-request.ts";

/** The content of the response cache. */
export interface CacheCounts {
  readonly responses: number;
  readonly bytes: number;
}

/** The executed GraphQL operations by the program that wrote the JSON of their jobs. */
export interface ExecutionCounts {
  readonly postgresql: number;
  readonly server: number;
}

/** The persisted queries that were requested by hash only: found, or to be sent as text. */
export interface PersistedQueryCounts {
  readonly hit: number;
  readonly miss: number;
}

/** The open streams of events. */
export interface StreamCounts {
  readonly open: number;
  /** The number of sent events since the start. */
  readonly events: number;
  /** The age of the oldest event that a stream has not taken yet. */
  readonly lagMs: number;
}

/** The metrics of the service for Prometheus. */
export interface Metrics {
  readonly observer: RequestObserver;
  readonly contentType: string;
  /** All metrics in the text format of Prometheus. */
  text(): Promise<string>;
  watchPool(pool: PoolCounts, size: number): void;
  watchCache(counts: () => CacheCounts): void;
  watchExecution(counts: () => ExecutionCounts): void;
  watchPersistedQueries(counts: () => PersistedQueryCounts): void;
  watchUploads(bytesInUse: () => number): void;
  watchStreams(counts: () => StreamCounts): void;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  processMetrics(registry);
  return {
    observer: { ...requestMetrics(registry), ...storedMetrics(registry) },
    contentType: registry.contentType,
    text: () => registry.metrics(),
    watchPool: (pool, size) => watchPool(registry, pool, size),
    watchCache: (counts) => watchCache(registry, counts),
    watchExecution: (counts) => watchExecution(registry, counts),
    watchPersistedQueries: (counts) => watchPersistedQueries(registry, counts),
    watchUploads: (bytesInUse) => watchUploads(registry, bytesInUse),
    watchStreams: (counts) => watchStreams(registry, counts),
  };
}

/** The version, the memory and the event loop of the process. */
function processMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  let before = performance.eventLoopUtilization();
  new Gauge({
    name: "results_storage_event_loop_utilization",
    help: "The busy share of the event loop since the last scrape, 0 to 1.",
    registers,
    collect() {
      const now = performance.eventLoopUtilization();
      this.set(performance.eventLoopUtilization(now, before).utilization);
      before = now;
    },
  });
  new Gauge({
    name: "results_storage_build_info",
    help: "Always 1; the labels contain the version.",
    labelNames: ["version", "node"],
    registers,
  }).set({ version: packageVersion(), node: process.version }, 1);
}

/** The number, duration, errors and SQL statements of requests. */
function requestMetrics(registry: Registry): RequestObserver {
  const registers = [registry];
  const requests = new Counter({
    name: "results_storage_requests_total",
    help: "Completed requests by operation and outcome: ok, refused (an error of the client, or temporary), failed (a server error).",
    labelNames: ["operation", "outcome"],
    registers,
  });
  const durations = new Histogram({
    name: "results_storage_request_duration_seconds",
    help: "Time from the headers of the request to the last byte of the response.",
    labelNames: ["operation"],
    buckets: DURATIONS,
    registers,
  });
  const errors = new Counter({
    name: "results_storage_errors_total",
    help: "Error codes in responses; each code counts once per request.",
    labelNames: ["code"],
    registers,
  });
  const running = new Gauge({
    name: "results_storage_requests_running",
    help: "Requests in progress, without streams of events.",
    registers,
  });
  const statements = new Counter({
    name: "results_storage_statements_total",
    help: "SQL statements of requests.",
    registers,
  });
  const rows = new Counter({
    name: "results_storage_rows_total",
    help: "Rows returned by SQL statements of requests.",
    registers,
  });
  const cacheResults = new Counter({
    name: "results_storage_cache_questions_total",
    help: "GraphQL queries: answered from the response cache (hit), added to it (miss), or uncacheable.",
    labelNames: ["result"],
    registers,
  });
  // The rate of a missing series is no data, not zero.
  for (const result of CACHE_RESULTS) cacheResults.inc({ result }, 0);
  const labelOf = createOperationLabels();
  return {
    requestStarted: () => running.inc(),
    // A stream lasts for hours.
    streamStarted: () => running.dec(),
    requestEnded(request, end) {
      const outcome = outcomeOf(request, end);
      const operation = labelOf(request, outcome);
      requests.inc({ operation, outcome });
      if (!request.isStream) durations.observe({ operation }, end.durationMs / 1_000);
      for (const code of request.errorCodes) errors.inc({ code });
      if (request.cache !== undefined) cacheResults.inc({ result: request.cache });
      statements.inc(request.statements);
      rows.inc(request.rows);
      if (!request.isStream) running.dec();
    },
  };
}

/** In seconds: from a cached response to the statement timeout. */
const DURATIONS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/**
 * The label of a request: the operationId of a REST route, the pattern of another route, or the client's name of a
 * GraphQL operation, for the first 100 names without an error.
 */
function createOperationLabels(): (request: ServedRequest, outcome: Outcome) => string {
  const names = new Set<string>();
  return ({ operation, route }, outcome) => {
    if (operation === undefined) return route ?? "unknown";
    if (operation.kind === "rest" || names.has(operation.name)) return operation.name;
    if (outcome !== "ok" || names.size >= MAX_OPERATION_NAMES) return OTHER;
    names.add(operation.name);
    return operation.name;
  };
}

/** Each name is a time series for the life of the process, and clients choose the names. */
const MAX_OPERATION_NAMES = 100;

/** The label of GraphQL operations after the first 100 names. */
const OTHER = "other";

function storedMetrics(registry: Registry): Pick<RequestObserver, "estimateStored"> {
  const stores = new Counter({
    name: "results_storage_stores_total",
    help: "Acknowledged stores: created=true stored a job, created=false repeated a job by its idempotency key.",
    labelNames: ["created"],
    registers: [registry],
  });
  const resources = new Counter({
    name: "results_storage_stored_resources_total",
    help: "Resources of the stored jobs.",
    registers: [registry],
  });
  // The rate of a missing series is no data, not zero.
  for (const created of ["true", "false"]) stores.inc({ created }, 0);
  return {
    estimateStored({ created, resources: count }) {
      stores.inc({ created: String(created) });
      if (created) resources.inc(count);
    },
  };
}

/** The connection pool at the time of the scrape. */
function watchPool(registry: Registry, pool: PoolCounts, size: number): void {
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
    help: "Statements and transactions waiting for a connection.",
    registers,
    collect() {
      this.set(pool.waitingCount);
    },
  });
  new Gauge({
    name: "results_storage_pool_size",
    help: "The maximum number of connections (DATABASE_POOL_SIZE).",
    registers,
  }).set(size);
}

/** The response cache (CACHE_MB) at the time of the scrape. */
function watchCache(registry: Registry, counts: () => CacheCounts): void {
  const registers = [registry];
  new Gauge({
    name: "results_storage_cache_bytes",
    help: "The approximate size of the cached responses.",
    registers,
    collect() {
      this.set(counts().bytes);
    },
  });
  new Gauge({
    name: "results_storage_cache_answers",
    help: "The number of cached responses.",
    registers,
    collect() {
      this.set(counts().responses);
    },
  });
}

/** The executions of GraphQL operations at the time of the scrape. */
function watchExecution(registry: Registry, counts: () => ExecutionCounts): void {
  new Counter({
    name: "results_storage_executions_total",
    help: "Executed GraphQL operations: PostgreSQL wrote the JSON of the jobs (postgresql), or the server (server).",
    labelNames: ["json"],
    registers: [registry],
    collect() {
      this.reset();
      for (const [json, count] of Object.entries(counts())) this.inc({ json }, count);
    },
  });
}

/** The persisted queries at the time of the scrape. */
function watchPersistedQueries(registry: Registry, counts: () => PersistedQueryCounts): void {
  new Counter({
    name: "results_storage_persisted_queries_total",
    help: "GraphQL requests with the hash of their operation only: its text was in memory (hit), or not (miss).",
    labelNames: ["result"],
    registers: [registry],
    collect() {
      this.reset();
      for (const [result, count] of Object.entries(counts())) this.inc({ result }, count);
    },
  });
}

/** The memory of large bodies (BODY_LIMIT_MB) at the time of the scrape. */
function watchUploads(registry: Registry, bytesHeld: () => number): void {
  new Gauge({
    name: "results_storage_upload_bytes",
    help: "Bytes of large request bodies in memory: arriving or being processed.",
    registers: [registry],
    collect() {
      this.set(bytesHeld());
    },
  });
}

/** The streams of events at the time of the scrape. */
function watchStreams(registry: Registry, counts: () => StreamCounts): void {
  const registers = [registry];
  new Gauge({
    name: "results_storage_streams_open",
    help: "Open streams of events (STREAM_LIMIT).",
    registers,
    collect() {
      this.set(counts().open);
    },
  });
  new Counter({
    name: "results_storage_stream_events_total",
    help: "Events sent to streams: stored jobs, first events and heartbeats.",
    registers,
    collect() {
      this.reset();
      this.inc(counts().events);
    },
  });
  new Gauge({
    name: "results_storage_stream_lag_seconds",
    help: "The time since the server read the oldest event that a stream has not taken yet.",
    registers,
    collect() {
      this.set(counts().lagMs / 1_000);
    },
  });
}
