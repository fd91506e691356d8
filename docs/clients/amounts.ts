import { Big } from "big.js";

/** The exact sum of the known amounts of one currency, and the number of unknown ones, which are not zero. */
export function sumOf(amounts: readonly (string | null)[]): {
  readonly sum: string;
  readonly unknown: number;
} {
  const known = amounts.filter((amount) => amount !== null);
  const sum = known.reduce((total, amount) => total.plus(amount), new Big(0));
  return { sum: sum.toFixed(), unknown: amounts.length - known.length };
}
