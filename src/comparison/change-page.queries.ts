import { type Sql, sql } from "../database/sql.ts";
import type { Page } from "../pagination/page.ts";
import { type ChangeList, changePlace } from "./change-cursor.ts";

/** Which rows of `changes` a page needs: one more than it has, to see whether the list goes on. */
export interface Slice {
  readonly condition: Sql<boolean>;
  /** How many to pass over, from the beginning of the list. */
  readonly skip: Sql<number>;
  readonly take: Sql<number>;
}

/**
 * Cuts a page off a list of changes, whose places are from 1 up to their number.
 * @throws BadUserInput when a cursor is none of this list.
 */
export function sliceOf(list: ChangeList, page: Page): Slice {
  const { kinds } = list;
  const condition = kinds === undefined ? sql<boolean>`true` : sql<boolean>`change = any(${kinds})`;
  const size = page.size + 1;
  const start = page.after === undefined ? 0 : changePlace("after", page.after, list);
  const end = page.before === undefined ? undefined : changePlace("before", page.before, list) - 1;
  if (page.backward && end === undefined) {
    const count = sql`(select count(*) from changes where ${condition})`;
    return {
      condition,
      skip: sql`greatest(${number(start)}, ${count} - ${number(size)})`,
      take: number(size),
    };
  }
  const skip = page.backward && end !== undefined ? Math.max(start, end - size) : start;
  const take = Math.max(0, Math.min(size, (end ?? Number.POSITIVE_INFINITY) - skip));
  return { condition, skip: number(skip), take: number(take) };
}

function number(value: number): Sql<number> {
  return sql`${value}::bigint`;
}
