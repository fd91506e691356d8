import type { Job } from "../jobs/job.types.ts";
import { type Cell, jsonCell, textCell } from "./cells.ts";
import type { Column } from "./columns.ts";
import { estimatedMonth, focusTime } from "./focus-time.ts";
import { focusTags, providerOf, regionIdOf } from "./focus-values.ts";
import { plainNumber } from "./plain-number.ts";

/** A column that an estimate has nothing for, and FOCUS wants to be there. */
const unknown = (name: string): Column => ({ name, cell: () => null });

const ofJob = (name: string, cell: (job: Job) => Cell): Column => ({ name, cell: (_, job) => cell(job) });

/** What the resource costs a month. An estimate knows one cost, and has no discounts to tell the four apart. */
const cost = (name: string): Column => ({ name, cell: ({ totalMonthlyCost }) => totalMonthlyCost });

/** The columns of the FOCUS export; docs/focus-export.md says why each holds what it holds. */
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
