import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { Amount } from "../../amount.tsx";
import { useApi } from "../../api.tsx";
import { AnomalyBand } from "../../charts/anomaly-band.tsx";
import { plotDataOf } from "../../charts/series.ts";
import { TrendPlot } from "../../charts/trend-plot.tsx";
import { PortfolioTrendDocument, type PortfolioTrendQuery } from "../../generated.ts";
import { Name } from "../../parts/name.tsx";
import { RangeControl } from "../../parts/range-control.tsx";
import { Loaded, Skeleton } from "../../parts/states.tsx";
import { daysOf, inRange, intervalFor, rangeOf } from "../../range.ts";
import { type Here, listOf, routeTo, setParams, toggleInList } from "../../route.ts";
import { TIME_ZONE, Time } from "../../time.tsx";

interface PortfolioTrendProps {
  readonly here: Here;
  /** In milliseconds. */
  readonly now: number;
  /** The time of the first job, in milliseconds. */
  readonly oldest: number;
  readonly currency: string;
  /** Beside the trend, above the anomalies. */
  readonly aside: ComponentChildren;
}

const selectRange = (from: number, to: number) => setParams(daysOf(from, to));
const toggleSeries = (key: string) => toggleInList("hide", key);

/** The trend of the most expensive projects, and the anomalies of its range. */
export function PortfolioTrend({ here, now, oldest, currency, aside }: PortfolioTrendProps) {
  const range = rangeOf(here.params, now);
  const interval = intervalFor(range.from ?? oldest, range.to ?? now);
  const result = useApi(PortfolioTrendDocument, {
    interval,
    timeZone: TIME_ZONE,
    filter: inRange(range),
  });
  return (
    <>
      <section class="card" aria-busy={result.fetching}>
        <div class="row head">
          <h2>Cost per month by project, {currency}</h2>
          <RangeControl range={range} here={here} />
        </div>
        <Loaded result={result} lines={10}>
          {({ costTrend }) => <Plot series={costTrend.series} {...{ interval, currency, here }} />}
        </Loaded>
      </section>
      <div class="stack">
        {aside}
        <section class="card">
          <div class="row head">
            <h2>Anomalies</h2>
            <a href={routeTo("anomalies")}>All</a>
          </div>
          {result.data === undefined ? (
            !result.problem && <Skeleton lines={4} />
          ) : (
            <Anomalies anomalies={result.data.costAnomalies} />
          )}
        </section>
      </div>
    </>
  );
}

interface PlotProps {
  readonly series: PortfolioTrendQuery["costTrend"]["series"];
  readonly interval: PortfolioTrendInterval;
  readonly currency: string;
  readonly here: Here;
}

type PortfolioTrendInterval = ReturnType<typeof intervalFor>;

function Plot({ series, interval, currency, here }: PlotProps) {
  const data = useMemo(
    () => plotDataOf(series.filter((one) => one.currency === currency)),
    [series, currency],
  );
  if (data.times.length === 0) return <p class="note">No current job in this range.</p>;
  return (
    <TrendPlot
      title={`Cost per month by project, ${currency}`}
      {...data}
      interval={interval}
      currency={currency}
      stacked
      onSelect={selectRange}
      hidden={listOf(here.params, "hide")}
      onToggle={toggleSeries}
    />
  );
}

function Anomalies({ anomalies }: { readonly anomalies: PortfolioTrendQuery["costAnomalies"] }) {
  if (anomalies.length === 0) return <p class="note">None in this range.</p>;
  return (
    <ul class="list">
      {anomalies.map(({ job, expected, lowerBound, upperBound }) => (
        <li key={job.id}>
          <span class="grow">
            <a href={job.previous ? routeTo("c", `${job.previous.id}...${job.id}`) : routeTo("j", job.id)}>
              <Name text={job.project ?? ""} />
            </a>
            <span class="note">
              <Time value={job.effectiveAt} dateOnly />
            </span>
            <AnomalyBand
              total={job.totalMonthlyCost}
              {...{ expected }}
              lower={lowerBound}
              upper={upperBound}
            />
          </span>
          <span class="end">
            <Amount value={job.totalMonthlyCost} currency={job.currency} />
            <span class="note">
              expected <Amount value={expected} />
            </span>
          </span>
        </li>
      ))}
    </ul>
  );
}
