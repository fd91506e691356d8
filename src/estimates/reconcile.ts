import type { EstimateWarning } from "../jobs/job.graphql.ts";
import { addsUp, DEFAULT_CURRENCY, sum } from "../lib/money.ts";
import { pluralize } from "../lib/text.ts";
import type { Estimate, RegionTotal, ResourceCost } from "./estimate.ts";
import { knownCosts, unpricedCount } from "./totals.ts";

/**
 * The maximum number of warnings of one code. The other warnings are counted in the last one: 100,000 sentences would
 * hide the warnings of other codes.
 */
const LISTED_PER_CODE = 20;
/** The maximum number of costs in the warning about one resource that occurs several times. */
const LISTED_COSTS = 20;

/**
 * The discrepancies of an estimate, for instance a total that differs from the sum of its resources. No amount is
 * corrected: the amounts are stored as sent, and the warnings are stored with the job. Rounding of each summand to its
 * last digit is not a discrepancy (`addsUp` in lib/money.ts).
 */
export function reconcile(estimate: Estimate): EstimateWarning[] {
  return [
    ...currencyAssumed(estimate),
    ...totalMismatch(estimate),
    ...groupMismatches("SERVICE", "service", estimate, estimate.byService, ({ service }) => service),
    ...groupMismatches("REGION", "region", estimate, estimate.byRegion, ({ region }) => region),
    ...listed(regionServiceMismatches(estimate.byRegion ?? [])),
    ...listed(estimate.byResource.flatMap(componentMismatch)),
    ...listed(duplicates(estimate.byResource)),
  ];
}

function currencyAssumed({ currency }: Estimate): EstimateWarning[] {
  if (typeof currency === "string") return [];
  return [
    {
      code: "CURRENCY_ASSUMED",
      message: `The estimate has no currency; ${DEFAULT_CURRENCY} is assumed.`,
    },
  ];
}

function totalMismatch({ totalMonthlyCost, byResource }: Estimate): EstimateWarning[] {
  const costs = knownCosts(byResource);
  if (addsUp(totalMonthlyCost, costs)) return [];
  const unknown = unpricedCount(byResource);
  const without = unknown === 0 ? "" : `, without ${pluralize(unknown, "resource")} of unknown cost`;
  return [
    {
      code: "TOTAL_MISMATCH",
      message: `The total is ${totalMonthlyCost}, the resources add up to ${sum(costs)}${without}.`,
    },
  ];
}

interface GroupTotal {
  readonly totalMonthlyCost: string;
  readonly resourceCount: number;
}

function groupMismatches<Total extends GroupTotal>(
  code: "SERVICE" | "REGION",
  field: "service" | "region",
  { totalMonthlyCost, byResource }: Estimate,
  totals: readonly Total[] | null | undefined,
  nameOf: (total: Total) => string,
): EstimateWarning[] {
  if (!totals) return [];
  const stated = totals.map((total) => total.totalMonthlyCost);
  const members = Map.groupBy(byResource, (resource) => resource[field]);
  const warnings = addsUp(totalMonthlyCost, stated)
    ? []
    : [`The total is ${totalMonthlyCost}, the ${field}s add up to ${sum(stated)}.`];
  for (const total of totals) {
    const costs = knownCosts(members.get(nameOf(total)) ?? []);
    if (addsUp(total.totalMonthlyCost, costs)) continue;
    warnings.push(
      `The ${field} ${nameOf(total)} is stated at ${total.totalMonthlyCost}, its resources add up to ${sum(costs)}.`,
    );
  }
  const names = new Set(totals.map(nameOf));
  for (const [name, missing] of members) {
    if (names.has(name)) continue;
    warnings.push(`The ${field} ${name} has resources of ${sum(knownCosts(missing))} and no stated total.`);
  }
  const counts = totals.flatMap((total) => {
    const counted = members.get(nameOf(total))?.length ?? 0;
    if (counted === total.resourceCount) return [];
    return `The ${field} ${nameOf(total)} is stated to have ${pluralize(total.resourceCount, "resource")}, it has ${counted}.`;
  });
  return [
    ...listed(warnings.map((message) => ({ code: `${code}_MISMATCH`, message }))),
    ...listed(counts.map((message) => ({ code: "RESOURCE_COUNT_MISMATCH", message }))),
  ];
}

function regionServiceMismatches(byRegion: readonly RegionTotal[]): EstimateWarning[] {
  return byRegion.flatMap(({ region, totalMonthlyCost, services }) => {
    const stated = services?.map((service) => service.totalMonthlyCost);
    if (!stated || addsUp(totalMonthlyCost, stated)) return [];
    const message = `The region ${region} is stated at ${totalMonthlyCost}, its services add up to ${sum(stated)}.`;
    return { code: "REGION_SERVICE_MISMATCH", message };
  });
}

function componentMismatch(resource: ResourceCost): EstimateWarning[] {
  const { resourceId, totalMonthlyCost, computeCost, storageCost, networkCost, otherCost } = resource;
  const components = [computeCost, storageCost, networkCost, otherCost].flatMap((cost) => cost ?? []);
  if (addsUp(totalMonthlyCost ?? "0", components)) return [];
  const total = totalMonthlyCost ?? "unknown";
  const message = `The total of ${resourceId} is ${total}, its compute, storage, network and other costs add up to ${sum(components)}.`;
  return [{ code: "RESOURCE_MISMATCH", message }];
}

function duplicates(byResource: readonly ResourceCost[]): EstimateWarning[] {
  return [...Map.groupBy(byResource, ({ resourceId }) => resourceId)].flatMap(([resourceId, twins]) => {
    if (twins.length === 1) return [];
    const costs = twins.slice(0, LISTED_COSTS).map(({ totalMonthlyCost }) => totalMonthlyCost ?? "unknown");
    if (twins.length > LISTED_COSTS) costs.push("...");
    return {
      code: "DUPLICATE_RESOURCE",
      message: `${resourceId} occurs ${twins.length} times, at ${costs.join(", ")}.`,
    };
  });
}

function listed(warnings: EstimateWarning[]): EstimateWarning[] {
  const [first] = warnings;
  if (first === undefined || warnings.length <= LISTED_PER_CODE) return warnings;
  const more = warnings.length - LISTED_PER_CODE;
  return [
    ...warnings.slice(0, LISTED_PER_CODE),
    { code: first.code, message: `There ${more === 1 ? "is" : "are"} ${more} more of these.` },
  ];
}
