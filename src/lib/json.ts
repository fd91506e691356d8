/**
 * JSON whose numbers keep their digits.
 *
 * A double cannot represent 12345678901234567.89 or distinguish 5.10 from 5.1, and amounts may arrive as JSON numbers.
 * A number that a double would change is parsed as a `RawJSON` (its source text), which `JSON.stringify` writes with
 * the same digits; every other number is a JavaScript number.
 */

const QUOTE = 34;
const OPEN_LIST = 91;
const BACKSLASH = 92;
const CLOSE_LIST = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

/** A JSON number as source text, because a double would change it. */
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

export type JsonObject = { readonly [key: string]: JsonValue };

/** Whether a value of `parseJson` is a JSON object; an array and a RawNumber are not. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isRawNumber(value);
}

/**
 * The most levels of nesting that are parsed: resources of Infracost have up to a hundred, and JSON.stringify overflows
 * the stack from about 5,000 on.
 */
export const MAX_JSON_DEPTH = 500;

/** The JSON text exceeds MAX_JSON_DEPTH. */
export class JsonTooDeep extends Error {
  override readonly name = "JsonTooDeep";

  constructor() {
    super(`JSON must not be nested deeper than ${MAX_JSON_DEPTH} levels.`);
  }
}

/**
 * Parses JSON text of a client or a file, as `parseJson` does.
 * @throws SyntaxError when the text is not JSON, JsonTooDeep when it exceeds MAX_JSON_DEPTH.
 */
export function parseUntrustedJson(text: string): JsonValue {
  if (isTooDeep(text)) throw new JsonTooDeep();
  return parseJson(text);
}

/**
 * Parses JSON text and preserves the digits of its numbers.
 * @throws SyntaxError when the text is not JSON.
 */
export function parseJson(text: string): JsonValue {
  return hasExactNumbers(text) ? JSON.parse(text) : JSON.parse(text, preserveDigits);
}

/** Scans the text instead of the value, because a reviver is recursive. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === OPEN_LIST || code === OPEN_OBJECT) {
      if (++depth > MAX_JSON_DEPTH) return true;
    } else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth--;
  }
  return false;
}

/** The position of the quote that ends the string, in a loop of its own: it takes half the time. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at++;
  }
  return text.length;
}

/**
 * A number that a double may change: with a fraction, an exponent or 16 digits, or minus zero. A match inside a string
 * is rare, and costs time only.
 */
const INEXACT_CANDIDATE =
  /(?:^|[[:,\s])(-?(?:\d{16}[\d.eE+-]*|\d+[.eE][\d.eE+-]*|(?<=-)0(?!\.)))(?=\s*(?:[,\]}]|$))/g;

/** With a reviver JSON.parse takes five times as long, so the text is searched first. */
function hasExactNumbers(text: string): boolean {
  for (const [, number] of text.matchAll(INEXACT_CANDIDATE))
    if (String(Number(number)) !== number) return false;
  return true;
}

/** Whether a value is a number that `parseJson` returned as its source text. */
export function isRawNumber(value: unknown): value is RawNumber {
  return JSON.isRawJSON(value);
}

function preserveDigits(_key: string, value: unknown, context: { source?: string }): unknown {
  if (typeof value !== "number" || context.source === undefined) return value;
  return String(value) === context.source ? value : JSON.rawJSON(context.source);
}
