import { Gauge, type Registry } from "prom-client";
import type { PoolCounts } from "../../database/pool.ts";

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
