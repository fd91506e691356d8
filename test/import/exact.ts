/** Decimals as whole numbers of 10^-60, so that tests add up exactly without the code they test. */
const SCALE = 60;

/** The exact sum of decimals in plain notation. */
export function exactSum(amounts: readonly string[]): bigint {
  return amounts.reduce((total, amount) => total + exact(amount), 0n);
}

/** A decimal in plain notation as a whole number that compares and adds exactly. */
export function exact(amount: string): bigint {
  const [integer = "", fraction = ""] = amount.split(".");
  const digits = BigInt(integer.replace("-", "") + fraction.padEnd(SCALE, "0"));
  return amount.startsWith("-") ? -digits : digits;
}
