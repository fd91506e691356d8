import type { Big } from "big.js";
import type { Finding } from "./detect-anomalies.ts";
import { SHORTEST_HISTORY } from "./detect-anomalies.ts";
import { standsAt } from "./expectation.ts";

/** What became of an anomaly. */
export type AnomalyReason = "LEVEL_SHIFT" | "SPIKE" | "OUTLIER";

/** So many of the jobs that follow say what became of an anomaly: with it they are a history. */
export const FOLLOWERS = SHORTEST_HISTORY - 1;

/**
 * What became of an anomaly.
 * @param followers the amounts of the jobs after it, at most FOLLOWERS.
 */
export function reasonFor({ amount, expectation }: Finding, followers: readonly Big[]): AnomalyReason {
  const { median, spread, deviation } = expectation;
  const [next] = followers;
  if (next === undefined) return deviation.eq(0) ? "LEVEL_SHIFT" : "OUTLIER";
  if (standsAt(median, spread, next)) return "SPIKE";
  return followers.every((follower) => standsAt(amount, spread, follower)) ? "LEVEL_SHIFT" : "OUTLIER";
}

/** What the jobs that follow say, as the end of a sentence about the anomaly. */
export function outcomeOf(reason: AnomalyReason, followers: readonly string[]): string {
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
