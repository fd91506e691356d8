import { Big } from "big.js";
import { type Decimal, fractionDigits } from "../money.ts";
import { type AnomalyReason, FOLLOWERS, outcomeOf, reasonFor } from "./anomaly-reason.ts";
import type { Finding } from "./detect-anomalies.ts";
import { tolerance } from "./expectation.ts";
import { modifiedZScore } from "./robust-statistics.ts";
import type { SeriesJob } from "./series-history.queries.ts";

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
export function describeAnomaly(series: readonly SeriesJob[], finding: Finding): Anomaly {
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
