/**
 * JSON whose numbers keep their digits.
 *
 * A double cannot hold 12345678901234567.89 or tell 5.10 from 5.1, and money may arrive as a JSON number.
 * So a number that a double would change is read as a `RawJSON` (its source text), which `JSON.stringify`
 * writes back digit for digit; every other number stays a plain JavaScript number.
 */

/** A JSON number kept as its source text, because a double would change it. */
export type RawNumber = RawJSON;

/** Any value that `parseJson` returns. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | RawNumber
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/**
 * Parses JSON text and keeps the digits of its numbers.
 * @throws SyntaxError when the text is not JSON.
 */
export function parseJson(text: string): JsonValue {
  return keepsItsDigits(text) ? JSON.parse(text) : JSON.parse(text, keepDigits);
}

/**
 * A number that a double may change: with a fraction, an exponent or 16 digits, or minus zero. Text in quotes rarely looks
 * the same, and then it costs time only.
 */
const MAYBE_INEXACT =
  /(?<=^|[[:,\s])-?(?:\d{16}[\d.eE+-]*|\d+[.eE][\d.eE+-]*|(?<=-)0(?!\.))(?=\s*(?:[,\]}]|$))/g;

/** Looking at the numbers alone first: to be asked about each value makes JSON.parse take five times as long. */
function keepsItsDigits(text: string): boolean {
  for (const [number] of text.matchAll(MAYBE_INEXACT)) if (String(Number(number)) !== number) return false;
  return true;
}

/** Whether a value is a number that `parseJson` kept as text. */
export function isRawNumber(value: unknown): value is RawNumber {
  return JSON.isRawJSON(value);
}

function keepDigits(_key: string, value: unknown, context: { source?: string }): unknown {
  if (typeof value !== "number" || context.source === undefined) return value;
  return String(value) === context.source ? value : JSON.rawJSON(context.source);
}
