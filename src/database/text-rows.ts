import { parseJson } from "../lib/json.ts";
import { type Sql, sql } from "./sql.ts";

/**
 * A row inside of another row. PostgreSQL returns such rows as one JSON text, in which each row is an array of texts.
 * For the services and regions of 20 jobs (220 rows), PostgreSQL and the server take 0.7 ms together. The same number
 * of rows as a separate statement takes 0.9 ms. JSON objects take 1.2 ms, because PostgreSQL looks up their members for
 * each row.
 */
export type TextRow = readonly (string | null)[];

/** A column of text rows: its SQL, and the function that parses its text. */
export interface TextColumn {
  readonly sql: string;
  readonly read: (text: string) => unknown;
}

/** Columns by the names of their values. */
export type TextColumns<Row> = Readonly<Record<keyof Row, TextColumn>>;

/** A column with its text as the value: for names, and for amounts, which keep their digits. */
export const textColumn = (column: string): TextColumn => ({ sql: column, read: (text) => text });

/** A column of numbers that fit a double: counts and scores. */
export const numberColumn = (column: string): TextColumn => ({ sql: column, read: Number });

/** A column of JSON. */
export const jsonColumn = (column: string): TextColumn => ({ sql: column, read: parseJson });

/**
 * Creates a subquery that returns text rows.
 * @param from the SQL after FROM, with the order of the rows.
 */
export function textRows(columns: Partial<TextColumns<object>>, from: Sql<unknown>): Sql<TextRow[]> {
  const cells = Object.values<TextColumn>(columns).map((column) => `(${column.sql})::text`);
  return sql`(
    select coalesce(json_agg(listed.cells), '[]')
    from (select array[${sql.raw(cells.join(", "))}] as cells from ${from}) as listed
  )`;
}

/** Parses text rows. The columns must be the columns of the subquery (`textRows`), in the same order. */
export function readTextRows<Row>(columns: Partial<TextColumns<Row>>, rows: readonly TextRow[]): Row[] {
  const named = Object.entries<TextColumn>(columns as TextColumns<Row>);
  return rows.map((cells) => {
    const row: Record<string, unknown> = {};
    for (const [i, [name, { read }]] of named.entries()) {
      const cell = cells[i] ?? null;
      row[name] = cell === null ? null : read(cell);
    }
    return row as Row;
  });
}
