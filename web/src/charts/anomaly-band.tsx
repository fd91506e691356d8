interface AnomalyBandProps {
  /** Decimals of the API. */
  readonly total: string;
  readonly expected: string;
  readonly lower: string;
  readonly upper: string;
}

const WIDTH = 400;
const HEIGHT = 28;

/** The expected range as a band, with the expected total and the actual one. The amounts are in the text beside it. */
export function AnomalyBand({ total, expected, lower, upper }: AnomalyBandProps) {
  // Positions on the screen do not need the digits of a decimal.
  const [at, median, low, high] = [total, expected, lower, upper].map(Number) as [
    number,
    number,
    number,
    number,
  ];
  const least = Math.min(at, low);
  const span = Math.max(at, high) - least || 1;
  const x = (amount: number) => 8 + ((amount - least) / span) * (WIDTH - 16);
  return (
    <svg
      class="band"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label="The total beside its expected range"
    >
      <line class="axis" x1="0" x2={WIDTH} y1={HEIGHT / 2} y2={HEIGHT / 2} />
      <rect
        class="range"
        x={x(low)}
        width={Math.max(2, x(high) - x(low))}
        y="6"
        height={HEIGHT - 12}
        rx="4"
      />
      <line class="expected" x1={x(median)} x2={x(median)} y1="4" y2={HEIGHT - 4} />
      <circle class="total" cx={x(at)} cy={HEIGHT / 2} r="6" />
    </svg>
  );
}
