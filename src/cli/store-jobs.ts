import { RequestRefused } from "../client/client-errors.ts";
import { StoreEstimateDocument, type StoreEstimateInput } from "../client/generated.ts";
import { request } from "../client/graphql-client.ts";
import type { Server } from "../client/transport.ts";
import type { Stored } from "./describe-stored.ts";

/** Fewer jobs are stored before anybody wonders. */
const MANY = 5;

/**
 * Stores jobs one after the other, so that those of one project are stored in the order of the files.
 * @param stored gets what is stored as it comes, for a failure in the middle does not undo it.
 * @throws RequestRefused naming the job, when there are several.
 */
export async function storeJobs(
  server: Server,
  jobs: readonly StoreEstimateInput[],
  stored: Stored[],
): Promise<void> {
  try {
    for (const [index, input] of jobs.entries()) {
      showProgress(`storing ${index + 1} of ${jobs.length}`, jobs.length);
      stored.push((await request(server, StoreEstimateDocument, { input })).storeEstimate);
    }
  } catch (error) {
    if (!(error instanceof RequestRefused) || jobs.length === 1) throw error;
    throw new RequestRefused(`${nameOf(jobs[stored.length], stored.length)} is refused. ${error.message}`);
  } finally {
    showProgress("", jobs.length);
  }
}

function nameOf(job: StoreEstimateInput | undefined, index: number): string {
  return `Job ${index + 1}${job?.project ? ` (${job.project})` : ""}`;
}

/** One line on a terminal that is written over. */
function showProgress(line: string, jobCount: number): void {
  if (jobCount >= MANY && process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
}
