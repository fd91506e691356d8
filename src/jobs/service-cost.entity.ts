import { defineEntity, p } from "@mikro-orm/core";
import { numeric } from "../database/columns.ts";
import { JobEntity } from "./job.entity.ts";

/** What one service costs in one stored estimate. */
export const ServiceCostEntity = defineEntity({
  name: "ServiceCost",
  tableName: "service_costs",
  properties: {
    job: () => p.manyToOne(JobEntity).primary().deleteRule("cascade").updateRule("no action"),
    service: p.text().primary(),
    totalMonthlyCost: numeric(),
    resourceCount: p.integer(),
    unpricedResourceCount: p.integer(),
  },
});
