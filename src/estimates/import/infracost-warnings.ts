import type { EstimateWarningInput } from "../../client/generated.ts";
import { compare, sum } from "../../money.ts";
import { type IdentifiedProject, projectTotal } from "./infracost-project.ts";
import type { ImportedResource } from "./infracost-resource.ts";
import type { InfracostFile } from "./infracost-shape.ts";
import { listNames } from "./list-names.ts";
import { UNKNOWN } from "./service-of-type.ts";

/** A root total that is not the sum of its projects: one of them is wrong, and nobody knows which. */
export function projectTotalsWarnings({ projects, totalMonthlyCost }: InfracostFile): EstimateWarningInput[] {
  const added = sum(projects.map(projectTotal));
  if (totalMonthlyCost === null || compare(totalMonthlyCost, added) === 0) return [];
  const message = `The file states a total of ${totalMonthlyCost}, but its projects add up to ${added}`;
  return [{ code: "PROJECT_TOTALS_DISAGREE", message }];
}

/** A total that the file does not state, so that it had to be added up from what is known. */
export function unstatedTotalWarnings(projects: readonly IdentifiedProject[]): EstimateWarningInput[] {
  const unstated = projects.filter(({ project }) => (project.breakdown?.totalMonthlyCost ?? null) === null);
  if (unstated.length === 0) return [];
  const names = listNames(unstated.map(({ identity }) => identity));
  return [
    { code: "TOTAL_ASSUMED", message: `No total is stated, so the known costs were added up: ${names}` },
  ];
}

/** Components whose price was not found count as 0 in a total that states to be known. */
export function missingPriceWarnings(resources: readonly ImportedResource[]): EstimateWarningInput[] {
  const addresses = resources.flatMap(({ cost, lacksPrices }) => (lacksPrices ? [cost.resourceId] : []));
  if (addresses.length === 0) return [];
  const message = `No price was found for some components of these resources, so they may cost more than stated: ${listNames(addresses)}`;
  return [{ code: "PRICE_NOT_FOUND", message }];
}

/** Types that no table knows. */
export function unknownServiceWarnings(resources: readonly ImportedResource[]): EstimateWarningInput[] {
  const unknown = resources.flatMap(({ cost }) => (cost.service === UNKNOWN ? [cost.resourceType] : []));
  if (unknown.length === 0) return [];
  const types = [...new Set(unknown)].sort();
  return [{ code: "UNKNOWN_SERVICE", message: `No service is known for these types: ${listNames(types)}` }];
}

/** Resources whose region was looked for in a plan in vain. */
export function unknownRegionWarnings(resources: readonly ImportedResource[]): EstimateWarningInput[] {
  const count = resources.filter(({ cost }) => cost.region === UNKNOWN).length;
  if (count === 0) return [];
  const message = `The plan does not tell the region of ${count} of ${resources.length} resources`;
  return [{ code: "REGION_UNKNOWN", message }];
}
