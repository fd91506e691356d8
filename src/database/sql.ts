import { type RawBuilder, sql } from "kysely";
import type { Database, Statement } from "./database.ts";
import { recordRead } from "./recorded-reads.ts";

/**
 * SQL with parameters: every ${value} is sent separately from the text. The tag is from Kysely, because MikroORM's tag
 * formats values into the text (its em.execute calls platform.formatQuery).
 */
export { sql };

/** SQL, complete or a part, that returns rows of this type. */
export type Sql<Row> = RawBuilder<Row>;

/**
 * Runs one statement and returns its rows, restricted to the projects that are visible through `db`.
 * @throws the error of pg or PostgreSQL when the statement fails.
 */
export async function rows<Row>(db: Database, statement: Statement, query: Sql<Row>): Promise<Row[]> {
  const compiled = db.compile(query);
  const found = await db.execute(statement, compiled);
  recordRead(db, statement, compiled, found);
  return found;
}

/**
 * Runs one statement and returns its first row, or undefined when the result is empty.
 * @throws the error of pg or PostgreSQL when the statement fails.
 */
export async function firstRow<Row>(
  db: Database,
  statement: Statement,
  query: Sql<Row>,
): Promise<Row | undefined> {
  return (await rows(db, statement, query))[0];
}

/** The largest value of PostgreSQL's integer and of GraphQL's Int. */
const MAX_INT = 2_147_483_647;

/** A sum of counts as an integer. A higher sum is the largest integer: it must not fail the whole statement. */
export function countSum(sum: Sql<unknown>): Sql<number> {
  // Not least(), which ignores null.
  return sql`(case when ${sum} > ${sql.lit(MAX_INT)} then ${sql.lit(MAX_INT)} else ${sum} end)::int`;
}

/** Combines conditions with AND. Undefined conditions are ignored. Without any condition, the result is true. */
export function andAll(conditions: readonly (Sql<boolean> | undefined)[]): Sql<boolean> {
  const present = conditions.filter((condition) => condition !== undefined);
  return present.length === 0 ? sql`true` : sql`${sql.join(present, sql` and `)}`;
}

/** Returns the condition if its value is given. null and undefined are not given; "" is given. */
export function ifDefined(value: unknown, condition: () => Sql<boolean>): Sql<boolean> | undefined {
  return value === null || value === undefined ? undefined : condition();
}
