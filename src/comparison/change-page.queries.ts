import { type Sql, sql } from "../database/sql.ts";
import type { Page } from "../pagination/page.ts";
import { changePlace } from "./change-cursor.ts";
import type { ChangeKind } from "./change-kind.types.ts";

/** Which of the changes to list. */
export interface ChangePage {
  readonly page: Page;
  /** Only these kinds; undefined: all. */
  readonly kinds: readonly ChangeKind[] | undefined;
}

/** Which rows of `changes` a page needs: one more than it has, to see whether the list goes on. */
export interface Slice {
  readonly condition: Sql<boolean>;
  /** How many to pass over, from the beginning of the list. */
  readonly skip: Sql<number>;
  readonly take: Sql<number>;
}

/**
 * Cuts a page off the changes of its kinds, whose places are from 1 up to their number.
 * @throws BadUserInput when a cursor is none of this list.
 */
export function sliceOf({ page, kinds }: ChangePage): Slice {
  const condition = kinds === undefined ? sql<boolean>`true` : sql<boolean>`change = any(${kinds})`;
  const size = page.size + 1;
  const from = page.after === undefined ? 0 : changePlace("after", page.after, kinds);
  const before = page.before === undefined ? undefined : changePlace("before", page.before, kinds);
  if (!page.backward) {
    const between = before === undefined ? size : Math.max(0, before - 1 - from);
    return { condition, skip: number(from), take: number(Math.min(size, between)) };
  }
  const count = sql`(select count(*) from changes where ${condition})`;
  const end = before === undefined ? count : sql`least(${number(before - 1)}, ${count})`;
  const skip = sql<number>`greatest(${number(from)}, ${end} - ${number(size)})`;
  return { condition, skip, take: sql<number>`greatest(0, ${end} - ${skip})` };
}

function number(value: number): Sql<number> {
  return sql`${value}::bigint`;
}
