import { type CompiledQuery, type RawBuilder, sql } from "kysely";
import { viewerOf } from "../access/act-as.ts";
import { restrictedTo } from "../access/visible-rows.queries.ts";
import type { Database } from "./database.ts";
import { noteRead, type Reading } from "./reads.ts";
import { statements } from "./statement-log.ts";

/**
 * SQL with parameters: every ${value} is sent apart from the text. Kysely's own tag, since MikroORM's formats
 * values into the text (its em.execute calls platform.formatQuery).
 */
export { sql };

/** A piece of SQL that yields rows of this shape. */
export type Sql<Row> = RawBuilder<Row>;

/**
 * Runs one statement and returns its rows: those that the viewer may see for whom `db` reads. The statement begins
 * with its name in a comment.
 * @param reading what is known of the rows, for answers that are kept (graphql/answers).
 */
export async function rows<Row>(db: Database, statement: Sql<Row>, reading?: Reading): Promise<Row[]> {
  const compiled = statement.compile(db.getKysely());
  const found = await run(db, compiled);
  noteRead(db, compiled, found, reading);
  return found;
}

/** Runs one statement and returns its first row, or undefined when there is none. */
export async function firstRow<Row>(
  db: Database,
  statement: Sql<Row>,
  reading?: Reading,
): Promise<Row | undefined> {
  return (await rows(db, statement, reading))[0];
}

/** Runs a compiled statement as the viewer may run it for whom `db` reads. Nothing else gives statements to PostgreSQL. */
export async function run<Row>(db: Database, statement: CompiledQuery<Row>): Promise<Row[]> {
  const compiled = restrictedTo(viewerOf(db), statement);
  const running = { sql: compiled.sql, startedAt: performance.now() };
  return statements.tracePromise(async () => (await db.getKysely().executeQuery(compiled)).rows, running);
}
