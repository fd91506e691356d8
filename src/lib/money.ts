import { Big } from "big.js";
import { isRawNumber } from "./json.ts";

/**
 * An amount of money as exact decimal text in plain notation ("1361.3075", never "1.3613E3").
 * At most 20 integer and 30 fraction digits; in the currency of the estimate, per month.
 */
export type Decimal = string;

/** The end of the message about an invalid decimal. */
export const DECIMAL_RULE =
  'must be a decimal with at most 20 integer and 30 fraction digits, for instance "1361.3075"';

const INTEGER_DIGITS = 20;
const FRACTION_DIGITS = 30;
/** A longer text cannot be a number of 50 digits in any notation; this limits the work. */
const MAX_TEXT_LENGTH = 128;
/** The longest text of a double in plain notation has about 1,080 characters. */
const MAX_DOUBLE_LENGTH = 1_100;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d{1,4})?$/;
/** A Big constructor whose quotients are exact enough for a double, even of the smallest amount by the largest. */
const Quotient = Big();
Quotient.DP = INTEGER_DIGITS + FRACTION_DIGITS + 20;

/**
 * Parses a decimal: text, a number, or a raw number (json.ts). The digits are preserved, including trailing zeros; an
 * exponent is expanded.
 * @returns undefined when the value is not a decimal, or is outside the range.
 */
export function parseDecimal(value: unknown): Decimal | undefined {
  const text = sourceText(value);
  if (text === undefined || text.length > MAX_TEXT_LENGTH || !NUMBER.test(text)) return undefined;
  const plain = /[eE]/.test(text) ? withoutExponent(text) : text;
  if (plain === undefined) return undefined;
  const [integer = "", fraction = ""] = plain.replace("-", "").split(".");
  if (integer.length > INTEGER_DIGITS || fraction.length > FRACTION_DIGITS) return undefined;
  return Number(plain) === 0 && plain.startsWith("-") ? plain.slice(1) : plain;
}

/**
 * Parses a decimal that was printed from a double. A small double has more than 30 fraction digits; the digits beyond
 * are far below its precision in a sum, and are rounded.
 * @returns undefined when the value is not a decimal, or is outside the range.
 */
export function parseDouble(value: unknown): Decimal | undefined {
  const text = sourceText(value);
  if (text === undefined || text.length > MAX_DOUBLE_LENGTH || !NUMBER.test(text)) return undefined;
  return parseDecimal(text) ?? parseDecimal(new Big(text).round(FRACTION_DIGITS).toFixed());
}

/** The sum of the amounts, with as many fraction digits as the most precise of them; "0" without amounts. */
export function sum(amounts: Iterable<Decimal>): Decimal {
  let total = new Big(0);
  let scale = 0;
  for (const amount of amounts) {
    total = total.plus(amount);
    scale = Math.max(scale, fractionDigits(amount));
  }
  return total.toFixed(scale);
}

/** a - b, with as many fraction digits as the more precise of the two. */
export function subtract(a: Decimal, b: Decimal): Decimal {
  return new Big(a).minus(b).toFixed(Math.max(fractionDigits(a), fractionDigits(b)));
}

/** Negative when a < b, zero when the amounts are equal ("1.0" and "1"), positive when a > b. */
export function compare(a: Decimal, b: Decimal): number {
  return new Big(a).cmp(b);
}

export function isZero(amount: Decimal): boolean {
  return new Big(amount).eq(0);
}

/** Whether a text, which is not validated, is the number zero. "1e-400" is not, although the nearest double is 0. */
export function isZeroText(text: string): boolean {
  return /^[+-]?(?:0+\.?0*|\.0+)(?:e[+-]?\d+)?$/i.test(text.trim());
}

export function abs(amount: Decimal): Decimal {
  return amount.startsWith("-") ? amount.slice(1) : amount;
}

/** The change from base to target as a percentage of |base|; null when the base is zero. */
export function percentageChange(base: Decimal, target: Decimal): number | null {
  const from = new Quotient(base);
  if (from.eq(0)) return null;
  return new Quotient(target).minus(from).times(100).div(from.abs()).toNumber();
}

/** The number of digits after the decimal point. */
export function fractionDigits(amount: Decimal): number {
  const point = amount.indexOf(".");
  return point === -1 ? 0 : amount.length - point - 1;
}

function sourceText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  return isRawNumber(value) ? value.rawJSON : undefined;
}

function withoutExponent(text: string): string | undefined {
  const [mantissa = "", exponent = ""] = text.toLowerCase().split("e");
  const power = Number(exponent);
  const scale = Math.max(0, fractionDigits(mantissa) - power);
  if (Math.abs(power) > MAX_TEXT_LENGTH || scale > MAX_TEXT_LENGTH) return undefined;
  return new Big(text).toFixed(scale);
}

/**
 * Whether the sum equals the stated amount within a tolerance for rounding: one unit of the last digit of the most
 * precise summand, for each summand that is not zero. The stated amount adds no tolerance.
 */
export function addsUp(stated: Decimal, summands: readonly Decimal[]): boolean {
  const rounded = summands.filter((amount) => Number(amount) !== 0);
  const total = sum(rounded);
  const lastDigit = new Big(`1e-${fractionDigits(total)}`);
  return new Big(stated).minus(total).abs().lte(lastDigit.times(rounded.length));
}

/** The largest relative error of a double, with a margin for its shortest decimal text. */
const DOUBLE_ERROR = "3e-16";
/** The smallest amount. */
const LAST_DIGIT = `1e-${FRACTION_DIGITS}`;

/**
 * Whether the sum equals the stated amount, if both were calculated and printed as doubles: each operation may change
 * the last digits, and `parseDouble` rounds small ones.
 * @param terms the amounts of which the summands are sums, if they are: large terms that cancel out leave large errors.
 */
export function addsUpInDoubles(
  stated: Decimal,
  summands: readonly Decimal[],
  terms: readonly Decimal[] = summands,
): boolean {
  const magnitude = terms.reduce((total, amount) => total.plus(abs(amount)), new Big(abs(stated)));
  const tolerance = magnitude
    .times(DOUBLE_ERROR)
    .plus(LAST_DIGIT)
    .times(terms.length + 1);
  return new Big(stated).minus(sum(summands)).abs().lte(tolerance);
}

const CURRENCIES = new Set(Intl.supportedValuesOf("currency"));

/** The end of the message about an invalid currency. */
export const CURRENCY_RULE = 'must be an ISO 4217 currency code in capitals, for instance "USD"';

/** Whether the text is an ISO 4217 code, by the list of the ICU library of Node.js, which is kept current. */
export function isCurrency(text: string): boolean {
  return CURRENCIES.has(text);
}

/** The currency of an estimate without one. Different from "USD", so that the job reports that it was assumed. */
export const ASSUMED_CURRENCY: unique symbol = Symbol("USD, assumed");

/** The assumed currency: Infracost files before 2022 are in US dollars and contain no currency. */
export const DEFAULT_CURRENCY = "USD";
