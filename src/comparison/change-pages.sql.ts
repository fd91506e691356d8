import * as z from "zod";
import { type Sql, sql } from "../database/sql.ts";
import { type Cursor, decodeCursor, type Page } from "../lib/page.ts";
import type { ChangeKind } from "./cost-change.graphql.ts";

/** Two jobs to compare. */
export interface JobPair {
  readonly baseId: string;
  readonly targetId: string;
  /** true: a resource that only changed its address is one change (MOVED); false: one ADDED and one REMOVED. */
  readonly detectMoves: boolean;
}

/** A list of changes; cursors are valid in one list only. */
export interface ChangeList {
  readonly pair: JobPair;
  /** undefined: all kinds. */
  readonly kinds: readonly ChangeKind[] | undefined;
}

/** The rows of a list for a page, and one more row if the list continues. */
export interface Slice {
  readonly condition: Sql<boolean>;
  readonly skip: Sql<number>;
  readonly take: Sql<number>;
}

/**
 * The rows of a page in the list of changes of one pair.
 * @param number the number of the pair in the column `pair` of `changes`.
 * @throws BadUserInput for a cursor of another list.
 */
export function sliceOf(list: ChangeList, page: Page, number: number): Slice {
  const { kinds } = list;
  const ofPair = sql<boolean>`pair = ${bigint(number)}`;
  const condition = kinds === undefined ? ofPair : sql<boolean>`${ofPair} and change = any(${kinds})`;
  const size = page.size + 1;
  const start = page.after === undefined ? 0 : placeOf("after", page.after, list);
  const end = page.before === undefined ? undefined : placeOf("before", page.before, list) - 1;
  if (page.backward && end === undefined) {
    const count = sql`(select count(*) from changes where ${condition})`;
    return {
      condition,
      skip: sql`greatest(${bigint(start)}, ${count} - ${bigint(size)})`,
      take: bigint(size),
    };
  }
  const skip = page.backward && end !== undefined ? Math.max(start, end - size) : start;
  const take = Math.max(0, Math.min(size, (end ?? Number.POSITIVE_INFINITY) - skip));
  return { condition, skip: bigint(skip), take: bigint(take) };
}

function bigint(value: number): Sql<number> {
  return sql`${value}::bigint`;
}

const PlaceCursor = z.tuple([z.string().regex(/^[1-9]\d{0,8}$/)]);

/** The position of a change in a list. Jobs are immutable, so that the positions never change. */
export function changeCursor(list: ChangeList, { place }: { readonly place: number }): Cursor {
  return [orderOf(list), String(place)];
}

function placeOf(path: string, text: string, list: ChangeList): number {
  const [place] = decodeCursor<[string]>(path, text, orderOf(list), PlaceCursor);
  return Number(place);
}

/** Identifies the list: the same position is another change in another list. */
function orderOf({ pair, kinds }: ChangeList): string {
  const moves = pair.detectMoves ? "MOVES" : "NO_MOVES";
  const listed = kinds === undefined ? ["ALL"] : new Set(kinds.toSorted());
  return ["ABSOLUTE_DELTA_DESC", pair.baseId, pair.targetId, moves, ...listed].join(" ");
}
