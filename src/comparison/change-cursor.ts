import * as z from "zod";
import { type Cursor, decodeCursor } from "../pagination/cursor.ts";
import type { ChangeKind } from "./change-kind.types.ts";
import type { Pair } from "./changes.queries.ts";

/** A list of changes, in which each has its place. */
export interface ChangeList {
  readonly pair: Pair;
  /** Only these kinds; undefined: all. */
  readonly kinds: readonly ChangeKind[] | undefined;
}

const PlaceCursor = z.tuple([z.string().regex(/^[1-9]\d{0,8}$/)]);

/** Where a change stands in a list. Two stored jobs never change, so neither does a change's place among theirs. */
export function changeCursor(list: ChangeList, { place }: { readonly place: number }): Cursor {
  return [orderOf(list), String(place)];
}

/**
 * The place in a cursor of a list.
 * @throws BadUserInput when it is no cursor of this list.
 */
export function changePlace(path: string, text: string, list: ChangeList): number {
  const [place] = decodeCursor<[string]>(path, text, orderOf(list), PlaceCursor);
  return Number(place);
}

/** All that says which list it is, for a place in one is another change in another. */
function orderOf({ pair, kinds }: ChangeList): string {
  const moves = pair.detectMoves ? "MOVES" : "NO_MOVES";
  const listed = kinds === undefined ? ["ALL"] : new Set(kinds.toSorted());
  return ["ABSOLUTE_DELTA_DESC", pair.baseId, pair.targetId, moves, ...listed].join(" ");
}
