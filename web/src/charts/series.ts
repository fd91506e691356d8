/** The data of a trend plot. Amounts are decimals of the API; a plot draws them at the precision of the screen. */

/** A line or an area of a trend. */
export interface PlotSeries {
  readonly key: string;
  readonly label: string;
  /** One value for each time; null: no value, which is a gap and never zero. */
  readonly values: readonly (string | null)[];
  /** The number of resources of unknown cost at each time, which the values do not include. */
  readonly unpriced?: readonly number[];
}

/** A moment that a plot marks. */
export interface PlotMarker {
  /** In milliseconds. */
  readonly at: number;
  readonly label: string;
  readonly kind: "anomaly" | "estimator" | "excluded";
}

/** The number of different colours; the next series have the last one. */
export const COLORS = 9;

/** The CSS variable of the colour of a series. */
export function colorOf(index: number): string {
  return `--series-${Math.min(index + 1, COLORS)}`;
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
