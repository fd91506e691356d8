import * as z from "zod";
import { type Cursor, decodeCursor } from "../pagination/cursor.ts";
import type { ChangeKind } from "./change-kind.types.ts";

const PlaceCursor = z.tuple([z.string().regex(/^\d{1,9}$/)]);

/**
 * Where a change stands in the list of such kinds (undefined: all). Two stored jobs never change, so neither does a
 * change's place among theirs.
 */
export function changeCursor(
  kinds: readonly ChangeKind[] | undefined,
  { place }: { readonly place: number },
): Cursor {
  return [orderOf(kinds), String(place)];
}

/**
 * The place in a cursor of the list of such kinds.
 * @throws BadUserInput when it is no cursor of this list.
 */
export function changePlace(path: string, text: string, kinds: readonly ChangeKind[] | undefined): number {
  const [place] = decodeCursor<[string]>(path, text, orderOf(kinds), PlaceCursor);
  return Number(place);
}

/** The kinds are in it, for a place in one list is another change in another. */
function orderOf(kinds: readonly ChangeKind[] | undefined): string {
  return ["ABSOLUTE_DELTA_DESC", ...new Set(kinds?.toSorted())].join(" ");
}
