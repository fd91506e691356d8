import { useMemo } from "preact/hooks";
import { Amount } from "../../amount.tsx";
import { AnomalyBand } from "../../charts/anomaly-band.tsx";
import { plotDataOf } from "../../charts/series.ts";
import { TrendPlot } from "../../charts/trend-plot.tsx";
import { PortfolioTrendDocument, type PortfolioTrendQuery, type TrendInterval } from "../../generated.ts";
import { useLiveApi } from "../../live.ts";
import { Name } from "../../parts/name.tsx";
import { RangeControl } from "../../parts/range-control.tsx";
import { Loaded, Skeleton } from "../../parts/states.tsx";
import { daysOf, inRange, intervalFor, rangeOf, sinceFirstJob } from "../../range.ts";
import { type Here, listOf, routeTo, setParams, toggleInList } from "../../route.ts";
import { TIME_ZONE, Time } from "../../time.tsx";

const selectRange = (from: number, to: number) => setParams(daysOf(from, to));
const toggleSeries = (key: string) => toggleInList("hide", key);

/** The trend of the range in the URL. @param oldest the time of the first job, in milliseconds, as `now`. */
export function usePortfolioTrend(params: URLSearchParams, now: number, oldest: number | undefined) {
  const range = rangeOf(params, now);
  const { from, to } = sinceFirstJob(range, oldest);
  const interval = intervalFor(from ?? now, to ?? now);
  const result = useLiveApi(
    PortfolioTrendDocument,
    { interval, timeZone: TIME_ZONE, filter: inRange({ ...range, from }) },
    { pause: from === null },
  );
  return { result, range, interval, now };
}

interface PortfolioTrendProps {
  readonly here: Here;
  readonly currency: string;
  readonly trend: ReturnType<typeof usePortfolioTrend>;
}

/** The trend of the most expensive projects. */
export function PortfolioTrend({
  here,
  currency,
  trend: { result, range, interval, now },
}: PortfolioTrendProps) {
  return (
    <section class="card" aria-busy={result.fetching}>
      <div class="row head">
        <h2>Cost per month by project, {currency}</h2>
        <RangeControl {...{ range, here, now }} />
      </div>
      <Loaded result={result} lines={10}>
        {({ costTrend }) => <Plot series={costTrend.series} {...{ interval, currency, here }} />}
      </Loaded>
    </section>
  );
}

/** The newest anomalies in the range of the trend. A failure is shown beside the trend. */
export function NewestAnomalies({ trend: { result } }: Pick<PortfolioTrendProps, "trend">) {
  return (
    <section class="card" aria-busy={result.fetching}>
      <div class="row head">
        <h2>Anomalies</h2>
        <a href={routeTo("anomalies")}>All</a>
      </div>
      {result.data ? (
        <Anomalies anomalies={result.data.costAnomalies} />
      ) : (
        !result.problem && <Skeleton lines={4} />
      )}
    </section>
  );
}

interface PlotProps {
  readonly series: PortfolioTrendQuery["costTrend"]["series"];
  readonly interval: TrendInterval;
  readonly currency: string;
  readonly here: Here;
}

function Plot({ series, interval, currency, here }: PlotProps) {
  const data = useMemo(
    () => plotDataOf(series.filter((one) => one.currency === currency)),
    [series, currency],
  );
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
