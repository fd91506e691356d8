import { directionOf } from "../amount.tsx";
import type { WaterfallStep } from "../charts/waterfall.tsx";
import type { AttributionFragment, CompareQuery } from "../generated.ts";

const CAUSES: Readonly<Record<keyof AttributionFragment, string>> = {
  price: "Prices",
  quantity: "Quantities",
  added: "Added",
  removed: "Removed",
  newlyPriced: "Newly priced",
  becameUnpriced: "Cost became unknown",
  other: "Other",
};

/** The parts of a delta by cause. They add up to it; parts of zero are left out. */
export function stepsByCause(attribution: AttributionFragment): WaterfallStep[] {
  return changedSteps(
    (Object.keys(CAUSES) as (keyof AttributionFragment)[]).map((cause) => ({
      label: CAUSES[cause],
      delta: attribution[cause],
    })),
  );
}

type Summary = CompareQuery["compareJobs"]["summary"];

const KINDS = {
  added: "Added",
  removed: "Removed",
  changed: "Changed",
  newlyPriced: "Newly priced",
  becameUnpriced: "Cost became unknown",
  moved: "Moved",
  unchanged: "Unchanged",
} as const satisfies Partial<Record<keyof Summary, string>>;

/** The parts of a delta by kind of change. They add up to it; parts of zero are left out. */
export function stepsByKind(summary: Summary): WaterfallStep[] {
  const kinds = Object.keys(KINDS) as (keyof typeof KINDS)[];
  return changedSteps([
    ...kinds.map((kind) => ({
      label: `${KINDS[kind]} (${summary[kind].resourceCount})`,
      delta: summary[kind].delta,
    })),
    { label: "In no resource", delta: summary.unattributed },
  ]);
}

function changedSteps(steps: readonly WaterfallStep[]): WaterfallStep[] {
  return steps.filter(({ delta }) => directionOf(delta) !== "same");
}
