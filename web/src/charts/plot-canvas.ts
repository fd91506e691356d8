import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { formatTick } from "../amount.tsx";
import { isolatedIndexes, type PlotMarker, type PlotSeries, plotColumns, unknownRuns } from "./series.ts";

/** A series with the number of its colour. */
export interface ColoredSeries extends PlotSeries {
  readonly color: number;
}

/** The content of a canvas. */
export interface CanvasContent {
  readonly times: readonly number[];
  readonly series: readonly ColoredSeries[];
  readonly stacked: boolean;
  readonly markers: readonly PlotMarker[];
  readonly onSelect?: ((from: number, to: number) => void) | undefined;
}

/** The place of the cursor, in pixels from the left of the frame. */
export interface CursorPlace {
  readonly index: number;
  readonly left: number;
}

/** The height of a plot, in pixels. */
export const HEIGHT = 300;

/** Draws a plot in an element, and reports the moves of its cursor. */
export function createPlot(
  frame: HTMLElement,
  { times, series, stacked, markers, onSelect }: CanvasContent,
  onMove: (place: CursorPlace | null) => void,
): uPlot {
  const color = (name: string) => resolvedColor(frame, name);
  const grid = { stroke: color("--line"), width: 1 };
  const axis = { stroke: color("--ink-2"), grid, ticks: grid, font: "12px system-ui" };
  const columns = plotColumns(series, stacked);
  // Without an amount there is no scale.
  const hasAmounts = columns.some((column) => column.some((value) => value !== null));
  return new uPlot(
    {
      width: frame.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: {
        y: false,
        drag: { x: onSelect !== undefined, y: false, setScale: false },
        points: { size: 7 },
      },
      scales: { x: { time: true, range: timeRange(times) }, y: { range: amountRange } },
      axes: [
        { ...axis, grid: { show: false } },
        {
          ...axis,
          ticks: { show: false },
          size: labelWidth,
          values: (_, ticks) => (hasAmounts ? ticks.map(formatTick) : []),
        },
      ],
      series: [
        {},
        ...series.map((one, i) => {
          const stroke = color(`--series-${one.color}`);
          return {
            stroke,
            width: stacked ? 1.5 : 2,
            ...(stacked && { fill: translucent(stroke) }),
            // A line needs two points.
            points: { show: true, size: 6, fill: stroke, filter: () => isolatedIndexes(columns[i] ?? []) },
          };
        }),
      ],
      ...(stacked && {
        bands: series.slice(1).map((_, i) => ({ series: [i + 1, i + 2] as [number, number] })),
      }),
      hooks: {
        draw: [
          (plot) => drawUnknown(plot, series, columns, stacked, color),
          (plot) => drawMarkers(plot, markers, color),
        ],
        setCursor: [
          ({ cursor: { idx, left = -1 }, over }) =>
            onMove(
              idx === null || idx === undefined || left < 0
                ? null
                : { index: idx, left: over.offsetLeft + left },
            ),
        ],
        setSelect: [
          (plot) => {
            const { left, width } = plot.select;
            if (width < 4) return;
            onSelect?.(plot.posToVal(left, "x") * 1000, plot.posToVal(left + width, "x") * 1000);
            plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          },
        ],
      },
    },
    [times.map((time) => time / 1000), ...columns],
    frame,
  );
}

/** The width of the labels of amounts, in pixels. uPlot asks before it has labels, too. */
function labelWidth(_: uPlot, labels: readonly string[] | null): number {
  return 16 + 7 * Math.max(3, ...(labels ?? []).map(({ length }) => length));
}

const DAY_S = 86_400;

/** A single time is in the middle of two days: uPlot would show three years. */
function timeRange(times: readonly number[]): (plot: uPlot, min: number, max: number) => [number, number] {
  const [first = 0] = times;
  return (_, min, max) => (times.length === 1 ? [first / 1000 - DAY_S, first / 1000 + DAY_S] : [min, max]);
}

/** From zero, so that the heights of areas and lines can be compared, with space for unknown costs above. */
function amountRange(_: uPlot, min: number, max: number): [number, number] {
  const [low, high] = [Math.min(0, min ?? 0), Math.max(0, max ?? 0)];
  return low === high ? [0, 1] : [low * 1.08, high * 1.08];
}

/** The height of the hatched part above a line, in pixels. It has no scale: the amount is unknown. */
const HATCH = 9;

/** Hatches a part above the highest edge of stacked areas, or above each line, where costs are unknown. */
function drawUnknown(
  plot: uPlot,
  series: readonly ColoredSeries[],
  columns: readonly (number | null)[][],
  stacked: boolean,
  color: (name: string) => string,
): void {
  if (stacked) hatch(plot, unknownRuns(series), columns[0] ?? [], color("--ink-2"));
  else {
    series.forEach((one, i) => {
      hatch(plot, unknownRuns([one]), columns[i] ?? [], color(`--series-${one.color}`));
    });
  }
}

function hatch(
  plot: uPlot,
  runs: readonly [number, number][],
  edge: readonly (number | null)[],
  color: string,
): void {
  if (runs.length === 0) return;
  const { ctx, bbox } = plot;
  const height = HATCH * devicePixelRatio;
  const at = (i: number) => plot.valToPos(plot.data[0][i] ?? 0, "x", true);
  ctx.save();
  ctx.beginPath();
  for (const [first, last] of runs) {
    // Half an interval to each side: a single time has an area too.
    const half = 3 * devicePixelRatio;
    const points = Array.from({ length: last - first + 1 }, (_, n) => first + n).map((i) => ({
      x: at(i),
      y: plot.valToPos(edge[i] ?? 0, "y", true),
    }));
    const [start, end] = [points[0], points.at(-1)];
    if (start === undefined || end === undefined) continue;
    const line = [{ x: start.x - half, y: start.y }, ...points, { x: end.x + half, y: end.y }];
    for (const { x, y } of line) ctx.lineTo(x, y);
    for (const { x, y } of line.toReversed()) ctx.lineTo(x, y - height);
    ctx.closePath();
  }
  ctx.clip();
  ctx.strokeStyle = color;
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  const step = 5 * devicePixelRatio;
  for (let x = bbox.left - bbox.height; x < bbox.left + bbox.width; x += step) {
    ctx.moveTo(x, bbox.top + bbox.height);
    ctx.lineTo(x + bbox.height + height, bbox.top - height);
  }
  ctx.stroke();
  ctx.restore();
}

const MARKER_COLORS = {
  anomaly: "--up",
  estimator: "--ink-2",
  excluded: "--warn",
  incomplete: "--warn",
} as const;

function drawMarkers(plot: uPlot, markers: readonly PlotMarker[], color: (name: string) => string): void {
  const { ctx, bbox } = plot;
  for (const { at, kind } of markers) {
    const x = plot.valToPos(at / 1000, "x", true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.save();
    ctx.strokeStyle = color(MARKER_COLORS[kind]);
    ctx.fillStyle = ctx.strokeStyle;
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([3 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.globalAlpha = 0.7;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.globalAlpha = 1;
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
  return color.replace(/^rgb\((.*)\)$/, "rgba($1, 0.45)");
}
