import { Big } from "big.js";
import type { Decimal } from "../money.ts";
import { type Expectation, expectationOf, isWithinFloors, standsAt } from "./expectation.ts";
import { levelOf, type NewLevel, NewLevels } from "./new-levels.ts";
import { RecentAmounts } from "./recent-amounts.ts";

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
