import { type Sql, sql } from "../database/sql.ts";
import { parseUntrustedJson } from "../lib/json.ts";
import { jsonProblem } from "../lib/storable-json.ts";

/**
 * Whether a column begins with this text. A range, not LIKE or starts_with: PostgreSQL derives a range of an index from
 * these only if the text is a constant, and the text is a parameter.
 * @param column a text column with an index on `column collate "C"`.
 */
export function beginsWith(column: Sql<unknown>, prefix: string): Sql<boolean> {
  const bytes = sql`${column} collate "C"`;
  const end = endOfPrefix(prefix);
  const from = sql<boolean>`${bytes} >= ${prefix}`;
  return end === undefined ? from : sql`(${from} and ${bytes} < ${end})`;
}

/**
 * The least text above all texts with this prefix, in the order of code points, which is the order of bytes in UTF-8;
 * undefined: there is no such text.
 */
function endOfPrefix(prefix: string): string | undefined {
  const points = [...prefix].map((character) => character.codePointAt(0) ?? 0);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    // Surrogates (U+D800 to U+DFFF) are not characters.
    if (last < 0x10ffff) return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1);
  }
  return undefined;
}

/** A key with its value; without a value, the key with any value. */
interface KeyValue {
  readonly key: string;
  readonly value?: string | null;
}

/**
 * Whether a JSON object has a key with this value. A value that is not a string is compared as its JSON text, as
 * PostgreSQL writes it. The operator @>, which GIN supports, compares numbers by value and finds parts of objects and
 * lists, so that their texts are compared too.
 * @param column a jsonb column with an index for `?` and `@>` (jsonb_ops).
 */
export function hasKeyValue(column: Sql<unknown>, { key, value }: KeyValue): Sql<boolean> {
  if (value === null || value === undefined) return sql`${column} ? ${key}`;
  const objectOf = (json: string) => sql`${`{${JSON.stringify(key)}:${json}}`}::jsonb`;
  const isString = sql<boolean>`${column} @> ${objectOf(JSON.stringify(value))}`;
  if (!isStorableJson(value)) return isString;
  const object = objectOf(value);
  return sql`(${isString}
    or (${column} @> ${object} and (${column} -> ${key})::text = (${object} -> ${key})::text))`;
}

/** Whether the text is JSON that a label can hold, other than a string. */
function isStorableJson(text: string): boolean {
  try {
    const value = parseUntrustedJson(text);
    return typeof value !== "string" && jsonProblem(value) === undefined;
  } catch {
    return false;
  }
}
