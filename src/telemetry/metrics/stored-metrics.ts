import { Counter, type Registry } from "prom-client";
import type { RequestObserver } from "../served-request.ts";

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
