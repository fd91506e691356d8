import { setImmediate } from "node:timers/promises";
import { Big } from "big.js";
import { compareServices } from "../comparison/compare-totals.ts";
import type { CostChange } from "../comparison/cost-change.graphql.ts";
import type { Database } from "../database/database.ts";
import type { JobFilter } from "../jobs/job-filter.graphql.ts";
import type { JobReader } from "../jobs/job-reader.ts";
import { BadUserInput, type InputProblem, rangeProblems } from "../lib/errors.ts";
import { compare, type Decimal, fractionDigits } from "../lib/money.ts";
import {
  type Detection,
  type Deviation,
  detectAnomalies,
  isAtLevel,
  MIN_HISTORY,
  tolerance,
} from "./detect-anomalies.ts";
import { modifiedZScore } from "./robust-statistics.ts";
import { readSeriesHistory, type SeriesJob } from "./series-history.sql.ts";

/** The maximum number of jobs of one query, including their histories. */
const MAX_JOBS = 100_000;

/**
 * The anomalies among the jobs that match the filter, newest first.
 * @param first the maximum number of anomalies; null or undefined: all of them.
 * @throws BadUserInput for an invalid argument, or more than MAX_JOBS jobs.
 */
export async function costAnomalies(
  db: Database,
  filter: JobFilter,
  detection: Detection,
  first: number | null | undefined,
): Promise<Anomaly[]> {
  checkArguments(detection, first);
  const jobs = await readSeriesHistory(db, filter, {
    // One window is the history of the first job; the other one is the history of that history, to find its steps.
    before: 2 * detection.window,
    after: FOLLOWERS,
    limit: MAX_JOBS + 1,
  });
  requireFewJobs(jobs);
  const anomalies: Anomaly[] = [];
  for (const series of Map.groupBy(jobs, (job) => job.series).values()) {
    anomalies.push(...anomaliesOf(series, detection));
    // Other requests are served between two series: 100,000 jobs take seconds of CPU time.
    await setImmediate();
  }
  return anomalies.sort(newestFirst).slice(0, first ?? anomalies.length);
}

const MAX_WINDOW = 200;

/** The maximum of `first`, and the number of anomalies that a query without it counts for its cost. */
export const ANOMALIES = { default: 20, maximum: 1_000 };

/** @throws BadUserInput with all problems of the arguments. */
function checkArguments({ window, sensitivity }: Detection, first: number | null | undefined): void {
  const problems: InputProblem[] = [
    ...rangeProblems(["window"], window, MIN_HISTORY, MAX_WINDOW),
    ...rangeProblems(["first"], first, 1, ANOMALIES.maximum),
  ];
  if (!(sensitivity > 0 && Number.isFinite(sensitivity))) {
    problems.push({ path: ["sensitivity"], rule: "must be a number above 0" });
  }
  if (problems.length > 0) throw new BadUserInput(problems);
}

/** @throws BadUserInput for too many jobs; their number is known only after they have been read. */
function requireFewJobs(jobs: readonly unknown[]): void {
  if (jobs.length <= MAX_JOBS) return;
  const rule = `matches more than ${MAX_JOBS} jobs, with those before and between them in their series; narrow it, for instance by project or effectiveFrom`;
  throw new BadUserInput([{ path: ["filter"], rule }]);
}

function anomaliesOf(series: readonly SeriesJob[], detection: Detection): Anomaly[] {
  const amounts = series.map(({ amount }) => amount);
  return detectAnomalies(amounts, detection)
    .filter(({ index }) => series[index]?.matchesFilter)
    .map((deviation) => describeAnomaly(series, deviation));
}

function newestFirst(a: Anomaly, b: Anomaly): number {
  return b.effectiveAt.getTime() - a.effectiveAt.getTime() || (a.jobId < b.jobId ? 1 : -1);
}

/** The direction of the deviation; cost-anomalies.graphql.ts describes each. */
export type ChangeDirection = "INCREASE" | "DECREASE";

