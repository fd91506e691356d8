import { Big } from "big.js";
import type { Decimal } from "../lib/money.ts";
import { distanceAtScore, meanDeviation, median, medianAbsoluteDeviation } from "./robust-statistics.ts";

/** How anomalies are told from the usual. */
export interface Detection {
  /** How many jobs before a job are its history. */
  readonly window: number;
  /** The modified z-score beyond which a job is out of line. */
  readonly sensitivity: number;
}

/** A job that is out of line. */
export interface Finding {
  /** Where it stands in the series. */
  readonly index: number;
  readonly amount: Big;
  readonly expectation: Expectation;
}

/** A history of fewer jobs says nothing; and so many jobs at a new level make it the history. */
export const SHORTEST_HISTORY = 5;

/**
 * The jobs of one series that are out of line with those before them. A step is found once: the jobs that stand at
 * the new level after it are not, and five of them make a history of their own, against which the next are seen.
 * @param amounts of the jobs, the oldest first.
 */
export function detectAnomalies(amounts: readonly Decimal[], detection: Detection): Finding[] {
  const values = amounts.map((amount) => new Big(amount));
  const history = new RecentAmounts(detection.window);
  const levels = new NewLevels();
  const findings: Finding[] = [];
  for (const [index, amount] of values.entries()) {
    const expectation = expectationFor(amount, history, levels, detection);
    const level = expectation && levels.find(amount);
    if (expectation && level && belongsTo(level, expectation, amount)) {
      if (levels.join(level, amount).amounts.length >= SHORTEST_HISTORY) {
        history.restart(values.slice(level.start, index), level.spread);
        levels.clear();
      }
    } else if (expectation && isOutside(expectation, amount)) {
      levels.begin({ start: index, spread: expectation.spread, amounts: [amount] });
      findings.push({ index, amount, expectation });
    } else {
      levels.clear();
    }
    history.add(amount);
  }
  return findings;
}

/** What to expect of an amount; undefined when its history says nothing, or it is in line at first sight. */
function expectationFor(
  amount: Big,
  { sorted, leastSpread }: RecentAmounts,
  levels: NewLevels,
  { sensitivity }: Detection,
): Expectation | undefined {
  if (sorted.length < SHORTEST_HISTORY || (levels.isEmpty && isWithinFloors(sorted, amount)))
    return undefined;
  return expectationOf(sorted, sensitivity, leastSpread);
}

function isOutside({ median, spread }: Expectation, amount: Big): boolean {
  return !standsAt(median, spread, amount);
}

/** An amount at a new level can still be within what the history allows; then it belongs to the nearer of the two. */
function belongsTo(level: NewLevel, expectation: Expectation, amount: Big): boolean {
  if (isOutside(expectation, amount)) return true;
  return amount.minus(levelOf(level)).abs().lte(amount.minus(expectation.median).abs());
}

/** What a history leads one to expect. */
interface Expectation {
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
function expectationOf(sorted: readonly Big[], sensitivity: number, leastSpread: Big): Expectation {
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
function isWithinFloors(sorted: readonly Big[], amount: Big): boolean {
  return standsAt(median(sorted), NO_SPREAD, amount);
}

/** Whether an amount stands at a level. */
export function standsAt(level: Big, spread: Big, amount: Big): boolean {
  return amount.minus(level).abs().lte(tolerance(level, spread));
}

function larger(a: Big, b: Big): Big {
  return a.gt(b) ? a : b;
}

/** A level that a reported job began, and that may turn out to last. */
interface NewLevel {
  /** The index of the reported job. */
  readonly start: number;
  /** The spread of the history before it. */
  readonly spread: Big;
  /** The amounts that stand at it. */
  readonly amounts: readonly Big[];
}

/** The amount that a level is at. */
function levelOf({ amounts }: NewLevel): Big {
  return median(amounts.toSorted((a, b) => a.cmp(b)));
}

/** The levels that reported jobs began since the history was left; a job at one of them is not reported again. */
class NewLevels {
  #levels: NewLevel[] = [];

  /** Whether there are none. */
  get isEmpty(): boolean {
    return this.#levels.length === 0;
  }

  /** The newest level that an amount stands at. */
  find(amount: Big): NewLevel | undefined {
    return this.#levels.findLast((level) => standsAt(levelOf(level), level.spread, amount));
  }

  /** Adds the level that a reported job begins. */
  begin(level: NewLevel): void {
    this.#levels.push(level);
  }

  /** Adds an amount to a level; later ones have not lasted. */
  join(level: NewLevel, amount: Big): NewLevel {
    const joined = { ...level, amounts: [...level.amounts, amount] };
    this.#levels = [...this.#levels.slice(0, this.#levels.indexOf(level)), joined];
    return joined;
  }

  /** Forgets them all. */
  clear(): void {
    this.#levels = [];
  }
}

const NONE = new Big(0);

/** The last so many amounts, kept in the order of size as well, so that the statistics need not sort them each time. */
class RecentAmounts {
  readonly #size: number;
  #inTime: Big[] = [];
  #sorted: Big[] = [];
  #spreadBefore = NONE;

  constructor(size: number) {
    this.#size = size;
  }

  /** The amounts, the lowest first. */
  get sorted(): readonly Big[] {
    return this.#sorted;
  }

  /**
   * The spread that there is at the least, whatever these amounts say: a level that moves does not become calmer, and
   * the first few amounts at the new one say little of how much they vary.
   */
  get leastSpread(): Big {
    return this.#inTime.length < this.#size ? this.#spreadBefore : NONE;
  }

  /** Adds an amount, and lets go of the oldest when there are too many. */
  add(amount: Big): void {
    this.#inTime.push(amount);
    this.#sorted.splice(placeOf(amount, this.#sorted), 0, amount);
    const oldest = this.#inTime.length > this.#size ? this.#inTime.shift() : undefined;
    if (oldest !== undefined) this.#sorted.splice(placeOf(oldest, this.#sorted), 1);
  }

  /** Begins anew with these amounts, after a history that had this spread. */
  restart(amounts: readonly Big[], spreadBefore: Big): void {
    this.#spreadBefore = spreadBefore;
    this.#inTime = amounts.slice(-this.#size);
    this.#sorted = this.#inTime.toSorted((a, b) => a.cmp(b));
  }
}

/** The first place at which the amount, or a higher one, stands. */
function placeOf(amount: Big, sorted: readonly Big[]): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]?.lt(amount)) low = middle + 1;
    else high = middle;
  }
  return low;
}
