import { type Decimal, subtract, sum } from "../money.ts";
import type { ChangeKind } from "./change-kind.types.ts";
import type { KindTotal } from "./changes.queries.ts";

/** How many resources, and what they add to the delta, per month. */
export interface Amount {
  readonly resourceCount: number;
  readonly delta: Decimal;
}

/** Where a delta comes from: its parts add up to it exactly. */
export interface Summary {
  readonly added: Amount;
  readonly removed: Amount;
  readonly changed: Amount;
  readonly unchanged: Amount;
  readonly moved: Amount;
  readonly newlyPriced: Amount;
  readonly becameUnpriced: Amount;
  readonly unattributed: Decimal;
}

/** Splits a delta into what each kind of change adds to it; what is left is unattributed. */
export function summarize(delta: Decimal, totals: readonly KindTotal[]): Summary {
  const of = (kind: ChangeKind): Amount =>
    totals.find(({ change }) => change === kind) ?? { resourceCount: 0, delta: "0" };
  return {
    added: of("ADDED"),
    removed: of("REMOVED"),
    changed: of("CHANGED"),
    unchanged: of("UNCHANGED"),
    moved: of("MOVED"),
    newlyPriced: of("NEWLY_PRICED"),
    becameUnpriced: of("BECAME_UNPRICED"),
    unattributed: subtract(delta, sum(totals.map((total) => total.delta))),
  };
}
