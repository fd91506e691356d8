import * as z from "zod";
import { BadUserInput } from "./errors.ts";

/** The four arguments of a Relay connection, as they come in. */
export interface PageArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

/** How many rows a page has unless asked otherwise, and at the most. */
export interface PageSizes {
  readonly usual: number;
  readonly maximum: number;
}

/** How many rows to take from which end, between two cursors. */
export interface Page {
  readonly size: number;
  /** Taken from the end of the list, not from its beginning. */
  readonly backward: boolean;
  readonly after: string | undefined;
  readonly before: string | undefined;
}

/** One page of a list, in the list's order. */
export interface PageOf<Row> {
  readonly rows: readonly Row[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

/**
 * Reads the arguments of a connection.
 * @throws BadUserInput when a size is outside 1..maximum, or first and last are both given.
 */
export function pageOf(
  args: PageArguments,
  sizes: { readonly usual: number; readonly maximum: number },
): Page {
  const first = size("first", args.first, sizes.maximum);
  const last = size("last", args.last, sizes.maximum);
  if (first !== undefined && last !== undefined) {
    throw new BadUserInput([{ path: ["last"], rule: ["must not be given together with ", ["first"]] }]);
  }
  return {
    size: last ?? first ?? sizes.usual,
    backward: last !== undefined,
    after: args.after ?? undefined,
    before: args.before ?? undefined,
  };
}

/** The arguments without a `first` that is the schema's default: it cannot be told from a sent one, and must not contradict `last`. */
export function withoutDefaultFirst(args: PageArguments, usual: number): PageArguments {
  const { first, ...others } = args;
  return first === usual && (args.last ?? undefined) !== undefined ? others : args;
}

/** Makes a page of rows that were read from its end inwards, one more than its size to see whether more follow. */
export function pageOfRows<Row>(page: Page, read: readonly Row[]): PageOf<Row> {
  const more = read.length > page.size;
  const rows = read.slice(0, page.size);
  // The row behind a given cursor exists for good, so there is always a page on that side.
  return page.backward
    ? { rows: rows.reverse(), hasPreviousPage: more, hasNextPage: page.before !== undefined }
    : { rows, hasNextPage: more, hasPreviousPage: page.after !== undefined };
}

/**
 * How many rows a list without pages has.
 * @throws BadUserInput when it is outside 1..maximum.
 */
export function sizeOf(path: string, value: number | null | undefined, sizes: PageSizes): number {
  return size(path, value, sizes.maximum) ?? sizes.usual;
}

function size(path: string, value: number | null | undefined, maximum: number): number | undefined {
  if (value === null || value === undefined) return undefined;
  if (value >= 1 && value <= maximum) return value;
  throw new BadUserInput([{ path: [path], rule: `must be from 1 to ${maximum}` }]);
}

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
  const rule =
    "must be a cursor of this list in this order, as pageInfo, an edge or the Link header gives it";
  throw new BadUserInput([{ path: [path], rule }]);
}

function parse(text: string): Cursor | undefined {
  try {
    return CursorShape.safeParse(JSON.parse(Buffer.from(text, "base64url").toString())).data;
  } catch {
    return undefined;
  }
}
