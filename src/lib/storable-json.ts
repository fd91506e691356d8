import type { InputProblem } from "./errors.ts";
import { isJsonObject, isRawNumber, type JsonObject, type JsonValue } from "./json.ts";
import { isStorable, TEXT_RULE } from "./text.ts";

/** The most levels of nesting in stored JSON: deeper values are of no use, and every client would have to handle them. */
export const MAX_DEPTH = 32;

/** The end of the message about deeper JSON. */
export const DEPTH_RULE = `must not be nested deeper than ${MAX_DEPTH} levels`;

/**
 * The most digits of a number in JSON, and its largest exponent. PostgreSQL expands jsonb numbers, so that 1e100000
 * would be returned as 100,001 digits; and it supports at most 16,383 fraction digits.
 */
const MAX_DIGITS = 400;

/** The first value in a JSON value that cannot be stored, by its path within it. */
export function jsonProblem(value: JsonValue, depth = 0): InputProblem | undefined {
  if (typeof value === "string") return isStorable(value) ? undefined : { path: [], rule: TEXT_RULE };
  if (typeof value !== "object" || value === null) return undefined;
  if (isRawNumber(value)) return numberProblem(value.rawJSON);
  if (depth === MAX_DEPTH) return { path: [], rule: DEPTH_RULE };
  return isJsonObject(value) ? objectProblem(value, depth) : listProblem(value, depth);
}

function listProblem(list: readonly JsonValue[], depth: number): InputProblem | undefined {
  for (const [i, item] of list.entries()) {
    const problem = jsonProblem(item, depth + 1);
    if (problem !== undefined) return below(i, problem);
  }
  return undefined;
}

/** Without Object.entries, which takes half of the time of all checks of JSON. */
function objectProblem(object: JsonObject, depth: number): InputProblem | undefined {
  for (const key in object) {
    if (!isStorable(key)) return { path: [], rule: `${TEXT_RULE} in a key` };
    const problem = jsonProblem(object[key] ?? null, depth + 1);
    if (problem !== undefined) return below(key, problem);
  }
  return undefined;
}

function below(step: PropertyKey, { path, rule }: InputProblem): InputProblem {
  return { path: [step, ...path], rule };
}

function numberProblem(digits: string): InputProblem | undefined {
  const exponent = Number(/[eE]([+-]?\d+)$/.exec(digits)?.[1] ?? "0");
  if (digits.length <= MAX_DIGITS && Math.abs(exponent) <= MAX_DIGITS) return undefined;
  return {
    path: [],
    rule: `must have at most ${MAX_DIGITS} digits, and an exponent of at most ${MAX_DIGITS}`,
  };
}
