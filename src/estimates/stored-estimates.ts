import { channel } from "node:diagnostics_channel";

/** An estimate that is stored for good. */
export interface StoredEstimateEvent {
  /** false: its idempotency key had stored it before, and nothing was stored now. */
  readonly created: boolean;
  readonly resources: number;
}

/** Where every answered store is published, as a StoredEstimateEvent, when its transaction is through: for metrics. */
export const storedEstimates = channel("results-storage.stored-estimate");
