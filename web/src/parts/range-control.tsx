import { dateText, PERIODS, type Range } from "../range.ts";
import { type Here, hrefWith, setParams } from "../route.ts";

interface RangeControlProps {
  readonly range: Range;
  readonly here: Here;
}

/** The range of a trend: periods until now, or two days. A selection in the plot sets the days too. */
export function RangeControl({ range: { from, to, period }, here }: RangeControlProps) {
  const days = { from: dayOf(here.params, "from", from), to: dayOf(here.params, "to", to && to - 1) };
  return (
    <div class="row range">
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

function dayOf(params: URLSearchParams, name: string, ms: number | null): string {
  return params.get(name) ?? (ms === null ? "" : dateText(ms));
}
