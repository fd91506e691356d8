import { Big } from "big.js";
import { distanceAtScore, meanDeviation, median, medianAbsoluteDeviation } from "./robust-statistics.ts";

/** What a history leads one to expect. */
export interface Expectation {
  readonly median: Big;
  readonly deviation: Big;
  /** How far from the median its spread lets an amount be, before the floors; zero when the history is flat. */
  readonly spread: Big;
}

/** Changes below these are never reported: the histories of estimates are flat, and would make any change infinite. */
const RELATIVE_FLOOR = "0.05";
const ABSOLUTE_FLOOR = new Big("1.00");
const NO_SPREAD = new Big(0);

/**
 * The spread of few jobs says little of the next one, so it is widened by 1 + 10 / n: three times for 5 jobs, one and
 * a half times for 20. What that leaves of noise is in
 * docs/adr/0004-trends-and-anomalies.md.
 */
const FEW_JOBS = 10;

/** A history is flat while no more than this part of it differs from its median: an old spike or two. */
const FLAT_SHARE = 0.25;

/**
 * What to expect after a history.
 * @param sorted the history, the lowest amount first.
 * @param leastSpread that is allowed, though the history may have less.
 */
export function expectationOf(sorted: readonly Big[], sensitivity: number, leastSpread: Big): Expectation {
  const deviation = deviationOf(sorted);
  const widened = distanceAtScore(sensitivity, deviation)
    .times(1 + FEW_JOBS / sorted.length)
    .round(4);
  return { median: median(sorted), deviation, spread: larger(widened, leastSpread) };
}

/**
 * The median absolute deviation. It is zero as soon as more than half of the history has one amount; when the rest is
 * more than an old outlier or two, the mean deviation stands in for it, as Iglewicz and Hoaglin have it.
 */
function deviationOf(sorted: readonly Big[]): Big {
  const deviation = medianAbsoluteDeviation(sorted);
  if (!deviation.eq(0)) return deviation;
  const center = median(sorted);
  const others = sorted.filter((amount) => !amount.eq(center)).length;
  return others > sorted.length * FLAT_SHARE ? meanDeviation(sorted) : NO_SPREAD;
}

/** How far an amount may be from a level and still stand at it: the spread, but at least 5 per cent, and 1.00. */
export function tolerance(level: Big, spread: Big): Big {
  return [level.abs().times(RELATIVE_FLOOR), ABSOLUTE_FLOOR].reduce(larger, spread);
}

/** Whether an amount is so near to what its history was at that it is in line whatever the spread, as it mostly is. */
export function isWithinFloors(sorted: readonly Big[], amount: Big): boolean {
  return standsAt(median(sorted), NO_SPREAD, amount);
}

/** Whether an amount stands at a level. */
export function standsAt(level: Big, spread: Big, amount: Big): boolean {
  return amount.minus(level).abs().lte(tolerance(level, spread));
}

function larger(a: Big, b: Big): Big {
  return a.gt(b) ? a : b;
}
