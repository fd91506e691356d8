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
  return JSON.parse(text, keepDigits);
}

/** Whether a value is a number that `parseJson` kept as text. */
export function isRawNumber(value: unknown): value is RawNumber {
  return JSON.isRawJSON(value);
}

function keepDigits(_key: string, value: unknown, context: { source?: string }): unknown {
  if (typeof value !== "number" || context.source === undefined) return value;
  return String(value) === context.source ? value : JSON.rawJSON(context.source);
}
