import type { Big } from "big.js";
import { standsAt } from "./expectation.ts";
import { median } from "./robust-statistics.ts";

/** A level that a reported job began, and that may turn out to last. */
export interface NewLevel {
  /** The index of the reported job. */
  readonly start: number;
  /** The spread of the history before it. */
  readonly spread: Big;
  /** The amounts that stand at it. */
  readonly amounts: readonly Big[];
}

/** The amount that a level is at. */
export function levelOf({ amounts }: NewLevel): Big {
  return median(amounts.toSorted((a, b) => a.cmp(b)));
}

/** The levels that reported jobs began since the history was left; a job at one of them is not reported again. */
export class NewLevels {
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
