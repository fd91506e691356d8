import { parseJson } from "../lib/json.ts";
import { snakeCase } from "../lib/text.ts";
import { type Columns, type ColumnType, describeColumns, type TableName, typeOfColumn } from "./columns.ts";
import { type Sql, sql } from "./sql.ts";

/** A requested field with its selection, as plain data. */
export interface Wanted {
  readonly name: string;
  /** The name in the response: the alias, or the name. */
  readonly key: string;
  /** The arguments with their defaults; undefined: an argument, or a directive, is invalid. */
  readonly args: Readonly<Record<string, unknown>> | undefined;
  /** The requested subfields. */
  readonly fields: readonly Wanted[];
}

/** JSON text that PostgreSQL writes: literal text, and SQL that returns text and never NULL. */
export type JsonText = readonly (string | Sql<string>)[];

/** An object type whose objects PostgreSQL writes as JSON, or reads as rows. */
export interface JsonType {
  readonly name: string;
  readonly fields: Readonly<Record<string, JsonField>>;
}

export interface JsonField {
  /** The text of the value. @throws BadUserInput when an argument is invalid. */
  readonly text: (wanted: Wanted) => JsonText;
  /** The SQL of the value in a row; undefined: rows do not have the field. */
  readonly column?: string;
  /** The type of the objects in the value; undefined: the value has no fields. */
  readonly type?: JsonType;
}

/** PostgreSQL cannot write a selection with the text that graphql-js and JSON.stringify would write. */
export class NotWritable extends Error {
  override readonly name = "NotWritable";
}

