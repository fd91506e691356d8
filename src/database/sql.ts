import { type RawBuilder, sql } from "kysely";
import type { Database, Statement } from "./database.ts";
import { recordRead } from "./recorded-reads.ts";

/**
 * SQL with parameters: every ${value} is sent apart from the text. Kysely's own tag, since MikroORM's formats
 * values into the text (its em.execute calls platform.formatQuery).
 */
export { sql };

/** A piece of SQL that yields rows of this shape. */
export type Sql<Row> = RawBuilder<Row>;

/** Runs one statement and returns its rows, restricted to the projects that are visible through `db`. */
export async function rows<Row>(db: Database, statement: Statement, query: Sql<Row>): Promise<Row[]> {
  const compiled = db.compile(query);
  const found = await db.execute(statement, compiled);
  recordRead(db, statement.dependsOn, compiled, found);
  return found;
}

/** Runs one statement and returns its first row, or undefined when there is none. */
export async function firstRow<Row>(
  db: Database,
  statement: Statement,
  query: Sql<Row>,
): Promise<Row | undefined> {
  return (await rows(db, statement, query))[0];
}

/** A condition that holds when all of these do; undefined ones do not count, and of none it is true. */
export function andAll(conditions: readonly (Sql<boolean> | undefined)[]): Sql<boolean> {
  const present = conditions.filter((condition) => condition !== undefined);
  return present.length === 0 ? sql`true` : sql`${sql.join(present, sql` and `)}`;
}

/** The condition, if the value that it is about was given: null and undefined ask for nothing, "" does. */
export function ifDefined(value: unknown, condition: () => Sql<boolean>): Sql<boolean> | undefined {
  return value === null || value === undefined ? undefined : condition();
}
