import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { Amount, formatTick } from "../amount.tsx";
import { ScrollRegion } from "../parts/scroll-region.tsx";
import { formatDay } from "../time.tsx";
import { COLORS, colorOf, type PlotMarker, type PlotSeries, plotColumns } from "./series.ts";

interface TrendPlotProps {
  readonly title: string;
  /** The starts of the intervals, in milliseconds, ascending. */
  readonly times: readonly number[];
  readonly series: readonly PlotSeries[];
  readonly currency: string;
  /** Areas on top of each other; otherwise lines. */
  readonly stacked?: boolean;
  readonly markers?: readonly PlotMarker[];
  /** Called with the range that was selected with the pointer, in milliseconds. */
  readonly onSelect?: (from: number, to: number) => void;
}

const HEIGHT = 300;

/** A trend over time. The arrow keys move along it; the table below it has all amounts. */
export function TrendPlot(props: TrendPlotProps) {
  const { title, times, series, currency } = props;
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const [index, setIndex] = useState<number | null>(null);
  const scheme = useColorScheme();
  // `scheme` changes the colours, which are read from styles.
  useEffect(() => {
    if (frame.current === null) return;
    const created = createPlot(frame.current, props, setIndex);
    plot.current = created;
    const resizing = new ResizeObserver(([entry]) => {
      if (entry) created.setSize({ width: entry.contentRect.width, height: HEIGHT });
    });
    resizing.observe(frame.current);
    return () => {
      resizing.disconnect();
      created.destroy();
    };
  }, [props.times, props.series, props.stacked, props.markers, props.onSelect, scheme]);
  const move = (step: number) => {
    const next = Math.min(times.length - 1, Math.max(0, (index ?? (step > 0 ? -1 : times.length)) + step));
    plot.current?.setCursor({ left: plot.current.valToPos((times[next] ?? 0) / 1000, "x"), top: 20 });
  };
  return (
    <figure class="plot">
      <figcaption>{title}</figcaption>
      <div
        ref={frame}
        class="canvas"
        role="img"
        aria-label={`${title}. The arrow keys read the values; the table below has all of them.`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys read the values.
        tabIndex={0}
        onKeyDown={(event) => {
          const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
          if (step === undefined) return;
          event.preventDefault();
          move(step);
        }}
      />
      <Legend series={series} />
      <Reading {...props} index={index} />
      <details>
        <summary>Table of the amounts</summary>
        <ValueTable title={title} times={times} series={series} currency={currency} />
      </details>
    </figure>
  );
}

/** The values at the cursor, in the order of the plot. */
function Reading({
  times,
  series,
  currency,
  markers = [],
  index,
}: TrendPlotProps & { index: number | null }) {
  const time = index === null ? undefined : times[index];
  if (index === null || time === undefined)
    return <p class="note reading">Point at the plot for its values.</p>;
  const end = times[index + 1] ?? Number.POSITIVE_INFINITY;
  return (
    <div class="reading" aria-live="polite">
      <strong>{formatDay(time)}</strong>
      <ul>
        {series.map(({ key, label, values, unpriced }, i) => {
          const value = values[index] ?? null;
          const unknown = unpriced?.[index] ?? 0;
          if (value === null) return null;
          return (
            <li key={key}>
              <Swatch index={i} /> {label} <Amount value={value} currency={currency} />
              {unknown > 0 && <span class="unknown"> + {unknown} unknown</span>}
            </li>
          );
        })}
        {markers
          .filter(({ at }) => at >= time && at < end)
          .map(({ at, label }) => (
            <li key={`${at} ${label}`}>{label}</li>
          ))}
      </ul>
    </div>
  );
}

function Legend({ series }: { readonly series: readonly PlotSeries[] }) {
  return (
    <ul class="legend">
      {series.map(({ key, label }, i) => (
        <li key={key}>
          <Swatch index={i} /> {label}
        </li>
      ))}
    </ul>
  );
}

function Swatch({ index }: { readonly index: number }) {
  return <span class={`swatch series-${Math.min(index + 1, COLORS)}`} />;
}

type ValueTableProps = Pick<TrendPlotProps, "title" | "times" | "series" | "currency">;

function ValueTable({ title, times, series, currency }: ValueTableProps) {
  return (
    <ScrollRegion label={title}>
      <table>
        <thead>
          <tr>
            <th scope="col">Start</th>
            {series.map(({ key, label }) => (
              <th scope="col" class="number" key={key}>
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {times.map((time, i) => (
            <tr key={time}>
              <th scope="row">{formatDay(time)}</th>
              {series.map(({ key, values }) => (
                <td class="number" key={key}>
                  {typeof values[i] === "string" && <Amount value={values[i]} currency={currency} />}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
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

function createPlot(
  frame: HTMLElement,
  { times, series, stacked = false, markers = [], onSelect }: TrendPlotProps,
  onMove: (index: number | null) => void,
): uPlot {
  const color = (name: string) => resolvedColor(frame, name);
  const grid = { stroke: color("--line"), width: 1 };
  const axis = { stroke: color("--ink-2"), grid, ticks: grid, font: "12px system-ui" };
  return new uPlot(
    {
      width: frame.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { drag: { x: onSelect !== undefined, y: false, setScale: false } },
      scales: { x: { time: true, range: timeRange }, y: { range: amountRange } },
      axes: [axis, { ...axis, size: 64, values: (_, ticks) => ticks.map(formatTick) }],
      series: [
        {},
        ...series.map((_, i) => ({
          stroke: color(colorOf(i)),
          width: 2,
          ...(stacked && { fill: translucent(color(colorOf(i))) }),
          points: { show: times.length < 40 },
        })),
      ],
      ...(stacked && {
        bands: series.slice(1).map((_, i) => ({ series: [i + 1, i + 2] as [number, number] })),
      }),
      hooks: {
        draw: [(plot) => drawMarkers(plot, markers, color)],
        setCursor: [({ cursor }) => onMove(cursor.idx ?? null)],
        setSelect: [
          (plot) => {
            const { left, width } = plot.select;
            if (width < 2) return;
            onSelect?.(plot.posToVal(left, "x") * 1000, plot.posToVal(left + width, "x") * 1000);
          },
        ],
      },
    },
    [times.map((time) => time / 1000), ...plotColumns(series, stacked)],
    frame,
  );
}

const DAY_S = 86_400;

/** uPlot shows three years for a single time. */
function timeRange(_: uPlot, min: number | null, max: number | null): [number | null, number | null] {
  return min !== null && min === max ? [min - DAY_S, min + DAY_S] : [min, max];
}

/** From zero, so that the heights of areas and lines can be compared. */
function amountRange(_: uPlot, min: number, max: number): [number, number] {
  const [low, high] = [Math.min(0, min ?? 0), Math.max(0, max ?? 0)];
  return low === high ? [0, 1] : [low * 1.05, high * 1.05];
}

const MARKER_COLORS = { anomaly: "--up", estimator: "--ink-2", excluded: "--warn" } as const;

function drawMarkers(plot: uPlot, markers: readonly PlotMarker[], color: (name: string) => string): void {
  const { ctx, bbox } = plot;
  for (const { at, kind } of markers) {
    const x = plot.valToPos(at / 1000, "x", true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.save();
    ctx.strokeStyle = color(MARKER_COLORS[kind]);
    ctx.fillStyle = ctx.strokeStyle;
    ctx.setLineDash([4, 4]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.beginPath();
    ctx.arc(x, bbox.top + 4 * devicePixelRatio, 4 * devicePixelRatio, 0, 2 * Math.PI);
    ctx.fill();
    ctx.restore();
  }
}

/** A canvas does not know light-dark(): an element of the page resolves the colour. */
function resolvedColor(frame: HTMLElement, name: string): string {
  const probe = frame.appendChild(document.createElement("span"));
  probe.style.color = `var(${name})`;
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function translucent(color: string): string {
  return color.replace(/^rgb\((.*)\)$/, "rgba($1, 0.35)");
}
