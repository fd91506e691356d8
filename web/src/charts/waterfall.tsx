import { Amount, Delta, directionOf } from "../amount.tsx";
import { ScrollRegion } from "../parts/scroll-region.tsx";

/** A part of the difference between the base and the target. */
export interface WaterfallStep {
  readonly label: string;
  /** A decimal of the API. */
  readonly delta: string;
}

interface WaterfallProps {
  readonly title: string;
  readonly base: string;
  readonly target: string;
  readonly currency: string;
  /** The parts; their sum is exactly target - base. */
  readonly steps: readonly WaterfallStep[];
}

/** The way from the base to the target, one bar for each part: a table with a drawn column. */
export function Waterfall({ title, base, target, currency, steps }: WaterfallProps) {
  const bars = waterfallBars(base, target, steps);
  const row = (label: string, i: number, kind: string, amount: preact.ComponentChild) => {
    const bar = bars[i];
    return (
      <tr key={label}>
        <th scope="row">{label}</th>
        <td class="number">{amount}</td>
        <td class="bar-cell" aria-hidden="true">
          <svg viewBox="0 0 100 16" preserveAspectRatio="none" role="presentation">
            {bar && (
              <rect class={kind} x={bar.from} width={Math.max(0.4, bar.to - bar.from)} y="1" height="14" />
            )}
          </svg>
        </td>
      </tr>
    );
  };
  return (
    <ScrollRegion label={title}>
      <table class="waterfall">
        <caption>{title}</caption>
        <tbody>
          {row("Base", 0, "whole", <Amount value={base} currency={currency} />)}
          {steps.map(({ label, delta }, i) =>
            row(label, i + 1, directionOf(delta), <Delta value={delta} currency={currency} />),
          )}
          {row("Target", steps.length + 1, "whole", <Amount value={target} currency={currency} />)}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

interface Bar {
  /** In per cent of the width. */
  readonly from: number;
  readonly to: number;
}

/** The bars of the base, of each step from the end of the one before, and of the target. */
export function waterfallBars(base: string, target: string, steps: readonly WaterfallStep[]): Bar[] {
  const ranges: [number, number][] = [[0, Number(base)]];
  let at = Number(base);
  for (const { delta } of steps) {
    ranges.push([at, at + Number(delta)]);
    at += Number(delta);
  }
  ranges.push([0, Number(target)]);
  const edges = ranges.flat();
  const least = Math.min(...edges);
  const span = Math.max(...edges) - least || 1;
  const position = (amount: number) => ((amount - least) / span) * 100;
  return ranges.map(([from, to]) => ({
    from: position(Math.min(from, to)),
    to: position(Math.max(from, to)),
  }));
}
