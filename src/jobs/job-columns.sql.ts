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

/** The limit of the texts below, in characters. A dashboard has 2,000, and all fields of a job and its parts 7,000. */
const MAX_CACHED_TEXT = 2_000_000;

/** Select lists without parameters as SQL text: to compile 50 parts takes as long as an index look-up. */
const compiledColumns = new LRUCache<string, JobColumns>({ maxSize: MAX_CACHED_TEXT });

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
  const byColumn = new Map(selections.map((selection) => [textColumnOf(selection), selection]));
  const columns = [...byColumn.keys()];
  const key = `${withCursors} ${columns}`;
  const known = compiledColumns.get(key);
  if (known !== undefined) return known;
  const texts = [...byColumn].map(([column, selection]) => {
    return sql`${concatenated(jsonObject(JOB, selection))} as ${sql.id(column)}`;
  });
  const merged = columns.map((column) => sql`string_agg(${sql.id(column)}, ',') as ${sql.id(column)}`);
  const written: JobColumns = {
    list: sql`${sql.join([withCursors ? position : sql`jobs.id`, ...texts])}`,
    ...(!withCursors && { merged: sql`${sql.join([sql`string_agg(id::text, ',') as id`, ...merged])}` }),
  };
  const list = db.compile(written.list);
  if (list.parameters.length > 0) return written;
  const compiled: JobColumns = {
    list: sql.raw(list.sql),
    ...(written.merged && { merged: sql.raw(db.compile(written.merged).sql) }),
  };
  compiledColumns.set(key, compiled, { size: key.length + 2 * list.sql.length });
  return compiled;
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