/** A job whose total deviates from its history; the names are those of the GraphQL type. */
export interface Anomaly {
  readonly jobId: string;
  /** The previous job of the series. */
  readonly previousId: string;
  readonly effectiveAt: Date;
  readonly expected: Decimal;
  readonly lowerBound: Decimal;
  readonly upperBound: Decimal;
  readonly score: number | null;
  readonly direction: ChangeDirection;
  readonly reason: string;
  readonly reasonCode: AnomalyReason;
}

function describeAnomaly(series: readonly SeriesJob[], deviation: Deviation): Anomaly {
  const { index, amount, expectation } = deviation;
  const [job, previous] = [jobAt(series, index), jobAt(series, index - 1)];
  const followers = series.slice(index + 1, index + 1 + FOLLOWERS);
  const reasonCode = reasonFor(
    deviation,
    followers.map((follower) => new Big(follower.amount)),
  );
  const format = (value: Big) => formatAmount(value, fractionDigits(job.amount));
  const distance = tolerance(expectation.median, expectation.spread);
  const bounds = {
    expected: format(expectation.median),
    lowerBound: format(expectation.median.minus(distance)),
    upperBound: format(expectation.median.plus(distance)),
  };
  const outcome = describeFollowers(
    reasonCode,
    followers.map((follower) => follower.amount),
  );
  return {
    jobId: job.id,
    previousId: previous.id,
    effectiveAt: job.effectiveAt,
    ...bounds,
    score: modifiedZScore(amount, expectation.median, expectation.deviation),
    direction: amount.gt(expectation.median) ? "INCREASE" : "DECREASE",
    reason: `${reasonCode}: ${job.amount} ${job.currency} where ${bounds.lowerBound} to ${bounds.upperBound} was expected; ${outcome}.`,
    reasonCode,
  };
}

function formatAmount(value: Big, minDigits: number): Decimal {
  const plain = value.toFixed();
  return fractionDigits(plain) < minDigits ? value.toFixed(minDigits) : plain;
}

function jobAt(series: readonly SeriesJob[], index: number): SeriesJob {
  const job = series[index];
  if (job === undefined) throw new RangeError(`the series has no job ${index}`);
  return job;
}

/** The kind of an anomaly; cost-anomalies.graphql.ts describes each. */
export type AnomalyReason = "LEVEL_SHIFT" | "SPIKE" | "OUTLIER";

/** The number of following jobs that decide the kind of an anomaly; with the anomaly they are a history. */
const FOLLOWERS = MIN_HISTORY - 1;

/** @param followers the amounts of the following jobs, at most FOLLOWERS. */
function reasonFor({ amount, expectation }: Deviation, followers: readonly Big[]): AnomalyReason {
  const { median, spread, deviation } = expectation;
  const [next] = followers;
  if (next === undefined) return deviation.eq(0) ? "LEVEL_SHIFT" : "OUTLIER";
  if (isAtLevel(median, spread, next)) return "SPIKE";
  return followers.every((follower) => isAtLevel(amount, spread, follower)) ? "LEVEL_SHIFT" : "OUTLIER";
}

/** The end of the sentence about the anomaly. */
function describeFollowers(reason: AnomalyReason, followers: readonly string[]): string {
  const [next] = followers;
  if (next === undefined) {
    return reason === "LEVEL_SHIFT"
      ? "no job follows yet, and the history is flat"
      : "no job follows yet, and the history varies";
  }
  switch (reason) {
    case "SPIKE":
      return `the next job is back, at ${next}`;
    case "LEVEL_SHIFT":
      return followers.length === 1
        ? `the next job stays, at ${next}`
        : `the next ${followers.length} jobs stay, the last at ${followers.at(-1)}`;
    case "OUTLIER":
      return `the next jobs neither go back nor stay: ${followers.join(", ")}`;
  }
}

/** The maximum number of drivers of an anomaly. */
const MAX_DRIVERS = 3;

/** The services with the largest change from the previous job, largest absolute delta first. */
export async function driversOf(
  jobs: JobReader,
  { previousId, jobId }: Pick<Anomaly, "previousId" | "jobId">,
): Promise<CostChange[]> {
  const changes = await compareServices(jobs, previousId, jobId);
  return changes.filter(({ delta }) => compare(delta, "0") !== 0).slice(0, MAX_DRIVERS);
}
