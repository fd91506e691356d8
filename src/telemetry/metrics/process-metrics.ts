import { performance } from "node:perf_hooks";
import { collectDefaultMetrics, Gauge, type Registry } from "prom-client";
import { packageVersion } from "../../version.ts";

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
