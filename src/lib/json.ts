/**
 * JSON whose numbers keep their digits.
 *
 * A double cannot hold 12345678901234567.89 or tell 5.10 from 5.1, and money may arrive as a JSON number.
 * So a number that a double would change is read as a `RawJSON` (its source text), which `JSON.stringify`
 * writes back digit for digit; every other number stays a plain JavaScript number.
 */

const QUOTE = 34;
const OPEN_LIST = 91;
const BACKSLASH = 92;
const CLOSE_LIST = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

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

/** An object of JSON values. */
export type JsonObject = { readonly [key: string]: JsonValue };

/**
 * The deepest JSON that is parsed: resources of Infracost nest a hundred times, and JSON.stringify overflows the stack
 * from about 5,000 levels on.
 */
export const DEEPEST_JSON = 500;

/** JSON text that is nested deeper than 500 levels. */
export class JsonTooDeep extends Error {
  override readonly name = "JsonTooDeep";

  constructor() {
    super(`JSON must not be nested deeper than ${DEEPEST_JSON} levels.`);
  }
}

/**
 * Parses JSON text that a client or a file has, as `parseJson` does.
 * @throws SyntaxError when the text is not JSON, JsonTooDeep when it is nested deeper than 500 levels.
 */
export function parseUntrustedJson(text: string): JsonValue {
  if (isTooDeep(text)) throw new JsonTooDeep();
  return parseJson(text);
}

/**
 * Parses JSON text and keeps the digits of its numbers.
 * @throws SyntaxError when the text is not JSON.
 */
export function parseJson(text: string): JsonValue {
  return keepsItsDigits(text) ? JSON.parse(text) : JSON.parse(text, keepDigits);
}

/** Looks at the text and not at the value, because a reviver already recurses. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) isInString = !isInString;
    else if (isInString && code === BACKSLASH) at++;
    else if (!isInString && (code === OPEN_LIST || code === OPEN_OBJECT)) {
      if (++depth > DEEPEST_JSON) return true;
    } else if (!isInString && (code === CLOSE_LIST || code === CLOSE_OBJECT)) depth--;
  }
  return false;
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
