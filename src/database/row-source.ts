import { isRawNumber } from "../lib/json.ts";
import { snakeCase } from "../lib/text.ts";
import { type ColumnType, type Row, type TableName, typeOfColumn } from "./columns.ts";
import { type Sql, sql } from "./sql.ts";

/** Columns of a table to insert, with the texts that do not depend on the rows. */
export interface InsertedColumns<Table extends TableName, Name extends keyof Row<Table> & string> {
  readonly table: Table;
  readonly names: readonly Name[];
  readonly types: readonly PostgresType[];
  /** The names in SQL, separated by commas. */
  readonly list: Sql<unknown>;
  /** The select list of the columns from the array `cells`. */
  readonly cells: Sql<unknown>;
}

/**
 * Prepares an insert. The columns that are not named have their default values.
 * @throws Error when a column has an unknown type.
 */
export function insertedColumns<Table extends TableName, Name extends keyof Row<Table> & string>(
  table: Table,
  names: readonly Name[],
): InsertedColumns<Table, Name> {
  const types = names.map((name) => POSTGRES_TYPES[typeOfColumn(table, name)]);
  const cells = names.map((name, i) => `cells[${i + 1}]::${types[i]} as ${snakeCase(name)}`);
  return {
    table,
    names,
    types,
    list: sql.raw(names.map(snakeCase).join(", ")),
    cells: sql.raw(cells.join(", ")),
  };
}

/** The delimiters of columns and of rows, and the text of null. They are rare in texts. */
const COLUMN_END = "\x1f";
const ROW_END = "\x1e";
const NULL = "\x1d";
const DELIMITER = new RegExp(`[${COLUMN_END}${ROW_END}${NULL}]`);

/**
 * A subquery that returns rows of one parameter, with the alias `given`. The parameter is a text with delimiters, of at
 * least two columns: PostgreSQL inserts 10,000 resources of such a text in 152 ms, of JSON in 239 ms. Rows in which a
 * text contains a delimiter are JSON.
 * @param rowOf returns the row of an item. The rows are made one by one, so that no more than one is in memory.
 */
export function rowSource<Table extends TableName, Name extends keyof Row<Table> & string, Item>(
  columns: InsertedColumns<Table, Name>,
  items: readonly Item[],
  rowOf: (item: Item) => Pick<Row<Table>, Name>,
): Sql<unknown> {
  const text = delimitedText(columns, items, rowOf);
  if (text === undefined) return jsonSource(columns, items.map(rowOf));
  // Without OFFSET 0, PostgreSQL would split the line for each column.
  return sql`(
    select ${columns.cells}
    from (
      select string_to_array(line, ${sql.lit(COLUMN_END)}, ${sql.lit(NULL)}) as cells
      from string_to_table(${text}::text, ${sql.lit(ROW_END)}) as line
      offset 0
    ) as lines
  ) as given`;
}

/** The same with JSON as the parameter, for few rows. The columns have the types of the table, even after a change. */
export function jsonSource<Table extends TableName, Name extends keyof Row<Table> & string>(
  { table, names }: InsertedColumns<Table, Name>,
  values: readonly Pick<Row<Table>, Name>[],
): Sql<unknown> {
  const records = values.map((row) => Object.fromEntries(names.map((name) => [snakeCase(name), row[name]])));
  return sql`json_populate_recordset(null::${sql.raw(table)}, ${JSON.stringify(records)}::json) as given`;
}

/** The types of PostgreSQL, by the types of columns. */
const POSTGRES_TYPES = {
  uuid: "uuid",
  text: "text",
  decimal: "numeric",
  double: "float8",
  integer: "int",
  smallint: "smallint",
  boolean: "boolean",
  datetime: "timestamptz",
  json: "jsonb",
} as const satisfies Record<ColumnType, string>;

type PostgresType = (typeof POSTGRES_TYPES)[ColumnType];

/** @returns undefined when a text contains a delimiter. */
function delimitedText<Table extends TableName, Name extends keyof Row<Table> & string, Item>(
  { names, types }: InsertedColumns<Table, Name>,
  items: readonly Item[],
  rowOf: (item: Item) => Pick<Row<Table>, Name>,
): string | undefined {
  const lines: string[] = [];
  const cells: string[] = [];
  for (const item of items) {
    const row = rowOf(item);
    for (const [i, name] of names.entries()) {
      const value: unknown = row[name];
      if (value === null || value === undefined) cells[i] = NULL;
      // JSON escapes control characters.
      else if (types[i] === "jsonb") cells[i] = JSON.stringify(value);
      else {
        const cell = textOf(value);
        if (DELIMITER.test(cell)) return undefined;
        cells[i] = cell;
      }
    }
    lines.push(cells.join(COLUMN_END));
  }
  return lines.join(ROW_END);
}

/** The text of a value as JSON has it, without quotes. */
function textOf(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  return isRawNumber(value) ? value.rawJSON : String(value);
}
