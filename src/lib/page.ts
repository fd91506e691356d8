import * as z from "zod";
import { BadUserInput, rangeProblems } from "./errors.ts";

/** The four arguments of a Relay connection. */
export interface PageArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

/** The default and the maximum number of rows of a page. */
export interface PageSizes {
  readonly default: number;
  readonly maximum: number;
}

/** The requested rows: a number of rows from one end of the list, between two cursors. */
export interface Page {
  readonly size: number;
  /** From the end of the list instead of the start. */
  readonly backward: boolean;
  readonly after: string | undefined;
  readonly before: string | undefined;
}

/** A page of rows, in the order of the list. */
export interface PageOf<Row> {
  readonly rows: readonly Row[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

/**
 * Validates the arguments of a connection.
 * @throws BadUserInput when a size is outside 1..maximum, or both first and last are given.
 */
export function pageOf(args: PageArguments, sizes: PageSizes): Page {
  const first = size("first", args.first, sizes.maximum);
  const last = size("last", args.last, sizes.maximum);
  if (first !== undefined && last !== undefined) {
    throw new BadUserInput([{ path: ["last"], rule: ["must not be given together with ", ["first"]] }]);
  }
  return {
    size: last ?? first ?? sizes.default,
    backward: last !== undefined,
    after: args.after ?? undefined,
    before: args.before ?? undefined,
  };
}

/** The arguments without a `first` that is the schema's default: it cannot be told from a sent one, and must not contradict `last`. */
export function withoutDefaultFirst(args: PageArguments, defaultSize: number): PageArguments {
  const { first, ...others } = args;
  return first === defaultSize && (args.last ?? undefined) !== undefined ? others : args;
}

/** Returns the page of the rows read, which are one more than its size if more rows follow. */
export function pageOfRows<Row>(page: Page, read: readonly Row[]): PageOf<Row> {
  const more = read.length > page.size;
  const rows = read.slice(0, page.size);
  // The row of a cursor is never deleted alone, so that side always has a page.
  return page.backward
    ? { rows: rows.reverse(), hasPreviousPage: more, hasNextPage: page.before !== undefined }
    : { rows, hasNextPage: more, hasPreviousPage: page.after !== undefined };
}

/**
 * The requested number of rows of a list without pages.
 * @throws BadUserInput when the number is outside 1..maximum.
 */
export function sizeOf(path: string, value: number | null | undefined, sizes: PageSizes): number {
  return size(path, value, sizes.maximum) ?? sizes.default;
}

function size(path: string, value: number | null | undefined, maximum: number): number | undefined {
  const problems = rangeProblems([path], value, 1, maximum);
  if (problems.length > 0) throw new BadUserInput(problems);
  return value ?? undefined;
}

/** The position of a row in a list: the name of the order, then the values of the row in that order. */
export type Cursor = readonly [order: string, ...values: string[]];

const CursorShape = z.tuple([z.string()], z.string());

/** Encodes a cursor as opaque text, so that clients do not depend on its content. */
export function encodeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString("base64url");
}

/**
 * Decodes a cursor of a client.
 * @param path the name of the argument.
 * @param order the order of the list.
 * @param shape the schema of the values.
 * @throws BadUserInput when the text is not a cursor, or one of another list or order.
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
