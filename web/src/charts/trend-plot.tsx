import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type uPlot from "uplot";
import { Amount } from "../amount.tsx";
import { sumOf } from "../decimal.ts";
import type { TrendInterval } from "../generated.ts";
import { Name } from "../parts/name.tsx";
import { ScrollRegion } from "../parts/scroll-region.tsx";
import { formatInterval } from "../time.tsx";
import { type ColoredSeries, type CursorPlace, createPlot, HEIGHT } from "./plot-canvas.ts";
import { canStack, colorOf, type PlotMarker, type PlotSeries } from "./series.ts";

interface TrendPlotProps {
  readonly title: string;
  /** The starts of the intervals, in milliseconds, ascending. */
  readonly times: readonly number[];
  readonly interval: TrendInterval;
  readonly series: readonly PlotSeries[];
  readonly currency: string;
  /** Areas on top of each other, unless an amount is negative; otherwise lines. */
  readonly stacked?: boolean;
  readonly markers?: readonly PlotMarker[];
  /** Called with the range that was selected with the pointer, in milliseconds. */
  readonly onSelect?: (from: number, to: number) => void;
  /** The keys of the series that are not drawn. */
  readonly hidden?: readonly string[];
  /** Called with the key of a series that is to be hidden or shown. */
  readonly onToggle?: (key: string) => void;
}

const NO_MARKERS: readonly PlotMarker[] = [];
const NONE_HIDDEN: readonly string[] = [];

/**
 * A trend over time. The arrow keys move along it; the table below it has all amounts. A new array or function as a
 * property creates a new canvas: pass the same one as long as the data is the same.
 */
export function TrendPlot({
  title,
  times,
  interval,
  series,
  currency,
  stacked = false,
  markers = NO_MARKERS,
  onSelect,
  hidden = NONE_HIDDEN,
  onToggle,
}: TrendPlotProps) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const [place, setPlace] = useState<CursorPlace | null>(null);
  const scheme = useColorScheme();
  const hiddenKeys = hidden.join("\n");
  const shown = useMemo(
    () =>
      series.map((one, i) => ({ ...one, color: colorOf(one, i) })).filter(({ key }) => !hidden.includes(key)),
    [series, hiddenKeys],
  );
  // `scheme` changes the colours, which are read from styles.
  useEffect(() => {
    if (frame.current === null) return;
    const content = { times, series: shown, stacked: stacked && canStack(shown), markers, onSelect };
    const created = createPlot(frame.current, content, setPlace);
    plot.current = created;
    const resizing = new ResizeObserver(([entry]) => {
      if (entry) created.setSize({ width: entry.contentRect.width, height: HEIGHT });
    });
    resizing.observe(frame.current);
    return () => {
      resizing.disconnect();
      created.destroy();
    };
  }, [times, shown, stacked, markers, onSelect, scheme]);
  const moveTo = (index: number) => {
    const next = Math.min(times.length - 1, Math.max(0, index));
    plot.current?.setCursor({ left: plot.current.valToPos((times[next] ?? 0) / 1000, "x"), top: 20 });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const index = place?.index;
    const target = {
      ArrowLeft: (index ?? times.length) - 1,
      ArrowRight: (index ?? -1) + 1,
      Home: 0,
      End: times.length - 1,
    }[event.key];
    if (event.key === "Escape") setPlace(null);
    if (target === undefined) return;
    event.preventDefault();
    moveTo(target);
  };
  if (times.length === 0) return <p class="note">No current job in this range.</p>;
  return (
    <figure class="plot">
      <div class="canvas">
        <div
          ref={frame}
          role="img"
          aria-label={`${title}. The arrow keys read the values; the table below has all of them.`}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys read the values.
          tabIndex={0}
          onKeyDown={onKeyDown}
          onBlur={() => setPlace(null)}
        />
        {place !== null && (
          <Tooltip {...{ times, interval, shown, currency, markers, place }} isSum={stacked} />
        )}
      </div>
      <Legend series={series} hidden={hidden} onToggle={onToggle} />
      <Notes
        isUnknown={shown.some(({ unpriced }) => unpriced?.some((count) => count > 0))}
        isNegative={stacked && !canStack(shown)}
      />
      <ValueTable {...{ title, times, interval, series, currency }} />
    </figure>
  );
}

interface TooltipProps extends Pick<TrendPlotProps, "times" | "interval" | "currency"> {
  readonly shown: readonly ColoredSeries[];
  readonly markers: readonly PlotMarker[];
  readonly place: CursorPlace;
  readonly isSum: boolean;
}

