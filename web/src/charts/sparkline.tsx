interface SparklineProps {
  /** Decimals of the API; null: no value, which is a gap. */
  readonly values: readonly (string | null)[];
  readonly label: string;
}

const WIDTH = 120;
const HEIGHT = 28;

/** A small line without axes. The amounts are in the row beside it. */
export function Sparkline({ values, label }: SparklineProps) {
  return (
    <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      {sparklinePaths(values).map((path) => (
        <path key={path} d={path} />
      ))}
    </svg>
  );
}

/** The paths of a sparkline, one for each run of values without a gap. */
export function sparklinePaths(values: readonly (string | null)[]): string[] {
  const numbers = values.map((value) => (value === null ? null : Number(value)));
  const known = numbers.filter((value) => value !== null);
  const least = Math.min(...known);
  const span = Math.max(...known) - least;
  const x = (i: number) => 2 + (i / Math.max(1, values.length - 1)) * (WIDTH - 4);
  const y = (value: number) =>
    span === 0 ? HEIGHT / 2 : HEIGHT - 3 - ((value - least) / span) * (HEIGHT - 6);
  const paths: string[] = [];
  let isOpen = false;
  numbers.forEach((value, i) => {
    if (value === null) isOpen = false;
    else {
      const point = `${x(i).toFixed(1)} ${y(value).toFixed(1)}`;
      // A single value is a dot: a line of no length with round ends.
      if (isOpen) paths.push(`${paths.pop()}L${point}`);
      else paths.push(`M${point}L${point}`);
      isOpen = true;
    }
  });
  return paths;
}
