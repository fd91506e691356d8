import { Amount } from "../amount.tsx";
import { Name } from "../parts/name.tsx";

/** A bar with its exact amount. */
export interface BarItem {
  readonly key: string;
  readonly label: string;
  readonly value: string;
  /** The number of resources of unknown cost, which the value does not include. */
  readonly unpriced: number;
  readonly note?: string | undefined;
  readonly href?: string | undefined;
  /** Not a group of its own: the rest, or what has no key. */
  readonly isMuted?: boolean;
}

interface BarListProps {
  readonly items: readonly BarItem[];
  readonly currency: string;
  readonly label: string;
}

/** Amounts as bars of one scale, with a hatched part for unknown costs. */
export function BarList({ items, currency, label }: BarListProps) {
  const spans = barSpans(items.map(({ value }) => value));
  return (
    <ul class="bars" aria-label={label}>
      {items.map(({ key, label, value, unpriced, note, href, isMuted }, i) => {
        const { start, size, isNegative } = spans[i] ?? { start: 0, size: 0, isNegative: false };
        return (
          <li key={key} class={isMuted ? "muted" : undefined}>
            <span class="grow">
              {href === undefined ? (
                <Name text={label} />
              ) : (
                <a href={href}>
                  <Name text={label} />
                </a>
              )}
            </span>
            <span class="end" title={note}>
              <Amount value={value} currency={currency} unpriced={unpriced} />
            </span>
            <span class="track" aria-hidden="true">
              <span
                class={isNegative ? "fill negative" : "fill"}
                style={{ marginInlineStart: `${start}%`, width: `${size}%` }}
              />
              {unpriced > 0 && <span class="hatched" />}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

/** The place of each bar, in per cent of the width, on a scale that has zero and all amounts. */
export function barSpans(values: readonly string[]): { start: number; size: number; isNegative: boolean }[] {
  const numbers = values.map(Number);
  const [low, high] = [Math.min(0, ...numbers), Math.max(0, ...numbers)];
  const share = (amount: number) => (high === low ? 0 : (100 * amount) / (high - low));
  return numbers.map((value) => ({
    start: share(Math.min(0, value) - low),
    size: share(Math.abs(value)),
    isNegative: value < 0,
  }));
}