/** The exact values beside the cursor, in the order of the plot. */
function Tooltip({ times, interval, shown, currency, markers, place, isSum }: TooltipProps) {
  const { index, left } = place;
  const time = times[index];
  if (time === undefined) return null;
  const end = times[index + 1] ?? Number.POSITIVE_INFINITY;
  const rows = shown.flatMap(({ key, label, color, values, unpriced }) => {
    const [value, unknown] = [values[index] ?? null, unpriced?.[index] ?? 0];
    return value === null && unknown === 0 ? [] : [{ key, label, color, value, unknown }];
  });
  const sum = sumOf(rows.flatMap(({ value }) => value ?? []));
  const isLeft = index > times.length / 2;
  return (
    <div
      class={isLeft ? "tooltip before" : "tooltip"}
      style={{ left: `${left}px` }}
      role="status"
      aria-live="polite"
    >
      <strong>{formatInterval(time, interval)}</strong>
      <dl>
        {rows.map(({ key, label, color, value, unknown }) => (
          <div key={key}>
            <dt>
              <Swatch color={color} /> <Name text={label} />
            </dt>
            <dd>
              <Amount value={value} unpriced={unknown} />
            </dd>
          </div>
        ))}
        {isSum && rows.length > 1 && (
          <div class="sum">
            <dt>Sum</dt>
            <dd>
              <Amount
                value={sum}
                currency={currency}
                unpriced={rows.reduce((count, { unknown }) => count + unknown, 0)}
              />
            </dd>
          </div>
        )}
      </dl>
      {rows.length === 0 && <p class="note">No current job.</p>}
      {markers
        .filter(({ at }) => at >= time && at < end)
        .map(({ at, kind, label }) => (
          <p key={`${at} ${label}`} class={`marker ${kind}`}>
            {label}
          </p>
        ))}
    </div>
  );
}

type LegendProps = Pick<TrendPlotProps, "series" | "onToggle"> & { readonly hidden: readonly string[] };

/** The colours of the series. Its buttons hide and show them. */
function Legend({ series, hidden, onToggle }: LegendProps) {
  return (
    <ul class="legend">
      {series.map((one, i) => {
        const { key, label } = one;
        const content = (
          <>
            <Swatch color={colorOf(one, i)} /> <Name text={label} />
          </>
        );
        return (
          <li key={key}>
            {onToggle === undefined || series.length < 2 ? (
              <span>{content}</span>
            ) : (
              <button type="button" aria-pressed={!hidden.includes(key)} onClick={() => onToggle(key)}>
                {content}
              </button>
            )}
          </li>
        );
      })}
    </ul>
  );
}

function Notes({ isUnknown, isNegative }: { readonly isUnknown: boolean; readonly isNegative: boolean }) {
  return (
    <>
      {isUnknown && (
        <p class="note">
          <span class="swatch hatched" /> Resources of unknown cost, which the amounts do not include.
        </p>
      )}
      {isNegative && <p class="note">Lines instead of areas, because some amounts are negative.</p>}
    </>
  );
}

function Swatch({ color }: { readonly color: number }) {
  return <span class={`swatch series-${color}`} />;
}

type ValueTableProps = Pick<TrendPlotProps, "title" | "times" | "interval" | "series" | "currency">;

/** The table is in the document only while it is open: 10,000 points would be as many cells. */
function ValueTable({ title, times, interval, series, currency }: ValueTableProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>Table of the amounts</summary>
      {isOpen && (
        <ScrollRegion label={title}>
          <table>
            <thead>
              <tr>
                <th scope="col">Interval</th>
                {series.map(({ key, label }) => (
                  <th scope="col" class="number" key={key}>
                    <Name text={label} />
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {times.map((time, i) => (
                <tr key={time}>
                  <th scope="row">{formatInterval(time, interval)}</th>
                  {series.map(({ key, values, unpriced }) => {
                    const [value, unknown] = [values[i] ?? null, unpriced?.[i] ?? 0];
                    return (
                      <td class="number" key={key}>
                        {(value !== null || unknown > 0) && (
                          <Amount value={value} currency={currency} unpriced={unknown} />
                        )}
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollRegion>
      )}
    </details>
  );
}

/** Changes when the reader changes between the light and the dark theme. */
function useColorScheme(): boolean {
  const [isDark, setDark] = useState(() => matchMedia("(prefers-color-scheme: dark)").matches);
  useEffect(() => {
    const query = matchMedia("(prefers-color-scheme: dark)");
    const update = () => setDark(query.matches);
    query.addEventListener("change", update);
    return () => query.removeEventListener("change", update);
  }, []);
  return isDark;
}
