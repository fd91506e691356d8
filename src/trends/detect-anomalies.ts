import { Big } from "big.js";
import type { Decimal } from "../lib/money.ts";
import { distanceAtScore, meanDeviation, median, medianAbsoluteDeviation } from "./robust-statistics.ts";

/** The parameters of the detection. */
export interface Detection {
  /** The number of previous jobs that are the history of a job. */
  readonly window: number;
  /** The modified z-score above which a job is an anomaly. */
  readonly sensitivity: number;
}

/** A job whose amount deviates from its history. */
export interface Deviation {
  /** The index of the job in the series. */
  readonly index: number;
  readonly amount: Big;
  readonly expectation: Expectation;
}

/** The minimum length of a history, and the number of jobs at a new level that make it the history. */
export const MIN_HISTORY = 5;

/**
 * The jobs of one series whose amounts deviate from the previous ones. A step is reported once: the following jobs at
 * the new level are not reported, and after five jobs the new level is the history of the next jobs.
 * @param amounts the amounts of the jobs, oldest first.
 */
export function detectAnomalies(amounts: readonly Decimal[], detection: Detection): Deviation[] {
  const values = amounts.map((amount) => new Big(amount));
  const history = new RecentAmounts(detection.window);
  const levels = new NewLevels();
  const deviations: Deviation[] = [];
  for (const [index, amount] of values.entries()) {
    const expectation = expectationFor(amount, history, levels, detection);
    const level = expectation && levels.find(amount);
    if (expectation && level && belongsTo(level, expectation, amount)) {
      if (levels.join(level, amount).amounts.length >= MIN_HISTORY) {
        history.restart(values.slice(level.start, index), level.spread);
        levels.clear();
      }
    } else if (expectation && isOutside(expectation, amount)) {
      levels.begin({ start: index, spread: expectation.spread, amounts: [amount] });
      deviations.push({ index, amount, expectation });
    } else {
      levels.clear();
    }
    history.add(amount);
  }
  return deviations;
}

/** The expectation for an amount; undefined: the history is too short, or the amount is close to its median. */
function expectationFor(
  amount: Big,
  { sorted, minSpread }: RecentAmounts,
  levels: NewLevels,
  { sensitivity }: Detection,
): Expectation | undefined {
  if (sorted.length < MIN_HISTORY || (levels.isEmpty && isWithinFloors(sorted, amount))) return undefined;
  return expectationOf(sorted, sensitivity, minSpread);
}

function isOutside({ median, spread }: Expectation, amount: Big): boolean {
  return !isAtLevel(median, spread, amount);
}

/** An amount at a new level can be within the bounds of the history too; then the nearer of the two decides. */
function belongsTo(level: NewLevel, expectation: Expectation, amount: Big): boolean {
  if (isOutside(expectation, amount)) return true;
  return amount.minus(levelOf(level)).abs().lte(amount.minus(expectation.median).abs());
}

/** The expectation that a history gives. */
interface Expectation {
  readonly median: Big;
  readonly deviation: Big;
  /** The allowed distance from the median before the floors are applied; zero for a flat history. */
  readonly spread: Big;
}

/**
 * Smaller changes are never reported: many histories of estimates are flat, which gives any change an infinite score.
 */
const RELATIVE_FLOOR = "0.05";
const ABSOLUTE_FLOOR = new Big("1.00");
const NO_SPREAD = new Big(0);

/**
 * The spread of a short history is a weak prediction, so it is multiplied by 1 + 10 / n: 3 for 5 jobs, 1.5 for 20 jobs.
 * The remaining noise is in docs/adr/0004-trends-and-anomalies.md.
 */
const SHORT_HISTORY = 10;

/** A history is flat if at most this part of it differs from the median, for instance one or two old spikes. */
const FLAT_SHARE = 0.25;

/**
 * @param sorted the history, lowest amount first.
 * @param minSpread the lower bound of the spread.
 */
function expectationOf(sorted: readonly Big[], sensitivity: number, minSpread: Big): Expectation {
  const deviation = deviationOf(sorted);
  const widened = distanceAtScore(sensitivity, deviation)
    .times(1 + SHORT_HISTORY / sorted.length)
    .round(4);
  return { median: median(sorted), deviation, spread: larger(widened, minSpread) };
}

