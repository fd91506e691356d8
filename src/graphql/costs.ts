import { Extensions } from "type-graphql";
import type { PageSizes } from "../lib/page.ts";

/**
 * What a field costs beyond the one value that every field is. The unit is a value in the answer: a page of 50
 * resources with 3 fields each is 50 objects and 150 values, and costs 200.
 */
export interface FieldCost {
  /** Work behind it that the answer does not show, in values that take as long. */
  readonly work?: number;
  /** How many objects it holds: as many as the page it is on, or so many as are usual for a list without pages. */
  readonly items?: number | "page";
  /** It has arguments `first` (and `last`) that say how large the page is. */
  readonly page?: PageSizes;
}

/** Declares what a field costs. A field without a declaration is one value, and what is asked of it. */
export function Costs(cost: FieldCost): MethodDecorator & PropertyDecorator {
  return Extensions({ cost });
}
