import type { CostResult } from "../jobs/cost-result.types.ts";
import type { Job } from "../jobs/job.types.ts";
import type { Cell } from "./cells.ts";

/** A column of an export. */
export interface Column {
  readonly name: string;
  readonly cell: (resource: CostResult, job: Job) => Cell;
}
