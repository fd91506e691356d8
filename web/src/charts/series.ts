import { isUnknownSum, isZero } from "../decimal.ts";

/** The data of a trend plot. Amounts are decimals of the API; a plot draws them at the precision of the screen. */

/** A line or an area of a trend. */
export interface PlotSeries {
  readonly key: string;
  readonly label: string;
  /** One value for each time; null: no value, which is a gap and never zero. */
  readonly values: readonly (string | null)[];
  /** The number of resources of unknown cost at each time, which the values do not include. */
  readonly unpriced?: readonly number[];
  /** Whether it is the rest of many series. */
  readonly isOther?: boolean;
}

/** A moment that a plot marks. */
export interface PlotMarker {
  /** In milliseconds. */
  readonly at: number;
  readonly label: string;
  readonly kind: "anomaly" | "estimator" | "excluded" | "incomplete";
  readonly href?: string;
}

interface TrendTotal {
  readonly total: string | null;
  readonly unpricedResourceCount: number;
}

/** A series of `costTrend`. */
interface TrendSeries {
  readonly key: string;
  readonly isOther: boolean;
  readonly totals: readonly (TrendTotal & { readonly start: string })[];
}

/** The times and the series of a plot. */
export interface PlotData {
  readonly times: readonly number[];
  readonly series: readonly PlotSeries[];
}

/** The total of an interval; null: no current job, or the costs of its resources are unknown, so that the sum is zero. */
export function knownTotal({ total, unpricedResourceCount }: TrendTotal): string | null {
  return total === null || isUnknownSum(total, unpricedResourceCount) ? null : total;
}

/** The plot of a trend, from the first interval with a job. */
export function plotDataOf(trend: readonly TrendSeries[]): PlotData {
  const starts = trend[0]?.totals.map(({ start }) => Date.parse(start)) ?? [];
  const first = starts.findIndex((_, i) =>
    trend.some(({ totals }) => totals[i]?.total !== null || totals[i].unpricedResourceCount > 0),
  );
  if (first === -1) return { times: [], series: [] };
  return {
    times: starts.slice(first),
    series: trend.map(({ key, isOther, totals }) => {
      const shown = totals.slice(first);
      return {
        // A group can have any name, but no name has a NUL character.
        key: isOther ? "\0" : key,
        label: isOther ? "All others" : key,
        isOther,
        values: shown.map(knownTotal),
        unpriced: shown.map(({ unpricedResourceCount }) => unpricedResourceCount),
      };
    }),
  };
}

/** The number of different colours. */
export const COLORS = 9;

/** The number of a colour, from 1. The last one is that of the rest, and of series that have no other one. */
export function colorOf({ isOther }: PlotSeries, index: number): number {
  return isOther ? COLORS : Math.min(index + 1, COLORS);
}

/** Whether areas can be stacked: an area of a negative amount would hide others. */
export function canStack(series: readonly PlotSeries[]): boolean {
  return !series.some(({ values }) => values.some((value) => value?.startsWith("-") && !isZero(value)));
}

/** The columns of numbers that a plot draws: the values of each series, or the upper edges of stacked areas. */
export function plotColumns(series: readonly PlotSeries[], stacked: boolean): (number | null)[][] {
  const columns = series.map(({ values }) => values.map((value) => (value === null ? null : Number(value))));
  if (!stacked) return columns;
  // The last series is the lowest area. A series without a value adds nothing to the areas above it.
  const edges: (number | null)[][] = [];
  let below: (number | null)[] = columns[0]?.map(() => null) ?? [];
  for (const column of columns.toReversed()) {
    below = column.map((value, i) => {
      const base = below[i] ?? null;
      return value === null ? base : (base ?? 0) + value;
    });
    edges.unshift(below);
  }
  return edges;
}

/** The indexes of the values without a neighbour. */
export function isolatedIndexes(column: readonly (number | null)[]): number[] {
  return column.flatMap((value, i) =>
    value !== null && (column[i - 1] ?? null) === null && (column[i + 1] ?? null) === null ? [i] : [],
  );
}

/** The runs of indexes with a resource of unknown cost in one of the series. */
export function unknownRuns(series: readonly PlotSeries[]): [first: number, last: number][] {
  const runs: [number, number][] = [];
  const length = series[0]?.values.length ?? 0;
  for (let i = 0; i < length; i++) {
    if (!series.some(({ unpriced }) => (unpriced?.[i] ?? 0) > 0)) continue;
    const run = runs.at(-1);
    if (run !== undefined && run[1] === i - 1) run[1] = i;
    else runs.push([i, i]);
  }
  return runs;
}

/** The index of the last time that is not after the moment; -1: all are after it. */
export function indexAt(times: readonly number[], moment: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? Number.POSITIVE_INFINITY) <= moment) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
