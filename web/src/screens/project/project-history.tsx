import { useMemo } from "preact/hooks";
import { Amount, Delta } from "../../amount.tsx";
import { type PlotMarker, plotDataOf } from "../../charts/series.ts";
import { TrendPlot } from "../../charts/trend-plot.tsx";
import { isUnknownSum } from "../../decimal.ts";
import {
  type JobFilter,
  ProjectHistoryDocument,
  type ProjectHistoryQuery,
  type TrendInterval,
} from "../../generated.ts";
import { useLiveApi } from "../../live.ts";
import { Coverage } from "../../parts/coverage.tsx";
import { RangeControl } from "../../parts/range-control.tsx";
import { Loaded } from "../../parts/states.tsx";
import { daysOf, inRange, intervalFor, rangeOf, sinceFirstJob } from "../../range.ts";
import { type Here, listOf, setParams, toggleInList } from "../../route.ts";
import { TIME_ZONE, Time } from "../../time.tsx";
import { JobList } from "./job-list.tsx";
import { markersOf } from "./markers.ts";
import type { Group, Series } from "./series.ts";

interface ProjectHistoryProps {
  readonly here: Here;
  /** In milliseconds. */
  readonly now: number;
  /** The time of the first job, in milliseconds. */
  readonly oldest: number;
  readonly series: Series;
  /** The current amount of the series. */
  readonly amount: Group;
  readonly unsupportedResourceCount: number | null;
}

const selectRange = (from: number, to: number) => setParams(daysOf(from, to));
const toggleService = (key: string) => toggleInList("hide", key);

/** The current amount, the trend and the services of one series of a project. */
export function ProjectHistory({
  here,
  now,
  oldest,
  series,
  amount,
  unsupportedResourceCount,
}: ProjectHistoryProps) {
  const { project, branch, profile, currency, isMixed } = series;
  const range = rangeOf(here.params, now);
  const known = sinceFirstJob(range, oldest);
  const interval = intervalFor(known.from ?? oldest, range.to ?? now);
  const own = { project, profile, currency, ...inRange(known) };
  const onBranch: JobFilter = branch === null ? { ...own, isDefaultBranch: true } : { ...own, branch };
  const result = useLiveApi(
    ProjectHistoryDocument,
    {
      series: onBranch,
      default: { ...own, isDefaultBranch: true },
      excluded: { ...onBranch, isExcluded: true },
      incomplete: { ...onBranch, isComplete: false, isExcluded: false },
      interval,
      timeZone: TIME_ZONE,
      isBranch: branch !== null,
      withEstimators: !isMixed,
    },
    { concerns: (job) => job.project === project },
  );
  return (
    <>
      <section class="card" aria-busy={result.fetching}>
        <div class="row head">
          <div class="summary">
            <p class="big">
              <Amount
                value={amount.totalMonthlyCost}
                currency={currency}
                unpriced={amount.unpricedResourceCount + (unsupportedResourceCount ?? 0)}
              />
            </p>
            <Coverage {...amount} unsupportedResourceCount={unsupportedResourceCount} />
          </div>
          <RangeControl {...{ range, here, now }} />
        </div>
        <Loaded result={result} lines={12}>
          {(data) => <Plots {...{ data, series, amount, interval, here }} />}
        </Loaded>
      </section>
      <JobList
        here={here}
        filter={{
          project,
          branch,
          profile,
          currency,
          // A selected range is a question about its jobs; a period is not.
          ...(range.period === null && inRange(range)),
        }}
      />
    </>
  );
}

interface PlotsProps {
  readonly data: ProjectHistoryQuery;
  readonly amount: Group;
  readonly series: Series;
  readonly interval: TrendInterval;
  readonly here: Here;
}

function Plots({ data, series, amount, interval, here }: PlotsProps) {
  const { branch, profile, currency, isMixed } = series;
  const ownTrend = trendOf(data.trend.series, profile);
  const trend = useMemo(() => {
    const own = trendOf(data.trend.series, profile);
    const base = trendOf(data.default?.series ?? [], profile);
    return plotDataOf([
      ...(base === undefined ? [] : [{ ...base, key: "Default branch" }]),
      ...(own === undefined ? [] : [{ ...own, key: branch ?? "Default branch" }]),
    ]);
  }, [data, branch, profile]);
  const isChange = ownTrend !== undefined && ownTrend.totals.filter(({ total }) => total !== null).length > 1;
  const services = useMemo(() => plotDataOf(data.services.series), [data]);
  const markers = useMemo(() => markersOf(data, profile, isMixed), [data, profile, isMixed]);
  return (
    <div class="columns even">
      <div>
        <h2>
          Cost per month{" "}
          {isChange && (
            <span class="after-title">
              <Delta
                value={
                  isUnknownSum(amount.totalMonthlyCost, amount.unpricedResourceCount) ? null : ownTrend.delta
                }
                percentage={ownTrend.percentageChange}
              />{" "}
              <span class="note">in this range</span>
            </span>
          )}
        </h2>
        <TrendPlot
          title={`Cost per month, ${currency}`}
          {...{ ...trend, interval, currency, markers }}
          onSelect={selectRange}
        />
        <Events markers={markers} />
      </div>
      <div>
        <h2>Services {isMixed && <span class="note after-title">of all usage profiles together</span>}</h2>
        <TrendPlot
          title={`Cost per month by service, ${currency}`}
          {...{ ...services, interval, currency }}
          stacked
          onSelect={selectRange}
          hidden={listOf(here.params, "hide")}
          onToggle={toggleService}
        />
      </div>
    </div>
  );
}

/** The marked jobs, with links. */
function Events({ markers }: { readonly markers: readonly PlotMarker[] }) {
  if (markers.length === 0) return null;
  return (
    <details>
      <summary>
        {markers.length} {markers.length === 1 ? "event" : "events"}
      </summary>
      <ul class="list">
        {markers.map(({ at, label, kind, href }) => (
          <li key={`${kind} ${href}`}>
            <span class={`marker ${kind}`}>
              <Time value={new Date(at).toISOString()} dateOnly />
            </span>
            <a class="grow" href={href}>
              {label}
            </a>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** The trend of a usage profile. */
function trendOf(trends: ProjectHistoryQuery["trend"]["series"], profile: string | null) {
  return trends.find(({ key, isOther }) => !isOther && key === (profile ?? "(none)"));
}
