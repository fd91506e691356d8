import type { Context } from "../graphql/context.ts";
import { percentageChange } from "../money.ts";
import { type Connection, connectionOf } from "../pagination/connection.types.ts";
import { type PageArguments, pageOf, withoutDefaultFirst } from "../pagination/page.ts";
import { changeCursor } from "./change-cursor.ts";
import type { ChangeKind } from "./change-kind.types.ts";
import type { Change, KindTotal } from "./changes.queries.ts";
import type { Comparison } from "./compare-jobs.ts";
import { pairOf } from "./compare-jobs.ts";
import type { ResourceChange } from "./comparison.types.ts";

/** How many changes a page has, unless asked otherwise and at the most. */
export const CHANGE_PAGE = { usual: 50, maximum: 1_000 };

/** One page of what became of the resources: largest absolute delta first, unknown last. */
export async function listChanges(
  loaders: Context["loaders"],
  comparison: Comparison,
  { changes, ...args }: PageArguments & { readonly changes?: readonly ChangeKind[] | null },
): Promise<Connection<ResourceChange>> {
  const page = pageOf(withoutDefaultFirst(args, CHANGE_PAGE.usual), CHANGE_PAGE);
  const list = { pair: pairOf(comparison), kinds: changes ?? undefined };
  const found = await loaders.changes.load({ pair: list.pair, page: { page, kinds: list.kinds } });
  const rows = found.page.rows.map((change) => resourceChange(comparison, change));
  const cursorOf = (change: ResourceChange) => changeCursor(list, change);
  return connectionOf({ ...found.page, rows }, cursorOf, async () => countOf(found.totals, list.kinds));
}

function countOf(totals: readonly KindTotal[], kinds: readonly ChangeKind[] | undefined): number {
  const counted = totals.filter(({ change }) => kinds?.includes(change) ?? true);
  return counted.reduce((count, total) => count + total.resourceCount, 0);
}

function resourceChange({ base, target }: Comparison, change: Change): ResourceChange {
  const { delta, baseCost, targetCost } = change;
  return {
    ...change,
    baseJobId: base.id,
    targetJobId: target.id,
    percentageChange:
      delta === null || baseCost === null ? null : percentageChange(baseCost, targetCost ?? "0"),
  };
}
