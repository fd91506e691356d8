import type { Job } from "../jobs/job.types.ts";
import type { JobLoaders } from "../jobs/loaders.ts";
import { percentageChange, subtract } from "../money.ts";
import type { JobChange } from "./job-change.types.ts";

/** How a job's total differs from that of the job before it in its series; null without one. */
export async function jobChange({ previous }: JobLoaders, job: Job): Promise<JobChange | null> {
  const before = await previous.load(job.id);
  if (before === null) return null;
  return {
    delta: subtract(job.totalMonthlyCost, before.totalMonthlyCost),
    percentageChange: percentageChange(before.totalMonthlyCost, job.totalMonthlyCost),
  };
}
