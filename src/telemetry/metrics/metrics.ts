import { Gauge, Registry } from "prom-client";
import type { PoolCounts } from "../../database/pool.ts";
import type { CacheCounts } from "../../graphql/answers/answer-cache.ts";
import type { RequestObserver } from "../served-request.ts";
import { watchCache } from "./cache-metrics.ts";
import { watchPool } from "./pool-metrics.ts";
import { processMetrics } from "./process-metrics.ts";
import { requestMetrics } from "./request-metrics.ts";
import { storedMetrics } from "./stored-metrics.ts";

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
