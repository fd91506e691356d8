import * as z from "zod";
import type { Comparison } from "../../../comparison/compare-jobs.ts";
import type { Job } from "../../../jobs/job.types.ts";
import { costField, digits, timeField } from "./fields.ts";

const ComparedJob = z
  .object({
    job_id: z.string().meta({ format: "uuid", description: "The job." }),
    total_cost: costField("Its total, per month."),
    created_at: timeField("When it was stored."),
  })
  .meta({ id: "ComparedJob", description: "One side of a comparison." });

/** What changed from one job to another. */
export const ComparisonBody = z
  .object({
    job_1: ComparedJob,
    job_2: ComparedJob,
    delta: costField("job_2 - job_1, per month, in the currency of both."),
    percentage_change: z
      .number()
      .nullable()
      .meta({ description: "The delta in per cent of job_1; null when job_1 costs nothing." }),
  })
  .meta({ id: "Comparison", description: "What changed from one job to another." });

/** A comparison as REST has it. */
export function comparisonBody({
  base,
  target,
  delta,
  percentageChange,
}: Comparison): z.output<typeof ComparisonBody> {
  return {
    job_1: comparedJob(base),
    job_2: comparedJob(target),
    delta: digits(delta),
    percentage_change: percentageChange,
  };
}

function comparedJob(job: Job) {
  return {
    job_id: job.id,
    total_cost: digits(job.totalMonthlyCost),
    created_at: job.createdAt.toISOString(),
  };
}
