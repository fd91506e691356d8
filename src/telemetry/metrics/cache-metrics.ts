import { Counter, Gauge, type Registry } from "prom-client";
import type { CacheCounts } from "../../graphql/answers/answer-cache.ts";

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
