import { setImmediate } from "node:timers/promises";
import { Big } from "big.js";
import { compareTotals, type KeyedTotal } from "../comparison/compare-totals.ts";
import type { CostChange } from "../comparison/cost-change.graphql.ts";
import type { Database } from "../database/database.ts";
import type { JobFilter, ServiceCost } from "../jobs/job.graphql.ts";
import type { JobReader } from "../jobs/job-reader.ts";
import { BadUserInput, type InputProblem } from "../lib/errors.ts";
import { compare, type Decimal, fractionDigits } from "../lib/money.ts";
import {
  type Detection,
  detectAnomalies,
  type Finding,
  SHORTEST_HISTORY,
  standsAt,
  tolerance,
} from "./detect-anomalies.ts";
import { modifiedZScore } from "./robust-statistics.ts";
import { readSeriesHistory, type SeriesJob } from "./series-history.sql.ts";

/** More jobs than this, those of the history included, are not looked at. */
const MOST_JOBS = 100_000;

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
  throw new BadUserInput([{ path: ["filter"], rule }]);
}

function newestFirst(a: Anomaly, b: Anomaly): number {
  return b.createdAt.getTime() - a.createdAt.getTime() || (a.jobId < b.jobId ? 1 : -1);
}

/** Where a total went. */
export type ChangeDirection = "INCREASE" | "DECREASE";

/** An anomaly with what is said of it; the names are those of the GraphQL type. */
export interface Anomaly {
  readonly jobId: string;
  /** The job before it in its series. */
  readonly previousId: string;
  readonly createdAt: Date;
  readonly expected: Decimal;
  readonly lowerBound: Decimal;
  readonly upperBound: Decimal;
  readonly score: number | null;
  readonly direction: ChangeDirection;
  readonly reason: string;
  readonly reasonCode: AnomalyReason;
}

/** Says of a finding what a person wants to know. */
function describeAnomaly(series: readonly SeriesJob[], finding: Finding): Anomaly {
  const { index, amount, expectation } = finding;
  const [job, previous] = [jobAt(series, index), jobAt(series, index - 1)];
  const followers = series.slice(index + 1, index + 1 + FOLLOWERS);
  const reasonCode = reasonFor(
    finding,
    followers.map((follower) => new Big(follower.amount)),
  );
  const inDigits = (value: Big) => text(value, fractionDigits(job.amount));
  const room = tolerance(expectation.median, expectation.spread);
  const bounds = {
    expected: inDigits(expectation.median),
    lowerBound: inDigits(expectation.median.minus(room)),
    upperBound: inDigits(expectation.median.plus(room)),
  };
  const outcome = outcomeOf(
    reasonCode,
    followers.map((follower) => follower.amount),
  );
  return {
    jobId: job.id,
    previousId: previous.id,
    createdAt: job.createdAt,
    ...bounds,
    score: modifiedZScore(amount, expectation.median, expectation.deviation),
    direction: amount.gt(expectation.median) ? "INCREASE" : "DECREASE",
    reason: `${reasonCode}: ${job.amount} ${job.currency} where ${bounds.lowerBound} to ${bounds.upperBound} was expected; ${outcome}.`,
    reasonCode,
  };
}

function text(value: Big, leastDigits: number): Decimal {
  const plain = value.toFixed();
  return fractionDigits(plain) < leastDigits ? value.toFixed(leastDigits) : plain;
}

function jobAt(series: readonly SeriesJob[], index: number): SeriesJob {
  const job = series[index];
  if (job === undefined) throw new RangeError(`the series has no job ${index}`);
  return job;
}

/** What became of an anomaly. */
export type AnomalyReason = "LEVEL_SHIFT" | "SPIKE" | "OUTLIER";

/** So many of the jobs that follow say what became of an anomaly: with it they are a history. */
const FOLLOWERS = SHORTEST_HISTORY - 1;

/**
 * What became of an anomaly.
 * @param followers the amounts of the jobs after it, at most FOLLOWERS.
 */
function reasonFor({ amount, expectation }: Finding, followers: readonly Big[]): AnomalyReason {
  const { median, spread, deviation } = expectation;
  const [next] = followers;
  if (next === undefined) return deviation.eq(0) ? "LEVEL_SHIFT" : "OUTLIER";
  if (standsAt(median, spread, next)) return "SPIKE";
  return followers.every((follower) => standsAt(amount, spread, follower)) ? "LEVEL_SHIFT" : "OUTLIER";
}

/** What the jobs that follow say, as the end of a sentence about the anomaly. */
function outcomeOf(reason: AnomalyReason, followers: readonly string[]): string {
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

/** How many drivers an anomaly has at the most. */
const DRIVERS = 3;

/** The services whose cost changed most against the job before, largest absolute change first. */
export async function driversOf(
  { services }: JobReader,
  { previousId, jobId }: Pick<Anomaly, "previousId" | "jobId">,
): Promise<CostChange[]> {
  const [before, after] = await Promise.all([services.load(previousId), services.load(jobId)]);
  return compareTotals(before.map(keyed), after.map(keyed))
    .filter(({ delta }) => compare(delta, "0") !== 0)
    .slice(0, DRIVERS);
}

function keyed({ service, ...total }: ServiceCost): KeyedTotal {
  return { key: service, ...total };
}

/** The longest history that a job is seen against. */
const LONGEST_WINDOW = 200;

/**
 * Refuses what no job can be judged with.
 * @throws BadUserInput naming each problem.
 */
function checkDetection({ window, sensitivity }: Detection): void {
  const problems: InputProblem[] = [];
  if (window < SHORTEST_HISTORY || window > LONGEST_WINDOW) {
    problems.push({ path: ["window"], rule: `must be from ${SHORTEST_HISTORY} to ${LONGEST_WINDOW}` });
  }
  if (!(sensitivity > 0 && Number.isFinite(sensitivity))) {
    problems.push({ path: ["sensitivity"], rule: "must be a number above 0" });
  }
  if (problems.length > 0) throw new BadUserInput(problems);
}
