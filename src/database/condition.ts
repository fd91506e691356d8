import { type Sql, sql } from "./sql.ts";

/** A condition that holds when all of these do; undefined ones do not count, and of none it is true. */
export function allOf(conditions: readonly (Sql<boolean> | undefined)[]): Sql<boolean> {
  const present = conditions.filter((condition) => condition !== undefined);
  return present.length === 0 ? sql`true` : sql`${sql.join(present, sql` and `)}`;
}

/** The condition, if the value that it is about was given: null and undefined ask for nothing, "" does. */
export function given(value: unknown, condition: () => Sql<boolean>): Sql<boolean> | undefined {
  return value === null || value === undefined ? undefined : condition();
}
