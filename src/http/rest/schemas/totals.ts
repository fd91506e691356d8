import * as z from "zod";
import type { RegionCost, ServiceCost } from "../../../jobs/job.types.ts";
import type { RawNumber } from "../../../json.ts";
import { costField, digits } from "./fields.ts";

const counts = {
  total_cost: costField("The cost per month of those whose cost is known."),
  resource_count: z.int().meta({ description: "How many resources." }),
  unpriced_resource_count: z.int().meta({ description: "How many of them have an unknown cost." }),
};

/** What each service costs. */
export const ServicesBody = z
  .array(
    z
      .object({ service: z.string().meta({ description: "The service." }), ...counts })
      .meta({ id: "Service", description: "What one service costs in a job." }),
  )
  .meta({ id: "Services", description: "Services, dearest first." });

/** What each region costs. */
export const RegionsBody = z
  .array(
    z
      .object({
        region: z.string().meta({ description: "The region." }),
        ...counts,
        services: z
          .record(z.string(), costField("The service's cost in this region."))
          .meta({ description: "The services in this region: a map from service to cost." }),
      })
      .meta({ id: "Region", description: "What one region costs in a job." }),
  )
  .meta({ id: "Regions", description: "Regions, dearest first." });

/** The services of a job as REST has them. */
export function servicesBody(services: readonly ServiceCost[]): z.output<typeof ServicesBody> {
  return services.map((service) => ({ service: service.service, ...countsOf(service) }));
}

/** The regions of a job as REST has them. */
export function regionsBody(regions: readonly RegionCost[]): z.output<typeof RegionsBody> {
  return regions.map((region) => ({
    region: region.region,
    ...countsOf(region),
    services: Object.fromEntries(
      region.services.map(({ service, totalMonthlyCost }): [string, RawNumber] => [
        service,
        digits(totalMonthlyCost),
      ]),
    ),
  }));
}

function countsOf(total: ServiceCost | RegionCost) {
  return {
    total_cost: digits(total.totalMonthlyCost),
    resource_count: total.resourceCount,
    unpriced_resource_count: total.unpricedResourceCount,
  };
}
