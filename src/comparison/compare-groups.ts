import type { JobLoaders } from "../jobs/loaders.ts";
import type { Comparison } from "./compare-jobs.ts";
import { compareTotals } from "./compare-totals.ts";
import type { CostChange } from "./cost-change.types.ts";

/** What each service costs in both jobs. */
export async function compareServices(
  loaders: JobLoaders,
  { base, target }: Comparison,
): Promise<CostChange[]> {
  const [before, after] = await Promise.all([
    loaders.services.load(base.id),
    loaders.services.load(target.id),
  ]);
  return compareTotals(
    before.map(({ service, ...total }) => ({ key: service, ...total })),
    after.map(({ service, ...total }) => ({ key: service, ...total })),
  );
}

/** What each region costs in both jobs. */
export async function compareRegions(
  loaders: JobLoaders,
  { base, target }: Comparison,
): Promise<CostChange[]> {
  const [before, after] = await Promise.all([
    loaders.regionsWithoutServices.load(base.id),
    loaders.regionsWithoutServices.load(target.id),
  ]);
  return compareTotals(
    before.map(({ region, ...total }) => ({ key: region, ...total })),
    after.map(({ region, ...total }) => ({ key: region, ...total })),
  );
}
