import { type RawBuilder, sql } from "kysely";
import type { Database } from "./database.ts";
import { statements } from "./statement-log.ts";

/**
 * A piece of SQL whose values travel as parameters, never as text; pieces nest. Kysely's, because MikroORM runs
 * on it and its own `execute` writes the values into the statement's text.
 */
export { sql };

/** A piece of SQL that yields rows of this shape. */
export type Sql<Row> = RawBuilder<Row>;

/** Runs one statement and returns its rows. The statement begins with its name in a comment. */
export async function rows<Row>(db: Database, statement: Sql<Row>): Promise<Row[]> {
  const kysely = db.getKysely();
  const compiled = statement.compile(kysely);
  const running = { sql: compiled.sql, startedAt: performance.now() };
  return statements.tracePromise(async () => (await kysely.executeQuery(compiled)).rows, running);
}

/** Runs one statement and returns its first row, or undefined when there is none. */
export async function firstRow<Row>(db: Database, statement: Sql<Row>): Promise<Row | undefined> {
  return (await rows(db, statement))[0];
}
