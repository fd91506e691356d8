import { Client } from "pg";

/** Stands behind a statement's name when PostgreSQL shall parse it once for each connection, and not each time. */
const PREPARED = "/* prepared */";

/**
 * So many texts are prepared, at about 50 KB of PostgreSQL's memory for each on each connection. Their number has no
 * bound otherwise, since a filter's text depends on what is asked; later ones are parsed each time.
 */
const MOST_STATEMENTS = 256;

const names = new Map<string, string>();

/**
 * A connection that prepares the statements which say so. Only those whose plan does not depend on their values
 * should: PostgreSQL may plan them once for all values.
 */
export class PreparedClient extends Client {
  override query(text: unknown, values?: unknown, ...rest: unknown[]) {
    const name = typeof text === "string" && Array.isArray(values) ? nameOf(text) : undefined;
    const query: unknown = name === undefined ? text : { name, text };
    return Reflect.apply(super.query, this, [query, values, ...rest]);
  }
}

function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || !text.includes(PREPARED) || names.size === MOST_STATEMENTS) return known;
  const name = `prepared_${names.size}`;
  names.set(text, name);
  return name;
}
