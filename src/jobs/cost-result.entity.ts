import { defineEntity, p } from "@mikro-orm/core";
import { numeric } from "../database/columns.ts";
import { JobEntity } from "./job.entity.ts";

/**
 * One resource of a stored estimate. The key is its place by cost within the job (0 is the highest, unknown
 * costs last): estimates never change, so the order in which resources are read is settled when they are
 * stored, and a page of any job is a range of the primary key.
 */
export const CostResultEntity = defineEntity({
  name: "CostResult",
  tableName: "cost_results",
  properties: {
    job: () => p.manyToOne(JobEntity).primary().deleteRule("cascade").updateRule("no action"),
    costRank: p.integer().primary().autoincrement(false),
    /** Where the resource stood in the estimate as it was sent, from 0. */
    position: p.integer(),
    resourceId: p.text(),
    resourceType: p.text(),
    service: p.text(),
    region: p.text(),
    totalMonthlyCost: numeric().nullable(),
    computeCost: numeric(),
    storageCost: numeric(),
    networkCost: numeric(),
    otherCost: numeric(),
    confidenceScore: p.double().nullable(),
    costDrivers: p.json(),
    assumptions: p.json(),
    tags: p.json(),
  },
  indexes: [{ name: "idx_cost_results_cost", properties: ["totalMonthlyCost"] }],
});
