import { providerOfType } from "../import/provider-of-type.ts";
import { categoryOfService } from "../import/service-of-type.ts";
import type { Job } from "../jobs/job.graphql.ts";
import type { JsonObject } from "../lib/json.ts";
import { isRawNumber, type JsonValue } from "../lib/json.ts";
import { type Cell, type Column, jsonCell, plainNumber, textCell } from "./csv.ts";

/** A column that FOCUS requires and an estimate has no data for. */
const unknown = (name: string): Column => ({ name, cell: () => null });

const ofJob = (name: string, cell: (job: Job) => Cell): Column => ({ name, cell: (_, job) => cell(job) });

/** The monthly cost. An estimate has no discounts, so the four costs of FOCUS are equal. */
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
  { name: "ProviderName", cell: ({ resourceType }) => providerOfType(resourceType) },
  unknown("PublisherName"),
  { name: "RegionId", cell: ({ region }) => textCell(regionIdOf(region)) },
  unknown("RegionName"),
  { name: "ResourceId", cell: ({ resourceId }) => textCell(resourceId) },
  unknown("ResourceName"),
  { name: "ResourceType", cell: ({ resourceType }) => textCell(resourceType) },
  { name: "ServiceCategory", cell: ({ service }) => categoryOfService(service) },
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

/** A time in the format of FOCUS: UTC, in seconds. */
function focusTime(moment: Date): string {
  return moment.toISOString().replace(/\.\d+Z$/, "Z");
}

/** The calendar month (UTC) of the estimate: its costs are monthly, but do not belong to a certain month. */
function estimatedMonth({ estimatedAt, createdAt }: Job): { start: string; end: string } {
  const moment = estimatedAt ?? createdAt;
  return { start: focusTime(firstOfMonth(moment, 0)), end: focusTime(firstOfMonth(moment, 1)) };
}

function firstOfMonth(moment: Date, later: number): Date {
  const first = new Date(moment);
  first.setUTCHours(0, 0, 0, 0);
  // The day is set before the month, because the 31st does not exist in every month.
  first.setUTCDate(1);
  first.setUTCMonth(first.getUTCMonth() + later);
  return first;
}

/** The values for a missing region. */
const NO_REGION = new Set(["global", "unknown"]);

function regionIdOf(region: string): string | null {
  return NO_REGION.has(region) ? null : region;
}

/** The tags for FOCUS, which allows no arrays and objects as tag values: these values become JSON text. */
function focusTags(tags: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, flat(value)]));
}

function flat(value: JsonValue): JsonValue {
  return typeof value === "object" && value !== null && !isRawNumber(value) ? JSON.stringify(value) : value;
}
