import type { Readable } from "node:stream";
import type { Database } from "../database/database.ts";
import type { CostResult, Job } from "../jobs/job.graphql.ts";
import { textStream } from "./csv.ts";
import { resourcePages } from "./resource-pages.sql.ts";

/** All resources of a job as a JSON array, one resource per line; costs are strings. */
export function streamJson(db: Database, job: Job): Readable {
  return streamJsonArray(db, job.id, (resource) => record(resource, job));
}

/** All resources of a job as a JSON array of the results of `recordOf`. */
export function streamJsonArray(
  db: Database,
  jobId: string,
  recordOf: (resource: CostResult) => object,
): Readable {
  return textStream(jsonTexts(db, jobId, recordOf));
}

async function* jsonTexts(
  db: Database,
  jobId: string,
  recordOf: (resource: CostResult) => object,
): AsyncGenerator<string> {
  let before = "[\n";
  for await (const page of resourcePages(db, jobId)) {
    yield before + page.map((resource) => JSON.stringify(recordOf(resource))).join(",\n");
    before = ",\n";
  }
  yield before === ",\n" ? "\n]\n" : "[]\n";
}

function record(resource: CostResult, job: Job) {
  return {
    resource_id: resource.resourceId,
    resource_type: resource.resourceType,
    service: resource.service,
    region: resource.region,
    currency: job.currency,
    total_monthly_cost: resource.totalMonthlyCost,
    compute_cost: resource.computeCost,
    storage_cost: resource.storageCost,
    network_cost: resource.networkCost,
    other_cost: resource.otherCost,
    confidence_score: resource.confidenceScore,
    cost_drivers: resource.costDrivers,
    assumptions: resource.assumptions,
    tags: resource.tags,
  };
}
