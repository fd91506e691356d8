import { Extensions } from "type-graphql";
import type { PageSizes } from "../lib/page.ts";

/**
 * The cost of a field beyond 1, the cost of every field. The unit is a value in the response: a page of 50 resources
 * with 3 fields each consists of 50 objects and 150 values, and costs 200.
 */
export interface FieldCost {
  /** Work that is not visible in the response, as the number of values that take as long. */
  readonly work?: number;
  /**
   * The name of the work, if fields of one object share it: the work counts once for all of these fields. Of the fields
   * with pages, each needs the work for itself.
   */
  readonly shared?: string;
  /**
   * Further work that counts once for all fields of an operation with this name in `shared`, because one statement
   * reads the rows of all their objects.
   */
  readonly batch?: number;
  /**
   * The number of objects: the size of the enclosing page, a typical number for a list without pages, or the length of
   * an argument with one item for each object. "page of each type": a list with a page of each type of a union.
   */
  readonly items?: number | "page" | "page of each type" | { readonly argument: string };
  /** The field has arguments `first` (and `last`) for the size of its page. */
  readonly page?: PageSizes;
}

/** Declares the cost of a field. A field without a declaration costs 1, plus its subfields. */
export function Costs(cost: FieldCost): MethodDecorator & PropertyDecorator {
  return Extensions({ cost });
}
