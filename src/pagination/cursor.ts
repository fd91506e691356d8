import * as z from "zod";
import { BadUserInput } from "../errors.ts";

/** The position of a row in one order of a list: the order's name, then the row's values in that order. */
export type Cursor = readonly [order: string, ...values: string[]];

const CursorShape = z.tuple([z.string()], z.string());

/** A cursor as clients carry it: opaque, so that nobody builds on what is inside. */
export function encodeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString("base64url");
}

/**
 * Reads a cursor that a client sent back.
 * @param path the argument it came in.
 * @param order the order of the list it is used on.
 * @param shape what its values must look like.
 * @throws BadUserInput when it is no cursor, or one of another list or order.
 */
export function decodeCursor<Values>(
  path: string,
  text: string,
  order: string,
  shape: z.ZodType<Values>,
): Values {
  const [cursorOrder, ...values] = parse(text) ?? [];
  const parsed = shape.safeParse(values);
  if (cursorOrder === order && parsed.success) return parsed.data;
  const message = "must be a cursor of this list in this order, as pageInfo or an edge gives it";
  throw new BadUserInput([{ path, message }]);
}

function parse(text: string): Cursor | undefined {
  try {
    return CursorShape.safeParse(JSON.parse(Buffer.from(text, "base64url").toString())).data;
  } catch {
    return undefined;
  }
}
