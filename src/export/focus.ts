import type { Job } from "../jobs/job.graphql.ts";
import type { JsonObject } from "../lib/json.ts";
import { isRawNumber, type JsonValue } from "../lib/json.ts";
import { type Cell, type Column, jsonCell, plainNumber, textCell } from "./csv.ts";

/** A column that an estimate has nothing for, and FOCUS wants to be there. */
const unknown = (name: string): Column => ({ name, cell: () => null });

const ofJob = (name: string, cell: (job: Job) => Cell): Column => ({ name, cell: (_, job) => cell(job) });

/** What the resource costs a month. An estimate knows one cost, and has no discounts to tell the four apart. */
const cost = (name: string): Column => ({ name, cell: ({ totalMonthlyCost }) => totalMonthlyCost });

/** The columns of the FOCUS export; docs/api.md describes them. */
export const FOCUS_COLUMNS: readonly Column[] = [
  cost("BilledCost"),
  unknown("BillingAccountId"),
  unknown("BillingAccountName"),
  ofJob("BillingCurrency", ({ currency }) => currency),
  ofJob("BillingPeriodEnd", (job) => estimatedMonth(job).end),
  ofJob("BillingPeriodStart", (job) => estimatedMonth(job).start),
  ofJob("ChargeCategory", () => "Usage"),
  unknown("ChargeClass"),
  {
    name: "ChargeDescription",
    cell: ({ resourceId }) => textCell(`${resourceId}, estimated cost of one month`),
  },
  ofJob("ChargeFrequency", () => "Usage-Based"),
  ofJob("ChargePeriodEnd", (job) => estimatedMonth(job).end),
  ofJob("ChargePeriodStart", (job) => estimatedMonth(job).start),
  cost("ContractedCost"),
  cost("EffectiveCost"),
  unknown("InvoiceIssuerName"),
  cost("ListCost"),
  unknown("PricingQuantity"),
  unknown("PricingUnit"),
  { name: "ProviderName", cell: ({ resourceType }) => providerOf(resourceType) },
  unknown("PublisherName"),
  { name: "RegionId", cell: ({ region }) => textCell(regionIdOf(region)) },
  unknown("RegionName"),
  { name: "ResourceId", cell: ({ resourceId }) => textCell(resourceId) },
  unknown("ResourceName"),
  { name: "ResourceType", cell: ({ resourceType }) => textCell(resourceType) },
  unknown("ServiceCategory"),
  { name: "ServiceName", cell: ({ service }) => textCell(service) },
  unknown("SubAccountId"),
  { name: "Tags", cell: ({ tags }) => jsonCell(focusTags(tags)) },
  { name: "x_Assumptions", cell: ({ assumptions }) => jsonCell(assumptions) },
  ofJob("x_Branch", ({ branch }) => textCell(branch)),
  ofJob("x_CommitSha", ({ commitSha }) => textCell(commitSha)),
  { name: "x_ComputeCost", cell: ({ computeCost }) => computeCost },
  { name: "x_ConfidenceScore", cell: ({ confidenceScore }) => plainNumber(confidenceScore) },
  { name: "x_CostDrivers", cell: ({ costDrivers }) => jsonCell(costDrivers) },
  ofJob("x_EstimatedAt", ({ estimatedAt }) => estimatedAt && focusTime(estimatedAt)),
  ofJob("x_Estimator", ({ estimator }) => textCell(estimator)),
  ofJob("x_JobId", ({ id }) => id),
  { name: "x_NetworkCost", cell: ({ networkCost }) => networkCost },
  { name: "x_OtherCost", cell: ({ otherCost }) => otherCost },
  ofJob("x_Project", ({ project }) => textCell(project)),
  { name: "x_StorageCost", cell: ({ storageCost }) => storageCost },
  ofJob("x_StoredAt", ({ createdAt }) => focusTime(createdAt)),
  ofJob("x_TerraformPlanHash", ({ terraformPlanHash }) => textCell(terraformPlanHash)),
  ofJob("x_UsageProfile", ({ profile }) => profile?.toLowerCase() ?? null),
];

/** A moment as FOCUS writes it: UTC, to the second. */
function focusTime(moment: Date): string {
  return moment.toISOString().replace(/\.\d+Z$/, "Z");
}

/** The calendar month (UTC) in which an estimate was made, or stored: it is what one month costs, and names none. */
function estimatedMonth({ estimatedAt, createdAt }: Job): { start: string; end: string } {
  const moment = estimatedAt ?? createdAt;
  return { start: focusTime(firstOfMonth(moment, 0)), end: focusTime(firstOfMonth(moment, 1)) };
}

function firstOfMonth(moment: Date, later: number): Date {
  const first = new Date(moment);
  first.setUTCHours(0, 0, 0, 0);
  // The day first: there is no 31st in every month.
  first.setUTCDate(1);
  first.setUTCMonth(first.getUTCMonth() + later);
  return first;
}

/** The names under which the three large providers publish FOCUS data, by the prefix of their Terraform types. */
const PROVIDERS: Readonly<Record<string, string>> = {
  aws: "AWS",
  awscc: "AWS",
  azurerm: "Microsoft",
  azuread: "Microsoft",
  azapi: "Microsoft",
  google: "Google Cloud",
};

/** What stands in the place of a region that a resource does not have. */
const NO_REGION = new Set(["global", "unknown"]);

/** Who provides a resource, going by its Terraform type; null when the type does not tell. */
function providerOf(resourceType: string): string | null {
  const [prefix = ""] = resourceType.split("_");
  return Object.hasOwn(PROVIDERS, prefix) ? (PROVIDERS[prefix] ?? null) : null;
}

/** The region, when the resource has one. */
function regionIdOf(region: string): string | null {
  return NO_REGION.has(region) ? null : region;
}

/** Tags as FOCUS has them: a value is no list and no object, so those become their JSON text. */
function focusTags(tags: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, flat(value)]));
}

function flat(value: JsonValue): JsonValue {
  return typeof value === "object" && value !== null && !isRawNumber(value) ? JSON.stringify(value) : value;
}
