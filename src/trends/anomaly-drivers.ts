import { compareTotals, type KeyedTotal } from "../comparison/compare-totals.ts";
import type { CostChange } from "../comparison/cost-change.types.ts";
import type { ServiceCost } from "../jobs/job.types.ts";
import type { JobLoaders } from "../jobs/loaders.ts";
import { compare } from "../money.ts";
import type { Anomaly } from "./anomaly.ts";

/** How many drivers an anomaly has at the most. */
const DRIVERS = 3;

/** The services whose cost changed most against the job before, largest absolute change first. */
export async function driversOf(
  { services }: JobLoaders,
  { previousId, jobId }: Pick<Anomaly, "previousId" | "jobId">,
): Promise<CostChange[]> {
  const [before, after] = await Promise.all([services.load(previousId), services.load(jobId)]);
  return compareTotals(before.map(keyed), after.map(keyed))
    .filter(({ delta }) => compare(delta, "0") !== 0)
    .slice(0, DRIVERS);
}

function keyed({ service, ...total }: ServiceCost): KeyedTotal {
  return { key: service, ...total };
}
