import { setImmediate } from "node:timers/promises";
import type { Database } from "../database/database.ts";
import { BadUserInput } from "../errors.ts";
import type { JobFilter } from "../jobs/job-filter.queries.ts";
import { type Anomaly, describeAnomaly } from "./anomaly.ts";
import { FOLLOWERS } from "./anomaly-reason.ts";
import { checkDetection } from "./check-detection.ts";
import { type Detection, detectAnomalies } from "./detect-anomalies.ts";
import { readSeriesHistory, type SeriesJob } from "./series-history.queries.ts";

/** More jobs than this, those of the history included, are not looked at. */
export const MOST_JOBS = 100_000;

/**
 * The jobs that match the filter and are out of line with those before them in their series, newest first.
 * @throws BadUserInput when an argument is wrong, or there are too many jobs to look at.
 */
export async function costAnomalies(
  db: Database,
  filter: JobFilter,
  detection: Detection,
): Promise<Anomaly[]> {
  checkDetection(detection);
  const jobs = await readSeriesHistory(db, filter, {
    // One window for the history of the first job, one to see the steps in that history as the first job should.
    before: 2 * detection.window,
    after: FOLLOWERS,
    limit: MOST_JOBS + 1,
  });
  requireFewJobs(jobs);
  const anomalies: Anomaly[] = [];
  for (const series of Map.groupBy(jobs, (job) => job.series).values()) {
    anomalies.push(...anomaliesOf(series, detection));
    // Others are served in between: a hundred thousand jobs take their time.
    await setImmediate();
  }
  return anomalies.sort(newestFirst);
}

function anomaliesOf(series: readonly SeriesJob[], detection: Detection): Anomaly[] {
  const findings = detectAnomalies(
    series.map(({ amount }) => amount),
    detection,
  );
  return findings
    .filter(({ index }) => series[index]?.isAsked)
    .map((finding) => describeAnomaly(series, finding));
}

/** Refuses a question that is about too many jobs; how many there are is known only when they have been read. */
export function requireFewJobs(jobs: readonly unknown[]): void {
  if (jobs.length <= MOST_JOBS) return;
  const rule = `matches more than ${MOST_JOBS.toLocaleString("en")} jobs, with those before and between them in their series; narrow it, for instance by project or createdFrom`;
  throw new BadUserInput([{ path: "filter", message: rule }]);
}

function newestFirst(a: Anomaly, b: Anomaly): number {
  return b.createdAt.getTime() - a.createdAt.getTime() || (a.jobId < b.jobId ? 1 : -1);
}
