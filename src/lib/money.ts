import { Big } from "big.js";
import { isRawNumber } from "./json.ts";

/**
 * An amount of money as exact decimal text in plain notation ("1361.3075", never "1.3613E3").
 * At most 20 integer and 30 fraction digits; the unit is one unit of the estimate's currency, per month.
 */
export type Decimal = string;

/** What a decimal may look like; the end of a message that refuses one. */
export const DECIMAL_RULE =
  'must be a decimal with at most 20 integer and 30 fraction digits, for instance "1361.3075"';

const INTEGER_DIGITS = 20;
const FRACTION_DIGITS = 30;
/** Longer text cannot be a number of 50 digits, however it is written; this bounds the work. */
const LONGEST_TEXT = 128;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d{1,4})?$/;
/** A Big whose quotients have enough decimals for a double, even of the smallest amount by the largest. */
const Quotient = Big();
Quotient.DP = INTEGER_DIGITS + FRACTION_DIGITS + 20;

/**
 * Reads a decimal as it was sent: text, a number, or a number that kept its digits (see json.ts).
 * Digits stay as written, trailing zeros too; an exponent is written out.
 * @returns undefined when it is no decimal, or is outside the range.
 */
export function parseDecimal(value: unknown): Decimal | undefined {
  const text = sourceText(value);
  if (text === undefined || text.length > LONGEST_TEXT || !NUMBER.test(text)) return undefined;
  const plain = /[eE]/.test(text) ? withoutExponent(text) : text;
  if (plain === undefined) return undefined;
  const [integer = "", fraction = ""] = plain.replace("-", "").split(".");
  if (integer.length > INTEGER_DIGITS || fraction.length > FRACTION_DIGITS) return undefined;
  return Number(plain) === 0 && plain.startsWith("-") ? plain.slice(1) : plain;
}

/** The sum of the amounts, with as many fraction digits as the most precise of them; "0" of none. */
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

/** Less than zero when a < b, zero when they are the same amount ("1.0" and "1"), more when a > b. */
export function compare(a: Decimal, b: Decimal): number {
  return new Big(a).cmp(b);
}

/** The amount without its sign. */
export function abs(amount: Decimal): Decimal {
  return amount.startsWith("-") ? amount.slice(1) : amount;
}

/** The change from base to target in per cent of the base's size; null when the base is zero. */
export function percentageChange(base: Decimal, target: Decimal): number | null {
  const from = new Quotient(base);
  if (from.eq(0)) return null;
  return new Quotient(target).minus(from).times(100).div(from.abs()).toNumber();
}

/** How many digits stand after the point. */
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
  if (Math.abs(power) > LONGEST_TEXT || scale > LONGEST_TEXT) return undefined;
  return new Big(text).toFixed(scale);
}

/**
 * Whether the summands make the stated amount, up to their rounding: one unit of the last digit that any of them
 * has, for each that is not zero. The stated amount itself gets no slack.
 */
export function addsUp(stated: Decimal, summands: readonly Decimal[]): boolean {
  const rounded = summands.filter((amount) => Number(amount) !== 0);
  const total = sum(rounded);
  const lastDigit = new Big(`1e-${fractionDigits(total)}`);
  return new Big(stated).minus(total).abs().lte(lastDigit.times(rounded.length));
}

const CURRENCIES = new Set(Intl.supportedValuesOf("currency"));

/** What a currency may look like; the end of a message that refuses one. */
export const CURRENCY_RULE = 'must be an ISO 4217 currency code in capitals, for instance "USD"';

/** Whether the text is an ISO 4217 code. The list is the one of the platform's ICU, so that it stays current. */
export function isCurrency(text: string): boolean {
  return CURRENCIES.has(text);
}

/** The currency of an estimate that names none. Told from "USD" so that the job can say that it was assumed. */
export const ASSUMED_CURRENCY: unique symbol = Symbol("USD, assumed");

/** What an estimate without a currency is taken to be in: Infracost files before 2022 are in US dollars and do not say so. */
export const DEFAULT_CURRENCY = "USD";
