import { Big } from "big.js";

/**
 * A number of PostgreSQL's JSON as RFC 8785 writes it: as ECMAScript writes the nearest double, if that is the same
 * number. A number that no double holds keeps all of its digits instead, without needless zeros. So numbers that
 * PostgreSQL takes for equal (1.5 and 1.50) are written the same, and different ones never are.
 */
export function canonicalNumber(text: string): string {
  const nearest = String(Number(text));
  if (nearest === text) return text;
  const digits = text.includes(".") && !text.includes("e") ? text.replace(/\.?0+$/, "") : text;
  return nearest === digits || isSameNumber(nearest, digits) ? nearest : digits;
}

function isSameNumber(nearest: string, digits: string): boolean {
  // Beyond the range of doubles it is Infinity.
  return nearest !== "Infinity" && nearest !== "-Infinity" && new Big(nearest).eq(digits);
}
