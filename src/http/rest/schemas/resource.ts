import * as z from "zod";
import type { CostResult } from "../../../jobs/cost-result.types.ts";
import { costField, digits, digitsOrNull, jsonField, optionalCostField } from "./fields.ts";

/** One resource of a job. */
export const ResourceBody = z
  .object({
    resource_id: z.string().meta({ description: "The Terraform address." }),
    resource_type: z.string().meta({ description: "The Terraform type." }),
    service: z.string().meta({ description: "The service." }),
    region: z.string().meta({ description: 'The region; "global" or "unknown" when it has none.' }),
    total_monthly_cost: optionalCostField("The cost per month; null: unknown, which is not zero."),
    compute_cost: costField("The part that is compute."),
    storage_cost: costField("The part that is storage."),
    network_cost: costField("The part that is network."),
    other_cost: costField("The part that is none of the three."),
    confidence_score: z.number().nullable().meta({ description: "The estimator's confidence, 0 to 1." }),
    cost_drivers: jsonField("What the cost is made of, as the estimator sent it."),
    assumptions: jsonField("What was assumed, as the estimator sent it."),
    tags: z.record(z.string(), z.unknown()).meta({ description: "The resource's tags." }),
  })
  .meta({ id: "Resource", description: "What one resource costs, per month, in the job's currency." });

/** A page of resources. */
export const ResourcesBody = z
  .array(ResourceBody)
  .meta({ id: "Resources", description: "Resources, dearest first and unknown costs last." });

/** A resource as REST has it. */
export function resourceBody(resource: CostResult): z.output<typeof ResourceBody> {
  return {
    resource_id: resource.resourceId,
    resource_type: resource.resourceType,
    service: resource.service,
    region: resource.region,
    total_monthly_cost: digitsOrNull(resource.totalMonthlyCost),
    compute_cost: digits(resource.computeCost),
    storage_cost: digits(resource.storageCost),
    network_cost: digits(resource.networkCost),
    other_cost: digits(resource.otherCost),
    confidence_score: resource.confidenceScore,
    cost_drivers: resource.costDrivers,
    assumptions: resource.assumptions,
    tags: resource.tags,
  };
}
