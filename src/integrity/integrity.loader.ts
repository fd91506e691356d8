import DataLoader from "dataloader";
import type { Database } from "../database/database.ts";
import { type JobIntegrity, judgeJobs } from "./job-integrity.ts";

/** Whether jobs are as they were sealed, by job id; null where there is none. */
export function createIntegrityLoader(db: Database): DataLoader<string, JobIntegrity | null> {
  return new DataLoader(async (jobIds) => {
    const judged = await judgeJobs(db, jobIds);
    return jobIds.map((jobId) => judged.get(jobId) ?? null);
  });
}