/** The texts of the values of a column, by the type of the column. */
const VALUES: Readonly<Record<ColumnType, (column: string) => JsonText>> = {
  // Neither has characters that JSON escapes, and an amount keeps its digits.
  uuid: (column) => ['"', asText(column), '"'],
  decimal: (column) => ['"', asText(column), '"'],
  text: (column) => [sql.raw(`to_json(${column})::text`)],
  integer: (column) => [asText(column)],
  smallint: (column) => [asText(column)],
  boolean: (column) => [asText(column)],
  // PostgreSQL writes 1e-07 and 1e-05 where JavaScript writes 1e-7 and 0.00001.
  double: (column) => [
    sql.raw(
      `case when ${column} between 0.0001 and 1 then ${column}::text else ${deferred("number", `${column}::text`)} end`,
    ),
  ],
  // PostgreSQL writes blanks in JSON, and JavaScript sorts keys that are numbers.
  json: (column) => [sql.raw(deferred("json", `${column}::text`))],
  // PostgreSQL omits zeros at the end of the fraction; with a microsecond added, it writes all digits. to_char() takes
  // one and a half times as long.
  datetime: (column) => [
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

function asText(column: string): Sql<string> {
  return sql.raw(`(${column})::text`);
}

/**
 * The field of a value. Its text is written once, for all statements.
 * @param value the SQL of the value.
 * @param ifNull the text instead of NULL; undefined: the value is never NULL.
 */
export function jsonValue(value: string, type: ColumnType, ifNull?: Sql<string>): JsonField {
  const text = VALUES[type](value);
  const written: JsonText = ifNull ? [sql`coalesce(${concatenated(text)}, ${ifNull})`] : text;
  return { column: value, text: () => written };
}

/** The fields of a table, by the names of its columns in camel case. @param internal the columns that are not fields. */
export function jsonColumns<Table extends TableName>(
  table: Table,
  internal: readonly (keyof Columns<Table>)[],
): Readonly<Record<string, JsonField>> {
  const omitted: readonly string[] = internal;
  const fields = describeColumns(table)
    .filter(({ name }) => !omitted.includes(name))
    .map(({ name, nullable }) => {
      const column = `${table}.${snakeCase(name)}`;
      return [name, jsonValue(column, typeOfColumn(table, name), nullable ? sql`'null'` : undefined)];
    });
  return Object.fromEntries(fields);
}

/** The fields of a JSON object in a column, which has no constraint NOT NULL. */
export function jsonMembers(
  object: string,
  types: Readonly<Record<string, ColumnType>>,
): Readonly<Record<string, JsonField>> {
  const fields = Object.entries(types).map(([name, type]) => {
    return [name, jsonValue(`${object}->>'${name}'`, type, sql.raw(deferred("missing")))];
  });
  return Object.fromEntries(fields);
}

/**
 * The text of an object with the requested fields. Fields that the type does not have are left out.
 * @throws NotWritable when an argument or a directive of a field is invalid.
 */
export function jsonObject(type: JsonType, wanted: readonly Wanted[]): JsonText {
  const members = wanted.flatMap((field) => {
    if (field.args === undefined) throw new NotWritable(`An argument of ${field.name} is invalid.`);
    const value = field.name === "__typename" ? [`"${type.name}"`] : type.fields[field.name]?.text(field);
    return value === undefined ? [] : [",", `"${field.key}":`, ...value];
  });
  return ["{", ...members.slice(1), "}"];
}

/**
 * The field of a list of objects.
 * @param from the SQL after FROM, with the order of the rows.
 * @param column the SQL of the list in a row; undefined: rows do not have it.
 */
export function jsonList(type: JsonType, from: Sql<unknown>, column?: string): JsonField {
  const text = ({ fields }: Wanted): JsonText => {
    const item = concatenated(jsonObject(type, fields));
    return ["[", sql`array_to_string(array(select ${item} from ${from}), ',')`, "]"];
  };
  return { text, type, ...(column !== undefined && { column }) };
}

/** The select list of the fields of a type that rows have. @param isSelected whether a field is requested. */
export function selectList(type: JsonType, isSelected: (name: string) => boolean = () => true): Sql<unknown> {
  const columns = Object.entries(type.fields).flatMap(([name, { column }]) =>
    column !== undefined && isSelected(name) ? `${column} as "${name}"` : [],
  );
  return sql.raw(columns.join(", "));
}

/** A request for a field under its own name. */
export function wantedField(name: string, fields: readonly Wanted[] = [], args: Wanted["args"] = {}): Wanted {
  return { name, key: name, args, fields };
}

/** All fields of a type, as a request. */
export function allFields({ fields }: JsonType): readonly Wanted[] {
  return Object.entries(fields).map(([name, { type }]) => wantedField(name, type && allFields(type)));
}

/** The fields by their names instead of their aliases, each once with the subfields of all aliases, and the id. */
export function fieldsOfRow(fields: readonly Wanted[]): readonly Wanted[] {
  if (fields.length === 0) return [];
  const byName = Map.groupBy([...fields, wantedField("id")], ({ name }) => name);
  return [...byName].map(([name, same]) =>
    wantedField(name, fieldsOfRow(same.flatMap((field) => field.fields)), same[0]?.args),
  );
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
  const size = Math.ceil(parts.length / LONGEST_CHAIN);
  const starts = Array.from({ length: Math.ceil(parts.length / size) }, (_, i) => i * size);
  return chain(starts.map((start) => sql`(${chain(parts.slice(start, start + size))})`));
}

/** Encloses a deferred value. JSON text contains no control character, because a string escapes it. */
const MARK = "\u0001";

type DeferredType = "json" | "number" | "time" | "missing";

/** The SQL of a value that JavaScript has to write. */
function deferred(type: DeferredType, text = "''"): string {
  return `chr(1) || '${type} ' || ${text} || chr(1)`;
}

/** The functions that read deferred values. */
const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  json: parseJson,
  number: Number,
  time: (text) => new Date(Number(text)),
  missing: () => null,
} satisfies Record<DeferredType, (text: string) => unknown>;

/**
 * Writes the deferred values in a text of PostgreSQL.
 * @throws NotWritable when a required value is missing: the position of the error depends on the schema.
 */
export function completeJson(text: string): string {
  if (!text.includes(MARK)) return text;
  if (text.includes(`${MARK}missing `)) throw new NotWritable("A required value is missing.");
  return writeDeferred(text);
}

/** The value of a text of PostgreSQL. A missing value is null. */
export function parseWrittenJson(text: string): unknown {
  return parseJson(writeDeferred(text));
}

function writeDeferred(text: string): string {
  // Every second part is a deferred value.
  const parts = text.split(MARK).map((part, i) => {
    if (i % 2 === 0) return part;
    const blank = part.indexOf(" ");
    return JSON.stringify(READERS[part.slice(0, blank)]?.(part.slice(blank + 1)));
  });
  return parts.join("");
}
