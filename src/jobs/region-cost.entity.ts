import { defineEntity, p } from "@mikro-orm/core";
import { numeric } from "../database/columns.ts";
import { JobEntity } from "./job.entity.ts";

/** What one region costs in one stored estimate. */
export const RegionCostEntity = defineEntity({
  name: "RegionCost",
  tableName: "region_costs",
  properties: {
    job: () => p.manyToOne(JobEntity).primary().deleteRule("cascade").updateRule("no action"),
    region: p.text().primary(),
    totalMonthlyCost: numeric(),
    resourceCount: p.integer(),
    unpricedResourceCount: p.integer(),
    /** A list of { service, totalMonthlyCost, resourceCount }, with the amount as text. */
    services: p.json(),
  },
});
