import { dateText, PERIODS, type Range } from "../range.ts";
import { type Here, hrefWith, setParams } from "../route.ts";

interface RangeControlProps {
  readonly range: Range;
  readonly here: Here;
  /** In milliseconds. */
  readonly now: number;
}

/** The range of a trend: periods until now, or two days. A selection in the plot sets the days too. */
export function RangeControl({ range: { from, to, period }, here, now }: RangeControlProps) {
  const days = {
    from: here.params.get("from") ?? (from === null ? "" : dateText(from)),
    to: here.params.get("to") ?? dateText(to === null ? now : to - 1),
  };
  return (
    <div class="row range-control">
      {Object.entries(PERIODS).map(([value, title]) => (
        <a
          key={value}
          class="chip"
          href={hrefWith(here, { days: value, from: undefined, to: undefined })}
          aria-current={period === value ? "true" : undefined}
        >
          {title}
        </a>
      ))}
      {(["from", "to"] as const).map((name) => (
        <label key={name}>
          {name}
          <input
            type="date"
            class="day"
            value={days[name]}
            onChange={({ currentTarget }) =>
              setParams({ ...days, days: undefined, [name]: currentTarget.value })
            }
          />
        </label>
      ))}
    </div>
  );
}