/**
 * The median absolute deviation. It is zero if more than half of the history has the same amount. If the history is not
 * flat, the mean deviation replaces it, as Iglewicz and Hoaglin recommend.
 */
function deviationOf(sorted: readonly Big[]): Big {
  const deviation = medianAbsoluteDeviation(sorted);
  if (!deviation.eq(0)) return deviation;
  const center = median(sorted);
  const others = sorted.filter((amount) => !amount.eq(center)).length;
  return others > sorted.length * FLAT_SHARE ? meanDeviation(sorted) : NO_SPREAD;
}

/** The maximum distance of an amount from its level: the spread, at least 5 per cent, and at least 1.00. */
export function tolerance(level: Big, spread: Big): Big {
  return [level.abs().times(RELATIVE_FLOOR), ABSOLUTE_FLOOR].reduce(larger, spread);
}

/**
 * Whether an amount is at the level of its history for any spread. This is true for most jobs, which then need no
 * further statistics.
 */
function isWithinFloors(sorted: readonly Big[], amount: Big): boolean {
  return isAtLevel(median(sorted), NO_SPREAD, amount);
}

/** Whether the distance of an amount from a level is within the tolerance. */
export function isAtLevel(level: Big, spread: Big, amount: Big): boolean {
  return amount.minus(level).abs().lte(tolerance(level, spread));
}

function larger(a: Big, b: Big): Big {
  return a.gt(b) ? a : b;
}

/** The level of a reported job, which the following jobs may confirm. */
interface NewLevel {
  /** The index of the reported job. */
  readonly start: number;
  /** The spread of the history before the reported job. */
  readonly spread: Big;
  readonly amounts: readonly Big[];
}

function levelOf({ amounts }: NewLevel): Big {
  return median(amounts.toSorted((a, b) => a.cmp(b)));
}

/**
 * The levels of the jobs that were reported since the last job at the old level. A job at one of them is not reported.
 */
class NewLevels {
  #levels: NewLevel[] = [];

  get isEmpty(): boolean {
    return this.#levels.length === 0;
  }

  /** The newest level of an amount. */
  find(amount: Big): NewLevel | undefined {
    return this.#levels.findLast((level) => isAtLevel(levelOf(level), level.spread, amount));
  }

  begin(level: NewLevel): void {
    this.#levels.push(level);
  }

  /** Adds an amount to a level and removes the newer levels, which the amount has not confirmed. */
  join(level: NewLevel, amount: Big): NewLevel {
    const joined = { ...level, amounts: [...level.amounts, amount] };
    this.#levels = [...this.#levels.slice(0, this.#levels.indexOf(level)), joined];
    return joined;
  }

  clear(): void {
    this.#levels = [];
  }
}

/** The last amounts of a series. They are kept sorted too, so that the statistics need no sort for each job. */
class RecentAmounts {
  readonly #size: number;
  #inTime: Big[] = [];
  #sorted: Big[] = [];
  #spreadBefore = NO_SPREAD;

  constructor(size: number) {
    this.#size = size;
  }

  /** The amounts, lowest first. */
  get sorted(): readonly Big[] {
    return this.#sorted;
  }

  /**
   * The lower bound of the spread after a step: the spread before the step, because the first few amounts at the new
   * level say little about their variation.
   */
  get minSpread(): Big {
    return this.#inTime.length < this.#size ? this.#spreadBefore : NO_SPREAD;
  }

  /** Adds an amount and removes the oldest one beyond the size. */
  add(amount: Big): void {
    this.#inTime.push(amount);
    this.#sorted.splice(insertionIndex(amount, this.#sorted), 0, amount);
    const oldest = this.#inTime.length > this.#size ? this.#inTime.shift() : undefined;
    if (oldest !== undefined) this.#sorted.splice(insertionIndex(oldest, this.#sorted), 1);
  }

  /** Replaces the amounts, after a history with this spread. */
  restart(amounts: readonly Big[], spreadBefore: Big): void {
    this.#spreadBefore = spreadBefore;
    this.#inTime = amounts.slice(-this.#size);
    this.#sorted = this.#inTime.toSorted((a, b) => a.cmp(b));
  }
}

/** The index of the first amount that is not lower. */
function insertionIndex(amount: Big, sorted: readonly Big[]): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]?.lt(amount)) low = middle + 1;
    else high = middle;
  }
  return low;
}
