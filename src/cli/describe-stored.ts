import type { StoreEstimateMutation } from "../client/generated.ts";
import { countOf } from "../count-of.ts";

/** What the server answered for one stored estimate. */
export type Stored = StoreEstimateMutation["storeEstimate"];

/** A stored job for people: one line, and one for each warning. */
export function describeStored({ job, created }: Stored): string {
  const unknown = job.unpricedResourceCount === 0 ? "" : `, ${job.unpricedResourceCount} of unknown cost`;
  const line = [
    created ? "stored" : "already stored",
    job.id,
    `${job.totalMonthlyCost} ${job.currency} a month`,
    `${countOf(job.resourceCount, "resource")}${unknown}`,
    job.project ?? "",
  ];
  return [
    line.join("  ").trimEnd(),
    ...job.warnings.map(({ code, message }) => `  ${code}: ${message}`),
  ].join("\n");
}
