import { parseJson } from "../lib/json.ts";
import { type Sql, sql } from "./sql.ts";

/** A requested field with its selection, as plain data. */
export interface Wanted {
  readonly name: string;
  /** The name in the response: the alias, or the name. */
  readonly key: string;
  /** The arguments with their defaults; undefined: an argument or a directive is invalid. */
  readonly args: Readonly<Record<string, unknown>> | undefined;
  /** The requested subfields. */
  readonly fields: readonly Wanted[];
}

/**
 * JSON text that PostgreSQL writes: literal text, and SQL that returns text. NULL in one place makes the whole text
 * NULL.
 */
export type JsonText = readonly (string | Sql<string>)[];

/** An object type whose objects PostgreSQL writes. */
export interface JsonType {
  readonly name: string;
  readonly fields: Readonly<Record<string, JsonField>>;
}

/** A field of a JsonType: the text of its value. */
export type JsonField = (wanted: Wanted) => JsonText;

/** PostgreSQL cannot write a selection with the text that graphql-js and JSON.stringify would write. */
export class NotWritable extends Error {
  override readonly name = "NotWritable";
}

/** The types of columns (the types of MikroORM's `p` in schema.ts) with the texts of their values. */
const VALUES = {
  // Neither has characters that JSON escapes, and an amount keeps its digits.
  uuid: quoted,
  decimal: quoted,
  text: (column: string): JsonText => [sql.raw(`to_json(${column})::text`)],
  integer: (column: string): JsonText => [sql.raw(`(${column})::text`)],
  boolean: (column: string): JsonText => [sql.raw(`(${column})::text`)],
  // PostgreSQL writes 1e-07 and 1e-05 where JavaScript writes 1e-7 and 0.00001.
  double: (column: string): JsonText => [
    sql.raw(
      `case when ${column} between 0.0001 and 1 then ${column}::text else ${deferred("number", `${column}::text`)} end`,
    ),
  ],
  // PostgreSQL writes blanks in JSON, and JavaScript sorts keys that are numbers.
  json: (column: string): JsonText => [sql.raw(deferred("json", `${column}::text`))],
  // PostgreSQL omits zeros at the end of the fraction; with a microsecond added, it writes all digits. to_char() takes
  // one and a half times as long.
  datetime: (column: string): JsonText => [
    sql.raw(
      `case when ${column} between ${FIRST_TIME} and ${LAST_TIME}
        then left(to_json(date_trunc('milliseconds', ${column} at time zone 'UTC') + interval '1 microsecond')::text, 24)
          || 'Z"'
        else ${deferred("time", `(extract(epoch from ${column}) * 1000)::bigint::text`)} end`,
    ),
  ],
};

/** The years that PostgreSQL and JavaScript write with four digits. */
const FIRST_TIME = "timestamptz '0001-01-01 00:00:00Z'";
const LAST_TIME = "timestamptz '9999-12-31 23:59:59.999Z'";

function quoted(column: string): JsonText {
  return ['"', sql.raw(`(${column})::text`), '"'];
}

/** The type of a column. */
export type ValueType = keyof typeof VALUES;

/**
 * The field of a column.
 * @param column the SQL of the value.
 */
export function jsonColumn(column: string, type: ValueType, nullable = false): JsonField {
  const text = VALUES[type](column);
  const value: JsonText = nullable ? [sql`coalesce(${concatenated(text)}, 'null')`] : text;
  return () => value;
}

/**
 * The text of an object with the requested fields.
 * @throws NotWritable when a field has an invalid argument, or no text.
 */
export function jsonObject(type: JsonType, wanted: readonly Wanted[]): JsonText {
  const members = wanted.map((field) => {
    if (field.args === undefined) throw new NotWritable(`The arguments of ${field.name} are invalid.`);
    const value = field.name === "__typename" ? [`"${type.name}"`] : type.fields[field.name]?.(field);
    if (value === undefined) throw new NotWritable(`${type.name}.${field.name} has no text.`);
    return [`"${field.key}":`, ...value];
  });
  return ["{", ...members.flatMap((member, i) => (i === 0 ? member : [",", ...member])), "}"];
}

/**
 * The text of a list.
 * @param from the SQL after FROM, with the order of the rows.
 */
export function jsonList(item: JsonText, from: Sql<unknown>): JsonText {
  return [
    "[",
    sql`array_to_string(array(select ${concatenated(item)} from ${from}), ',', ${missing()})`,
    "]",
  ];
}

/** An aggregate function: the texts of rows in their order, separated by commas. */
export function mergedTexts(text: Sql<unknown>): Sql<string> {
  return sql`string_agg(coalesce(${text}, ${missing()}), ',')`;
}

/** The text for NULL, which both functions omit by default. */
function missing(): Sql<string> {
  return sql.raw(deferred("missing"));
}

/** The field of a list of objects. */
export function jsonListOf(type: JsonType, from: Sql<unknown>): JsonField {
  return ({ fields }) => jsonList(jsonObject(type, fields), from);
}

/** More operators in one chain than this are nested, because PostgreSQL copies the left side at each operator. */
const LONGEST_CHAIN = 8;

/** The SQL of a text. */
export function concatenated(text: JsonText): Sql<string> {
  const parts: (string | Sql<string>)[] = [];
  for (const part of text) {
    const last = parts.at(-1);
    if (typeof part === "string" && typeof last === "string") parts[parts.length - 1] = last + part;
    else parts.push(part);
  }
  const [only] = parts;
  if (typeof only === "string" && parts.length === 1) return sql`${sql.lit(only)}::text`;
  return chain(parts.map((part) => (typeof part === "string" ? sql`${sql.lit(part)}` : part)));
}

/** Balanced, so that neither the copies nor the depth of the expression grow with the number of aliases. */
function chain(parts: readonly Sql<unknown>[]): Sql<string> {
  if (parts.length <= LONGEST_CHAIN) return sql`${sql.join(parts, sql` || `)}`;
  const size = Math.ceil(parts.length / Math.ceil(parts.length / LONGEST_CHAIN));
  const chunks = Array.from({ length: Math.ceil(parts.length / size) }, (_, i) =>
    chain(parts.slice(i * size, (i + 1) * size)),
  );
  return chain(chunks.map((part) => sql`(${part})`));
}

/** Encloses a deferred value. JSON text contains no control character, because a string escapes it. */
const MARK = "\u0001";

type DeferredType = "json" | "number" | "time" | "missing";

/** The SQL of a value that JavaScript has to write. */
function deferred(type: DeferredType, text = "''"): string {
  return `chr(1) || '${type} ' || ${text} || chr(1)`;
}

const WRITERS: Readonly<Record<string, (text: string) => unknown>> = {
  json: parseJson,
  number: Number,
  time: (text) => new Date(Number(text)),
  // A value that the schema requires is NULL. The position of the error depends on the schema.
  missing: () => {
    throw new NotWritable("A value in a list is missing.");
  },
} satisfies Record<DeferredType, (text: string) => unknown>;

/**
 * Writes the deferred values in a text of PostgreSQL.
 * @throws NotWritable when a required value is missing.
 */
export function completeJson(text: string): string {
  if (!text.includes(MARK)) return text;
  // Every second part is a deferred value.
  const parts = text.split(MARK).map((part, i) => (i % 2 === 0 ? part : writeDeferred(part)));
  return parts.join("");
}

function writeDeferred(part: string): string {
  const blank = part.indexOf(" ");
  return JSON.stringify(WRITERS[part.slice(0, blank)]?.(part.slice(blank + 1)));
}
