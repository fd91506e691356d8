import { Big } from "big.js";

const NONE = new Big(0);

/** The last so many amounts, kept in the order of size as well, so that the statistics need not sort them each time. */
export class RecentAmounts {
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
