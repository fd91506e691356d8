/** Sums of decimals of the API, exact: as integers of their smallest digit. */

/** The exact sum of decimals. */
export function sumOf(decimals: readonly string[]): string {
  const places = Math.max(0, ...decimals.map((decimal) => fractionOf(decimal).length));
  const sum = decimals.reduce((total, decimal) => total + scaled(decimal, places), 0n);
  const digits = `${sum < 0n ? -sum : sum}`.padStart(places + 1, "0");
  const whole = digits.slice(0, digits.length - places);
  const fraction = digits.slice(digits.length - places).replace(/0+$/, "");
  return `${sum < 0n ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

function fractionOf(decimal: string): string {
  return decimal.split(".")[1] ?? "";
}

function scaled(decimal: string, places: number): bigint {
  return BigInt(`${decimal.split(".")[0]}${fractionOf(decimal).padEnd(places, "0")}`);
}

/**
 * Whether a sum says nothing about a cost: it is zero beside unknown costs. @param unpriced the number of resources of
 * unknown cost, which the sum does not include.
 */
export function isUnknownSum(sum: string, unpriced: number): boolean {
  return unpriced > 0 && isZero(sum);
}

/** Whether a decimal is zero, by its digits. */
export function isZero(decimal: string): boolean {
  return !/[1-9]/.test(decimal);
}
