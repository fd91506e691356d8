import * as z from "zod";
import { type Cursor, decodeCursor } from "../pagination/cursor.ts";

const ORDER = "ABSOLUTE_DELTA_DESC";
const PlaceCursor = z.tuple([z.string().regex(/^\d{1,9}$/)]);

/** Where a change stands. Two stored jobs never change, so neither does a change's place among theirs. */
export function changeCursor({ place }: { readonly place: number }): Cursor {
  return [ORDER, String(place)];
}

/**
 * The place in a cursor.
 * @throws BadUserInput when it is no cursor of changes.
 */
export function changePlace(path: string, text: string): number {
  const [place] = decodeCursor<[string]>(path, text, ORDER, PlaceCursor);
  return Number(place);
}
