import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Database } from "../database/database.ts";
import { concatenated, jsonObject, selectList, type Wanted } from "../database/json-text.ts";
import { type Sql, sql } from "../database/sql.ts";
import type { Job } from "./job.graphql.ts";
import { JOB } from "./job-fields.sql.ts";

/** A job as a row with the requested fields, or with texts of its selections. */
export type SelectedJob = Job & Readonly<Record<TextColumn, string>>;

/** The name of a column with the JSON text of a selection, with deferred values. */
export type TextColumn = `text ${string}`;

/** The select list of jobs. */
export interface JobColumns {
  readonly list: Sql<SelectedJob>;
  /**
   * The select list that merges a page of these rows into one row, with all ids and texts: a row costs as much as its
   * transfer of 300 bytes, and joined texts need not be joined again. undefined: each row is needed.
   */
  readonly merged?: Sql<SelectedJob>;
}

/** The fields that cursors, pages and field resolvers need. These fields are always read. */
const ALWAYS: ReadonlySet<string> = new Set([
  "id",
  "createdAt",
  "effectiveAt",
  "currency",
  "totalMonthlyCost",
]);

/** All columns of a job. */
export const wholeJob: JobColumns = { list: selectList(JOB) as Sql<SelectedJob> };

/** The columns of the requested fields, and the columns that are always read. */
export function jobRows(requested: ReadonlySet<string>): JobColumns {
  const list = selectList(JOB, (name) => ALWAYS.has(name) || requested.has(name));
  return { list: list as Sql<SelectedJob> };
}

/** The columns that are always read, among them those of cursors. */
const position = jobRows(new Set()).list;

/**
 * The columns of jobs whose selections PostgreSQL writes.
 * @param withCursors whether the columns of cursors are needed.
 * @throws NotWritable or BadUserInput when an argument or a directive in a selection is invalid.
 */
export function jobTexts(
  db: Database,
  selections: readonly (readonly Wanted[])[],
  withCursors: boolean,
): JobColumns {
  const byColumn = [...new Map(selections.map((selection) => [textColumnOf(selection), selection]))];
  const texts = byColumn.map(([column, selection]) => {
    return sql`${textOf(db, column, selection)} as ${sql.id(column)}`;
  });
  if (withCursors) return { list: sql`${sql.join([position, ...texts])}` };
  const merged = byColumn.map(([column]) => sql`string_agg(${sql.id(column)}, ',') as ${sql.id(column)}`);
  return {
    list: sql`${sql.join([sql`jobs.id`, ...texts])}`,
    merged: sql`${sql.join([sql`string_agg(id::text, ',') as id`, ...merged])}`,
  };
}

const textColumns = new WeakMap<readonly Wanted[], TextColumn>();

/** The column of a selection. Equal selections have the same column. */
export function textColumnOf(selection: readonly Wanted[]): TextColumn {
  const known = textColumns.get(selection);
  if (known !== undefined) return known;
  const hash = createHash("sha256").update(JSON.stringify(selection)).digest("base64url");
  textColumns.set(selection, `text ${hash}`);
  return `text ${hash}`;
}

/** The limit of the texts below, in characters. A dashboard has 2,000, and all fields of a job and its parts 7,000. */
const MAX_CACHED_TEXT = 2_000_000;

/** The SQL of texts without parameters: to compile 50 parts takes as long as an index look-up. */
const compiledTexts = new LRUCache<TextColumn, string>({
  maxSize: MAX_CACHED_TEXT,
  sizeCalculation: (text, column) => text.length + column.length,
});

function textOf(db: Database, column: TextColumn, selection: readonly Wanted[]): Sql<string> {
  const known = compiledTexts.get(column);
  if (known !== undefined) return sql.raw(known);
  const written = concatenated(jsonObject(JOB, selection));
  const { sql: text, parameters } = db.compile(written);
  if (parameters.length === 0) compiledTexts.set(column, text);
  return written;
}
