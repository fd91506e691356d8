import type { Readable } from "node:stream";
import { PROFILE_NAMES } from "../jobs/usage-profile.ts";
import { textStream } from "./csv.ts";
import type { JobResource } from "./resource-pages.sql.ts";

/** The rows of pages as a JSON array, one row per line. Each page is read on demand. */
export function streamJson<Row>(
  pages: AsyncIterable<readonly Row[]>,
  recordOf: (row: Row) => object,
): Readable {
  return textStream(jsonTexts(pages, recordOf));
}

async function* jsonTexts<Row>(
  pages: AsyncIterable<readonly Row[]>,
  recordOf: (row: Row) => object,
): AsyncGenerator<string> {
  let before = "[\n";
  for await (const page of pages) {
    yield before + page.map((row) => JSON.stringify(recordOf(row))).join(",\n");
    before = ",\n";
  }
  yield before === ",\n" ? "\n]\n" : "[]\n";
}

/** A resource as resources.json has it. Costs are strings. */
export function resourceRecord({ resource, job }: JobResource) {
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

/** A resource of one of several jobs, with the facts of its job. */
export function portfolioRecord(row: JobResource) {
  const { job } = row;
  return {
    job_id: job.id,
    project: job.project,
    branch: job.branch,
    profile: job.profile && PROFILE_NAMES[job.profile],
    commit_sha: job.commitSha,
    effective_at: job.effectiveAt.toISOString(),
    ...resourceRecord(row),
  };
}
